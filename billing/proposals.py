"""What a movement of a subscription means: its lines, what is due now, and when it takes hold.

The one place that knows; the page that shows the amount and the story that charges it both ask here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from billing.calendar import Period, local_day, midnight, period_holding
from billing.drafts import DraftLine
from billing.models.addons import AddOn, AddOnPrice, SubscriptionItem
from billing.models.agreements import Phase, Subscription, SubscriptionState
from billing.models.catalogue import PriceVersion, TaxedPrice
from billing.models.changes import Movement
from billing.models.coupons import Coupon, Redemption
from billing.models.invoices import LineKind
from billing.proration import part_of
from billing.refusals import (
    AddOnRefused,
    ClockWentBack,
    NotAnUpgrade,
    NotNow,
    OwingFirst,
    SamePlan,
    SameQuantity,
)
from billing.renewals import add_on_price, items_at, redemption_on, renewed_items, taken_off
from billing.selectors import open_invoices, overdue, paid_until, phase_at, phases_of, planned_phase, price_on_sale
from billing.unused import Rest, Unused
from billing.wishes import Wish

_RUNNING = (SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE)
_STOPPED = (SubscriptionState.EXPIRED, SubscriptionState.CANCELLED)


@dataclass(frozen=True)
class Proposal:
    """One movement, worked out. ``change_id`` becomes the id of the phase it begins."""

    movement: Movement
    starts_at: datetime
    at_once: bool
    drafts: list[DraftLine] = field(default_factory=list)
    price: PriceVersion | None = None
    interval: Period | None = None  # the one the drafts are for, when it begins or is shared with the old plan
    anchor_is_new: bool = False
    redemption: Redemption | None = None
    add_on: AddOnPrice | None = None
    coupon: Coupon | None = None
    items: list[SubscriptionItem] = field(default_factory=list)  # that begin with it, when the interval changes

    @property
    def total_minor(self) -> int:
        """What its lines sum to, tax and all; below zero it becomes the account's credit."""
        return sum(draft.payable_minor for draft in self.drafts)


@dataclass(frozen=True)
class _Ground:
    """What every rule looks at."""

    subscription: Subscription
    phase: Phase | None
    change_id: UUID
    now: datetime

    @property
    def running(self) -> Phase:
        """The phase in force. :raises NotNow: nothing is."""
        if self.phase is None or self.subscription.state not in _RUNNING:
            raise NotNow(state=self.subscription.state)
        return self.phase

    @property
    def interval(self) -> Period:
        """The interval of the phase in force that today lies in."""
        phase = self.running
        return period_holding(phase.anchor, self.today, months=phase.price.months)

    @property
    def today(self) -> date:
        """The local day: it belongs to whatever begins on it."""
        return local_day(self.now, self.subscription.billing_account.zone)


def propose(*, subscription: Subscription, wish: Wish, change_id: UUID, now: datetime) -> Proposal:
    """Work out what a wish means for a subscription at an instant; nothing is written.

    The subscription must be caught up: nothing of it fell due before ``now``.

    :raises Refused: any of ``billing.refusals``, when the wish cannot be granted.
    """
    phase = phase_at(subscription, now)
    if now < subscription.started_at or (phase is None and now < subscription.period_starts_at):
        raise ClockWentBack
    if subscription.state in _RUNNING and now < subscription.period_starts_at:
        raise ClockWentBack
    return _RULES[wish.movement](_Ground(subscription, phase, change_id, now), wish)


def _start(ground: _Ground, wish: Wish) -> Proposal:
    subscription = ground.subscription
    if subscription.state not in (SubscriptionState.TRIALING, *_STOPPED):
        raise NotNow(state=subscription.state)
    if subscription.state == SubscriptionState.CANCELLED and overdue(billing_account=subscription.billing_account):
        raise OwingFirst  # else the old debt would end the new plan as it ended the last
    return _begun(ground, _price(ground, wish))


