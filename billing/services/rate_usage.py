"""Giving every order its fee, in the order the events were collected."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from billing.calendar import local_day, period_holding
from billing.grounds import Ground, Grounds
from billing.models.agreements import BillingAccount
from billing.models.metering import ORDER_PAID, ORDER_REFUNDED, FeeKind, RatedFee, UsageEvent, WaitingUsage
from billing.payers import family_of
from billing.rating import reversal
from billing.services.lock_usage import lock_usages
from billing.services.rate_orders import rate_orders

BATCH = 5000


def rate_usage(*, merchant_id: UUID, now: datetime, batch: int = BATCH) -> int:
    """Rate what has been collected and not yet rated; return how many events got a fee. Safe to repeat.

    Each event is priced by the phase in force when it happened, on the counter of its own interval, whenever it is
    collected. So amounts once written never change, and their sum does not depend on the order of arrival. A refund
    waits for its order's event. An event that cannot be rated is marked and left for a person.

    Whoever paid for the merchant at that instant pays the fee, and where the link says so, the order counts on the
    payer's own counter: partners climb the tiers together.
    """
    queue = WaitingUsage.objects.filter(merchant_id=merchant_id).order_by("event_id")
    if not queue.exists():  # most often: whatever comes after this look is rated by the next
        return 0
    billing_account = BillingAccount.objects.filter(merchant_id=merchant_id).first()
    if billing_account is None:
        return 0
    rated, last = 0, None
    while True:
        with transaction.atomic(durable=True):
            lock_usages(account.merchant_id for account in family_of(billing_account))
            waiting = queue.filter(event_id__gt=last) if last else queue.all()
            last = _last_of(waiting, batch)
            if last is None:
                return rated
            events = UsageEvent.objects.filter(waiting__in=waiting.filter(event_id__lte=last)).order_by("id")
            rated += _rate(billing_account, events, last, now)


def _last_of(waiting: QuerySet[WaitingUsage], batch: int) -> UUID | None:
    ids = waiting.values_list("event_id", flat=True)
    return next(iter(ids[batch - 1 : batch]), None) or ids.last()


def _rate(billing_account: BillingAccount, waiting: QuerySet[UsageEvent], last: UUID, now: datetime) -> int:
    """Rate one batch. Of the paid orders only the instants come here: the rest of their way is the database's."""
    grounds = Grounds(billing_account)
    plain = Q(meter=ORDER_PAID, amount_minor__gte=0, currency=billing_account.currency)
    refunds: list[UsageEvent] = []
    for event in waiting if grounds.is_bare else waiting.exclude(plain):
        if problem := _problem_of(event, billing_account, has_phases=not grounds.is_bare):
            UsageEvent.objects.filter(pk=event.id).update(problem=problem)
            WaitingUsage.objects.filter(pk=event.id).delete()
        else:
            refunds.append(event)
    moments = () if grounds.is_bare else waiting.filter(plain).values_list("occurred_at", flat=True)
    rated = rate_orders(grounds=grounds, moments=moments, last=last, now=now)
    return rated + _Refunds(grounds, now).rate(refunds)


def _problem_of(event: UsageEvent, billing_account: BillingAccount, *, has_phases: bool) -> str:
    if event.meter not in (ORDER_PAID, ORDER_REFUNDED):
        return f"unknown meter {event.meter}"
    if event.amount_minor < 0:
        return "negative amount"
    if event.currency != billing_account.currency:
        return f"{event.currency} on an account in {billing_account.currency}"
    return "" if has_phases else "no subscription"


class _Refunds:
    """One batch of refunds: the fees it takes back. Lives inside one transaction."""

    def __init__(self, grounds: Grounds, now: datetime) -> None:
        self.grounds = grounds
        self.now = now
        self.fees: dict[str, RatedFee] = {}  # of this batch, by the event's key
        self.refunded: dict[str, int] = {}  # in this batch, by the order's event key

    def rate(self, events: Iterable[UsageEvent]) -> int:
        done = [event for event in events if self._rate_one(event)]
        if not done:
            return 0
        RatedFee.objects.bulk_create(self.fees.values())
        WaitingUsage.objects.filter(pk__in=[event.pk for event in done]).delete()
        return len(done)

    def _rate_one(self, event: UsageEvent) -> bool:
        fee = self._refund_fee(event)
        if fee is None:
            return False
        self.fees[event.event_key] = fee
        return True

    def _refund_fee(self, event: UsageEvent) -> RatedFee | None:
        order = UsageEvent.objects.filter(
            merchant_id=event.merchant_id, meter=ORDER_PAID, event_key=event.ref_event_key
        ).first()
        if order is None:
            return None
        fees = RatedFee.objects.filter(event=order, kind=FeeKind.FEE)
        fee = fees.select_related("payer", "phase__subscription").first()
        if fee is None:
            return None
        before = self._refunded_before(order)
        back = reversal(
            variable_minor=fee.variable_minor,
            order_minor=order.amount_minor,
            refunded_before_minor=before,
            refund_minor=event.amount_minor,
        )
        self.refunded[order.event_key] = self.refunded.get(order.event_key, 0) + event.amount_minor
        working = {"fee": fee.variable_minor, "order": order.amount_minor, "refunded_before": before}
        return self._reversal(event, self.grounds.of_reversal(fee, event.occurred_at), back, working)

    def _refunded_before(self, order: UsageEvent) -> int:
        rated = UsageEvent.objects.filter(
            merchant_id=order.merchant_id,
            meter=ORDER_REFUNDED,
            ref_event_key=order.event_key,
            fees__isnull=False,
        )
        written = rated.aggregate(total=Sum("amount_minor"))["total"] or 0
        return int(written) + self.refunded.get(order.event_key, 0)

    def _reversal(self, event: UsageEvent, ground: Ground, back_minor: int, working: Mapping[str, object]) -> RatedFee:
        zone = ground.account.zone
        month = period_holding(ground.phase.anchor, local_day(event.occurred_at, zone), months=1)
        return RatedFee(
            event=event,
            kind=FeeKind.REVERSAL,
            merchant_id=event.merchant_id,
            phase=ground.phase,
            payer=ground.payer,
            service_starts_at=month.starts_at(zone),
            service_ends_at=month.ends_at(zone),
            amount_minor=back_minor,
            variable_minor=back_minor,
            fixed_minor=0,
            working=working,
            rated_at=self.now,
        )
