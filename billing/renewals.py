"""What an interval of a subscription costs: the plan, what a coupon takes off it, and the add-ons."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from billing.calendar import Period, add_months, is_boundary, local_day, period_holding
from billing.discounts import discount_of, months_covered
from billing.drafts import DraftLine, discount_line, item_line, plan_line
from billing.models.addons import AddOn, AddOnPrice, SubscriptionItem
from billing.models.agreements import Phase, Subscription
from billing.models.catalogue import MONTHS_OF, Interval, Limit, PriceVersion
from billing.models.coupons import Coupon, CouponDuration, Redemption
from billing.proration import part_of
from kit.tenancy.kept import kept


def items_at(subscription: Subscription, moment: datetime) -> list[SubscriptionItem]:
    """List the add-ons in force at an instant."""
    items = _items(subscription_id=subscription.pk, moment=moment)
    for item in items:
        item.subscription = subscription
    return items


@kept
def _items(*, subscription_id: UUID, moment: datetime) -> QuerySet[SubscriptionItem]:
    covering = Q(ends_at__isnull=True) | Q(ends_at__gt=moment)
    items = SubscriptionItem.objects.filter(covering, subscription=subscription_id, starts_at__lte=moment)
    return items.select_related("price", "add_on")


def redemption_on(subscription: Subscription, day: date, *, price: PriceVersion, begins: bool) -> Redemption | None:
    """Find the coupon that takes something off an interval of ``price`` that began on a day.

    With ``begins`` the interval begins now, and a coupon that waits in the merchant's hands may begin with it.
    """
    held = _redemptions(subscription_id=subscription.pk)
    for redemption in held:
        redemption.subscription = subscription
    return running_redemption(held, day, price=price, begins=begins)


@kept
def _redemptions(*, subscription_id: UUID) -> QuerySet[Redemption]:
    return Redemption.objects.filter(subscription=subscription_id).select_related("coupon")


def running_redemption(
    held: Iterable[Redemption], day: date, *, price: PriceVersion, begins: bool
) -> Redemption | None:
    """Find, among the coupons a subscription holds, the one that takes something off an interval begun on a day."""
    for redemption in held:
        fits = not redemption.coupon.editions or price.edition.code in redemption.coupon.editions
        waits = redemption.starts_on is None
        runs = redemption.starts_on is not None and (
            redemption.starts_on == day
            if redemption.coupon.duration == CouponDuration.ONCE  # another interval begun inside it is a second one
            else redemption.starts_on <= day and (redemption.ends_on is None or day < redemption.ends_on)
        )
        if fits and (runs or (waits and begins)):
            return redemption
    return None


def taken_off(redemption: Redemption | None, price: PriceVersion, interval: Period) -> int:
    """Say what a coupon takes off one whole interval of a price, in minor units."""
    if redemption is None or _in_other_money(redemption.coupon, price):
        return 0
    ends_on = redemption.ends_on if redemption.starts_on else _end_of(redemption.coupon, interval)
    covered = months_covered(interval.starts_on, of=price.months, until=ends_on)
    if redemption.coupon.duration == CouponDuration.ONCE:
        covered = price.months
    return discount_of(
        price.amount_minor,
        percent_ppm=redemption.coupon.percent_ppm,
        amount_minor=redemption.coupon.amount_minor,
        months=covered,
        of=price.months,
    )


def begin_redemption(redemption: Redemption, interval: Period) -> None:
    """Let a waiting coupon begin with an interval, in the caller's transaction."""
    if redemption.starts_on is None:
        redemption.starts_on, redemption.ends_on = interval.starts_on, _end_of(redemption.coupon, interval)
        redemption.save(update_fields=["starts_on", "ends_on"])


def net_of(phase: Phase, interval: Period) -> int:
    """Say what a phase's whole interval costs after its coupon: what a credit for unused days is counted from."""
    redemption = redemption_on(phase.subscription, interval.starts_on, price=phase.price, begins=False)
    return phase.price.amount_minor - taken_off(redemption, phase.price, interval)


def renewal_drafts(*, subscription: Subscription, phase: Phase, boundary: datetime) -> list[DraftLine]:
    """Draft everything that the interval beginning at a boundary costs; nothing inside a paid year.

    A plan whose periods follow the calendar begins with a part of one: by the day, like any change inside a period.
    """
    zone = subscription.billing_account.zone
    day = local_day(boundary, zone)
    if not is_boundary(phase.anchor, day, months=phase.price.months) and local_day(phase.starts_at, zone) != day:
        return []
    interval = period_holding(phase.anchor, day, months=phase.price.months)
    redemption = redemption_on(subscription, day, price=phase.price, begins=True)
    plan = phase.price.amount_minor
    gross = _from(day, interval, plan)
    off = gross - _from(day, interval, plan - taken_off(redemption, phase.price, interval))
    items = renewed_items(items_at(subscription, boundary), phase.price, boundary)
    drafts = [plan_line(phase=phase, day=day, interval=interval, amount_minor=gross, zone=zone)]
    if redemption is not None and off:
        drafts.append(
            discount_line(
                redemption_id=redemption.pk, phase=phase, day=day, interval=interval, amount_minor=-off, zone=zone
            )
        )
    for item in items:
        amount = _from(day, interval, item.amount_minor)
        drafts.append(item_line(item=item, phase=phase, day=day, interval=interval, amount_minor=amount, zone=zone))
    return [draft for draft in drafts if draft.gross_minor]


def _from(day: date, interval: Period, amount_minor: int) -> int:
    first = (day - interval.starts_on).days
    return part_of(amount_minor, first=first, until=interval.days, days=interval.days)


def renewed_items(items: Sequence[SubscriptionItem], price: PriceVersion, boundary: datetime) -> list[SubscriptionItem]:
    """Say which add-ons go on under a plan, each at a price of the plan's interval; unsaved where it changes."""
    kept = []
    for item in items:
        if price.edition.code not in item.add_on.editions:
            continue
        if item.price.interval == price.interval:
            kept.append(item)
        elif found := add_on_price(item.add_on_id, price=price, now=boundary):
            kept.append(
                SubscriptionItem(
                    subscription_id=item.subscription_id,
                    add_on=item.add_on,
                    price=found,
                    quantity=item.quantity,
                    starts_at=boundary,
                )
            )
    return kept


def add_on_price(add_on_id: UUID, *, price: PriceVersion, now: datetime) -> AddOnPrice | None:
    """Find what an add-on costs beside a plan: same currency, same interval, on sale now."""
    on_sale = Q(valid_until__isnull=True) | Q(valid_until__gt=now)
    return (
        AddOnPrice.objects.filter(
            on_sale, add_on_id=add_on_id, currency=price.currency, interval=price.interval, valid_from__lte=now
        )
        .select_related("add_on")
        .first()
    )


def city_price(phase: Phase, moment: datetime) -> AddOnPrice | None:
    """Find what one more city costs beside a plan; None where the plan sells none."""
    for add_on in AddOn.objects.filter(gives__has_key=Limit.CITIES.value):
        if phase.price.edition.code in add_on.editions:
            return add_on_price(add_on.pk, price=phase.price, now=moment)
    return None


def _in_other_money(coupon: Coupon, price: PriceVersion) -> bool:
    return coupon.amount_minor is not None and coupon.currency != price.currency


def _end_of(coupon: Coupon, interval: Period) -> date | None:
    if coupon.duration == CouponDuration.FOREVER:
        return None
    if coupon.duration == CouponDuration.ONCE:
        return interval.ends_on
    return add_months(interval.starts_on, coupon.months or MONTHS_OF[Interval.MONTH])