def _begun(ground: _Ground, price: PriceVersion) -> Proposal:
    """A new interval from this morning: the whole price, less a coupon that begins with it."""
    anchor = ground.subscription.billing_account.anchor_from(ground.today)
    interval = period_holding(anchor, ground.today, months=price.months)
    first = (ground.today - interval.starts_on).days  # not 0 only where periods follow the calendar: a first part
    redemption = redemption_on(ground.subscription, ground.today, price=price, begins=True)
    off = taken_off(redemption, price, interval)
    gross = part_of(price.amount_minor, first=first, until=interval.days, days=interval.days)
    net = part_of(price.amount_minor - off, first=first, until=interval.days, days=interval.days)
    service = Period(ground.today, interval.ends_on)
    drafts = [_line(ground, LineKind.SUBSCRIPTION, "plan", gross, price, service)]
    if net != gross:
        drafts.append(_line(ground, LineKind.DISCOUNT, "coupon", net - gross, price, service))
    return Proposal(
        movement=Movement.START,
        starts_at=ground.now,
        at_once=True,
        drafts=drafts,
        price=price,
        interval=interval,
        anchor_is_new=True,
        redemption=redemption if off else None,
    )


def _switch_now(ground: _Ground, wish: Wish) -> Proposal:
    old, price = ground.running, _price(ground, wish)
    if price.pk == old.price_id:
        raise SamePlan
    if not (wish.by_operator or is_upgrade(old.price, price)):
        raise NotAnUpgrade
    back = _unused(ground)
    if price.months == old.price.months:
        return _switch_inside(ground, price, back[:1])
    fresh = _begun(ground, price)
    items = [
        SubscriptionItem(
            subscription=ground.subscription, add_on=item.add_on, price=item.price, quantity=item.quantity,
            starts_at=ground.now,
        )
        for item in renewed_items(items_at(ground.subscription, ground.now), price, ground.now)
    ]  # fmt: skip
    assert fresh.interval is not None
    extras = [
        _line(ground, LineKind.ADD_ON, f"add-on:{item.add_on.code}", item.amount_minor, item.price,
              fresh.interval, item.quantity)
        for item in items
    ]  # fmt: skip
    return Proposal(
        movement=Movement.SWITCH_NOW,
        starts_at=ground.now,
        at_once=True,
        drafts=[*back, *fresh.drafts, *extras],
        price=price,
        interval=fresh.interval,
        anchor_is_new=True,
        redemption=fresh.redemption,
        items=items,
    )


def _switch_inside(ground: _Ground, price: PriceVersion, back: list[DraftLine]) -> Proposal:
    """Another plan for the rest of the interval that runs; add-ons go on as they are."""
    interval = ground.interval
    redemption = redemption_on(ground.subscription, interval.starts_on, price=price, begins=False)
    off = taken_off(redemption, price, interval)
    gross, net = _rest(ground, price.amount_minor), _rest(ground, price.amount_minor - off)
    left = Period(ground.today, interval.ends_on)
    drafts = [*back, _line(ground, LineKind.SUBSCRIPTION, "plan", gross, price, left)]
    if net != gross:
        drafts.append(_line(ground, LineKind.DISCOUNT, "coupon", net - gross, price, left))
    lost = [
        item for item in items_at(ground.subscription, ground.now) if price.edition.code not in item.add_on.editions
    ]
    return Proposal(
        movement=Movement.SWITCH_NOW,
        starts_at=ground.now,
        at_once=True,
        drafts=[*drafts, *_items_unused(ground, lost)],
        price=price,
        interval=interval,
    )


def _switch_later(ground: _Ground, wish: Wish) -> Proposal:
    subscription, price = ground.subscription, _price(ground, wish)
    trialing = subscription.state == SubscriptionState.TRIALING
    if not trialing and price.pk == ground.running.price_id and planned_phase(subscription, ground.now) is None:
        raise SamePlan
    starts_at = paid_until(subscription=subscription, now=ground.now)
    return Proposal(movement=Movement.SWITCH_LATER, starts_at=starts_at, at_once=False, price=price)


