"""The day another begins to pay: what was paid ahead is split between the old and the new payer, by the day."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from billing.calendar import Period, local_day, midnight, period_holding
from billing.drafts import DraftLine
from billing.entitlements import granted, limits_at
from billing.models.addons import AddOnPrice, SubscriptionItem
from billing.models.agreements import BillingAccount, Phase, Subscription
from billing.models.catalogue import Limit, TaxedPrice
from billing.models.invoices import InvoiceKind, LineKind
from billing.models.payers import PayerLink
from billing.payers import partner_links, payer_at
from billing.proration import part_of
from billing.renewals import city_price, items_at
from billing.selectors import live_subscription, phase_at, use_of_merchant
from billing.services.charge_payer import charge_payer, moment_of_its_own
from billing.services.issue_invoice import issue_invoice
from billing.services.judge_subscription import judge_subscription
from billing.services.spend_wallet import locked_wallet
from billing.services.use_credit import use_credit
from billing.services.withdraw_change import withdraw_waiting
from billing.services.write_down import write_down
from billing.unused import Rest
from control.audit.services import record_act

_INSTANT = timedelta(microseconds=1)


def begin_link(*, link_id: UUID, now: datetime) -> None:
    """Let a payer begin to pay at the link's own midnight. Safe to repeat.

    The rest of what the old payer paid ahead goes back to it and is charged to the new one: the parts add up to the
    price, whatever the day. What was owed before stays with who owed it. Where the payer's plan counts cities and
    sells more, the partner is one more.
    """
    cities = use_of_merchant(PayerLink.objects.get(pk=link_id).payer.merchant).get("cities", 0)
    with transaction.atomic(durable=True):
        link = _held(link_id)
        if link.begun_at is not None:
            return
        if not PayerLink.objects.filter(
            child=link.child, ends_at=link.starts_at, approved_at__isnull=False, closed_at__isnull=True
        ).exists():  # else the ending one splits it between the two
            _split(link.child, link.starts_at)
        link.added_piece = _add_a_city(link, own_cities=cities)
        link.begun_at = now
        link.save(update_fields=["begun_at", "added_piece"])
        _remember("payer.begun", link, now)


def close_link(*, link_id: UUID, now: datetime) -> None:
    """Let a payer stop paying at the link's end; the store pays for itself, or the next payer does. Safe to repeat."""
    with transaction.atomic(durable=True):
        link = _held(link_id)
        if link.closed_at is not None or link.ends_at is None:
            return
        _split(link.child, link.ends_at)
        if link.added_piece:
            _move_pieces(link, link.ends_at, by=-1)
        link.closed_at = now
        link.save(update_fields=["closed_at"])
        _remember("payer.ended", link, now)


def _held(link_id: UUID) -> PayerLink:
    # Both wallets, the store's before its payer's (closing a month holds one of them only), then both accounts: the
    # order in which whoever judges what is overdue takes them
    parties = PayerLink.objects.select_related("child", "payer").get(pk=link_id)
    locked_wallet(billing_account=parties.child)
    locked_wallet(billing_account=parties.payer)
    list(BillingAccount.objects.filter(pk__in=[parties.child_id, parties.payer_id]).order_by("pk").select_for_update())
    links = PayerLink.objects.select_for_update(of=("self",))
    return links.select_related("child__merchant", "payer__merchant").get(pk=link_id)


def _split(child: BillingAccount, moment: datetime) -> None:
    subscription = _locked_subscription(child)
    if subscription is None:
        return
    withdraw_waiting(subscription=subscription, now=moment)
    rest = list(_rest_of(subscription, moment))
    before, after = payer_at(child, moment - _INSTANT), payer_at(child, moment)
    if not rest or before == after:
        return
    back = [_line(moment, part, LineKind.UNUSED, -1) for part in rest]
    anew = [_line(moment, part, part.kind, 1) for part in rest]
    for payer, drafts in ((before, back), (after, anew)):
        if payer != child:
            charge_payer(payer=payer, section=child, drafts=drafts, at=moment)
            continue
        issue_invoice(
            billing_account=child,
            boundary=moment_of_its_own(child, moment),
            issued_at=moment,
            drafts=drafts,
            kind=InvoiceKind.PAYER,
        )
    use_credit(billing_account=child, now=moment)
    judge_subscription(billing_account=child, now=moment, reason="payer changed")


def _locked_subscription(payer: BillingAccount) -> Subscription | None:
    live = live_subscription(merchant_id=payer.merchant_id)
    if live is None or live.period_ends_at is None:
        return None
    held = Subscription.objects.select_for_update(of=("self",)).select_related("billing_account__merchant")
    return held.get(pk=live.pk)