def _add_on(ground: _Ground, wish: Wish) -> Proposal:
    phase = ground.running
    add_on = AddOn.objects.filter(code=wish.add_on).first()
    found = add_on_price(add_on.pk, price=phase.price, now=ground.now) if add_on else None
    if add_on is None or not 0 <= wish.quantity <= _MOST_PIECES:
        raise AddOnRefused
    held = next((item for item in items_at(ground.subscription, ground.now) if item.add_on_id == add_on.pk), None)
    has = held.quantity if held else 0
    if wish.quantity == has and (held is None or held.ends_at is None):
        raise SameQuantity
    if wish.quantity > has and (found is None or phase.price.edition.code not in add_on.editions):
        raise AddOnRefused
    if wish.quantity <= has:
        starts_at = ground.interval.ends_at(ground.subscription.billing_account.zone)
        return Proposal(
            movement=Movement.ADD_ON, starts_at=starts_at, at_once=False, add_on=held.price if held else found
        )
    price = held.price if held and held.price.interval == phase.price.interval else found
    assert price is not None
    left = Period(ground.today, ground.interval.ends_on)
    charge = _rest(ground, price.amount_minor * wish.quantity)
    drafts = _items_unused(ground, [held] if held else [])
    line = _line(ground, LineKind.ADD_ON, "add-on", charge, price, left, wish.quantity)
    return Proposal(movement=Movement.ADD_ON, starts_at=ground.now, at_once=True, drafts=[*drafts, line], add_on=price)


def _coupon(ground: _Ground, wish: Wish) -> Proposal:
    from_now_on = ground.subscription.period_ends_at or ground.now
    return Proposal(movement=Movement.COUPON, starts_at=from_now_on, at_once=False)


def _cancel_later(ground: _Ground, wish: Wish) -> Proposal:
    subscription = ground.subscription
    if subscription.cancel_at is not None or subscription.state not in (SubscriptionState.TRIALING, *_RUNNING):
        raise NotNow(state=subscription.state)
    starts_at = paid_until(subscription=subscription, now=ground.now)
    return Proposal(movement=Movement.CANCEL_LATER, starts_at=starts_at, at_once=False)


def _cancel_now(ground: _Ground, wish: Wish) -> Proposal:
    if ground.subscription.state == SubscriptionState.TRIALING:
        return Proposal(movement=Movement.CANCEL_NOW, starts_at=ground.now, at_once=True)
    return Proposal(movement=Movement.CANCEL_NOW, starts_at=ground.now, at_once=True, drafts=_unused(ground))


def _resume(ground: _Ground, wish: Wish) -> Proposal:
    if ground.subscription.cancel_at is None or ground.subscription.state in _STOPPED:
        raise NotNow(state=ground.subscription.state)
    return Proposal(movement=Movement.RESUME, starts_at=ground.now, at_once=False)


def _pause(ground: _Ground, wish: Wish) -> Proposal:
    subscription = ground.subscription
    if subscription.state != SubscriptionState.ACTIVE or subscription.cancel_at is not None:
        raise NotNow(state=subscription.state)
    if open_invoices(billing_account=subscription.billing_account):
        raise OwingFirst
    return Proposal(movement=Movement.PAUSE, starts_at=ground.now, at_once=False)


def _unpause(ground: _Ground, wish: Wish) -> Proposal:
    subscription = ground.subscription
    if subscription.state != SubscriptionState.PAUSED:
        raise NotNow(state=subscription.state)
    if subscription.period_ends_at is not None:
        return Proposal(movement=Movement.UNPAUSE, starts_at=ground.now, at_once=False)
    price = _resting_price(subscription)
    fresh = _begun(ground, price)
    return Proposal(
        movement=Movement.UNPAUSE,
        starts_at=ground.now,
        at_once=True,
        drafts=fresh.drafts,
        price=price,
        interval=fresh.interval,
        anchor_is_new=True,
        redemption=fresh.redemption,
    )


def _resting_price(subscription: Subscription) -> PriceVersion:
    """Find what a plan paused over its end goes on at: the last price, or one planned from that end on."""
    last = phases_of(billing_account=subscription.billing_account)[-1]
    ended = [phase for phase in subscription.phases.select_related("price__edition") if phase.ends_at == last.ends_at]
    return max(ended, key=lambda phase: (phase.starts_at, phase.pk)).price  # one planned has no length


_MOST_PIECES = 999
_RULES = {
    Movement.START: _start,
    Movement.SWITCH_NOW: _switch_now,
    Movement.SWITCH_LATER: _switch_later,
    Movement.ADD_ON: _add_on,
    Movement.COUPON: _coupon,
    Movement.CANCEL_LATER: _cancel_later,
    Movement.CANCEL_NOW: _cancel_now,
    Movement.RESUME: _resume,
    Movement.PAUSE: _pause,
    Movement.UNPAUSE: _unpause,
}


def is_upgrade(old: PriceVersion, new: PriceVersion) -> bool:
    """Say whether a merchant may move at once: to a bigger edition, or to the year of the same one."""
    return new.edition.rank > old.edition.rank or (new.edition.rank == old.edition.rank and new.months > old.months)


def _price(ground: _Ground, wish: Wish) -> PriceVersion:
    currency = ground.subscription.billing_account.currency
    # the price one is on may be kept when it is no longer sold: taking a planned change back
    if ground.phase is not None and ground.phase.price_id == wish.price_id and ground.phase.price.amount_minor:
        return ground.phase.price
    assert wish.price_id is not None
    return price_on_sale(price_id=wish.price_id, now=ground.now, currency=currency)


def _unused(ground: _Ground) -> list[DraftLine]:
    """Give back what was charged for the days from today, and paid: the plan after its coupon, then each add-on."""
    phase, items = ground.running, items_at(ground.subscription, ground.now)
    unused = Rest(phase, ground.interval, ground.today).unused(items)
    left = Period(ground.today, ground.interval.ends_on)
    plan = _line(ground, LineKind.UNUSED, "unused", -unused.plan_minor, phase.price, left, phase=phase)
    return [plan, *_items_back(ground, items, unused)]


def _items_unused(ground: _Ground, items: Sequence[SubscriptionItem]) -> list[DraftLine]:
    """Give back some add-ons alone: their plan goes on."""
    if not items:
        return []
    rest = Rest(ground.running, ground.interval, ground.today)
    return _items_back(ground, items, rest.unused(items, with_plan=False))


def _items_back(ground: _Ground, items: Sequence[SubscriptionItem], unused: Unused) -> list[DraftLine]:
    left = Period(ground.today, ground.interval.ends_on)
    return [
        _line(ground, LineKind.UNUSED, f"unused:{item.pk}", -back, item.price, left, item.quantity)
        for item, back in zip(items, unused.items_minor, strict=True)
    ]


def _rest(ground: _Ground, whole_minor: int) -> int:
    """Return what the days from today to the interval's end are of a whole interval's amount."""
    interval = ground.interval
    day = (ground.today - interval.starts_on).days
    return part_of(whole_minor, first=day, until=interval.days, days=interval.days)


def _line(
    ground: _Ground,
    kind: LineKind,
    what: str,
    amount_minor: int,
    price: TaxedPrice,
    service: Period,
    quantity: int = 1,
    phase: Phase | None = None,
) -> DraftLine:
    zone = ground.subscription.billing_account.zone
    return DraftLine(
        kind=kind,
        source=f"change:{ground.change_id}:{what}",
        phase=phase,
        service_starts_at=midnight(service.starts_on, zone),
        service_ends_at=midnight(service.ends_on, zone),
        quantity=quantity,
        gross_minor=amount_minor,
        tax_ppm=price.tax_ppm,
        tax_inclusive=price.tax_inclusive,
    )