def _rest_of(subscription: Subscription, moment: datetime) -> Iterator[DraftLine]:
    """Draft what the days from a moment to the end of the running interval cost, at what was really charged."""
    phase = phase_at(subscription, moment)
    if phase is None:
        return
    day = local_day(moment, subscription.billing_account.zone)
    interval = period_holding(phase.anchor, day, months=phase.price.months)
    if interval.starts_on == day:
        return  # it begins today, and was charged to whoever pays from today
    rest = Rest(phase, interval, day)
    yield _draft(phase, LineKind.SUBSCRIPTION, f"phase:{phase.pk}", rest.of_plan(), phase.price, day, interval)
    for item in items_at(subscription, moment):
        whole = _draft(phase, LineKind.ADD_ON, f"add-on:{item.pk}", rest.of_item(item), item.price, day, interval)
        yield replace(whole, quantity=item.quantity)


def _part(whole_minor: int, day: date, interval: Period) -> int:
    first = (day - interval.starts_on).days
    return part_of(whole_minor, first=first, until=interval.days, days=interval.days)


def _draft(
    phase: Phase, kind: LineKind, source: str, amount_minor: int, price: TaxedPrice, day: date, interval: Period
) -> DraftLine:
    zone = phase.subscription.billing_account.zone
    return DraftLine(
        kind=kind,
        source=source,
        phase=phase,
        service_starts_at=midnight(day, zone),
        service_ends_at=interval.ends_at(zone),
        quantity=1,
        gross_minor=amount_minor,
        tax_ppm=price.tax_ppm,
        tax_inclusive=price.tax_inclusive,
    )


def _line(moment: datetime, part: DraftLine, kind: LineKind, sign: int) -> DraftLine:
    source = f"turn:{moment:%Y%m%dT%H%M}:{part.source}"
    return replace(part, kind=kind, source=source, gross_minor=sign * part.gross_minor)


def _add_a_city(link: PayerLink, *, own_cities: int) -> bool:
    limits = limits_at(granted(billing_account=link.payer), link.starts_at) or {}
    limit = limits.get(Limit.CITIES)
    others = [each for each in partner_links(payer=link.payer, moment=link.starts_at) if each.begun_at is not None]
    if not isinstance(limit, int) or own_cities + len(others) + 1 <= limit:
        return False
    return _move_pieces(link, link.starts_at, by=1)


def _move_pieces(link: PayerLink, moment: datetime, *, by: int) -> bool:
    """Let the payer hold one city more or fewer from a moment on, paid by the day like any change of a quantity."""
    subscription = _locked_subscription(link.payer)
    phase = phase_at(subscription, moment) if subscription else None
    price = city_price(phase, moment) if phase else None
    if subscription is None or phase is None or price is None:
        return False
    day = local_day(moment, link.payer.zone)
    interval = period_holding(phase.anchor, day, months=phase.price.months)
    held = next((item for item in items_at(subscription, moment) if item.add_on_id == price.add_on_id), None)
    price = held.price if held else price
    before = held.quantity if held else 0
    after = before + by
    if after < 0:
        return False
    drafts = [
        _draft(phase, kind, f"cities:{link.pk}:{by}", cost, price, day, interval)
        for kind, cost in (
            (LineKind.UNUSED, -Rest(phase, interval, day).of_item(held) if held else 0),
            (LineKind.ADD_ON, _part(price.amount_minor * after, day, interval)),
        )
    ]
    charge_payer(
        payer=link.payer,
        section=link.payer,
        drafts=[replace(drafts[0], quantity=max(1, before)), replace(drafts[1], quantity=max(1, after))],
        at=moment,
    )
    _write_pieces(subscription, price, held, after, by, moment)
    write_down(subscription=subscription, now=moment, reason="partner cities")
    return True


def _write_pieces(
    subscription: Subscription,
    price: AddOnPrice,
    held: SubscriptionItem | None,
    after: int,
    by: int,
    moment: datetime,
) -> None:
    planned_end = held.ends_at if held else None
    later = subscription.items.filter(add_on=price.add_on_id, starts_at__gt=moment)
    for item in later:  # what was planned for later is one more or fewer too
        if item.quantity + by > 0:
            item.quantity += by
            item.save(update_fields=["quantity"])
        else:
            item.delete()
    if held is not None:
        held.ends_at = moment
        held.save(update_fields=["ends_at"])
    if after:
        SubscriptionItem.objects.create(
            subscription=subscription,
            add_on_id=price.add_on_id,
            price=price,
            quantity=after,
            starts_at=moment,
            ends_at=planned_end,
        )
    if by > 0 and planned_end is not None and not later.exists():
        SubscriptionItem.objects.create(
            subscription=subscription, add_on_id=price.add_on_id, price=price, quantity=by, starts_at=planned_end
        )


def _remember(what: str, link: PayerLink, now: datetime) -> None:
    for merchant_id in (link.payer.merchant_id, link.child.merchant_id):
        record_act(
            what=what,
            actor="billing",
            now=now,
            merchant_id=merchant_id,
            payer=link.payer.merchant.name,
            partner=link.child.merchant.name,
        )
