"""Giving every order its fee, in the order the events were collected."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from billing.calendar import local_day, period_holding
from billing.models.agreements import BillingAccount, Phase
from billing.models.metering import ORDER_PAID, ORDER_REFUNDED, FeeKind, RatedFee, RatingCounter, UsageEvent
from billing.rating import RatedOrder, Volume, rate_order, reversal
from billing.selectors import phase_of, phases_of
from billing.services.lock_usage import lock_usage

BATCH = 1000


def rate_usage(*, merchant_id: UUID, now: datetime, batch: int = BATCH) -> int:
    """Rate what has been collected and not yet rated; return how many events got a fee. Safe to repeat.

    Each event is priced by the phase in force when it happened, on the counter of its own interval, whenever it is
    collected. So amounts once written never change, and their sum does not depend on the order of arrival. A refund
    waits for its order's event. An event that cannot be rated is marked and left for a person.
    """
    billing_account = BillingAccount.objects.filter(merchant_id=merchant_id).first()
    if billing_account is None:
        return 0
    rated, last = 0, None
    while True:
        with transaction.atomic(durable=True):
            lock_usage(merchant_id=merchant_id)
            events = UsageEvent.objects.filter(merchant_id=merchant_id, rated_at=None, problem="").order_by("id")
            waiting = list(events.filter(id__gt=last)[:batch] if last else events[:batch])
            rated += _Rating(billing_account, now).rate(waiting)
        if len(waiting) < batch:
            return rated
        last = waiting[-1].id


class _Rating:
    """One batch: the counters it holds, the fees it made. Lives inside one transaction."""

    def __init__(self, billing_account: BillingAccount, now: datetime) -> None:
        self.billing_account = billing_account
        self.now = now
        self.phases = phases_of(billing_account=billing_account)
        self.counters: dict[tuple[UUID, date], RatingCounter] = {}
        self.fees: dict[str, RatedFee] = {}  # of this batch, by the event's key
        self.refunded: dict[str, int] = {}  # in this batch, by the order's event key

    def rate(self, events: Iterable[UsageEvent]) -> int:
        done = [event for event in events if self._rate_one(event)]
        RatedFee.objects.bulk_create(self.fees.values())
        RatingCounter.objects.bulk_update(self.counters.values(), ["gmv_minor", "orders", "charged_minor"])
        UsageEvent.objects.filter(pk__in=[event.pk for event in done]).update(rated_at=self.now)
        return len(done)

    def _rate_one(self, event: UsageEvent) -> bool:
        if problem := self._problem_of(event):
            UsageEvent.objects.filter(pk=event.pk).update(problem=problem)
            return False
        phase = phase_of(self.phases, event.occurred_at)
        fee = self._refund_fee(event, phase) if event.meter == ORDER_REFUNDED else self._order_fee(event, phase)
        if fee is None:
            return False
        self.fees[event.event_key] = fee
        return True

    def _problem_of(self, event: UsageEvent) -> str:
        if event.meter not in (ORDER_PAID, ORDER_REFUNDED):
            return f"unknown meter {event.meter}"
        if event.amount_minor < 0:
            return "negative amount"
        if event.currency != self.billing_account.currency:
            return f"{event.currency} on an account in {self.billing_account.currency}"
        return "" if self.phases else "no subscription"

    def _order_fee(self, event: UsageEvent, phase: Phase) -> RatedFee:
        counter = self._counter(phase, local_day(event.occurred_at, self.billing_account.zone))
        before = Volume(counter.gmv_minor, counter.orders, counter.charged_minor)
        rated = rate_order(phase.price.fee_terms, before, event.amount_minor)
        counter.gmv_minor, counter.orders = rated.after.gmv_minor, rated.after.orders
        counter.charged_minor = rated.after.charged_minor
        return self._fee(event, phase, FeeKind.FEE, rated.variable_minor, rated.fixed_minor, _working_of(rated, before))

    def _refund_fee(self, event: UsageEvent, phase: Phase) -> RatedFee | None:
        order = UsageEvent.objects.filter(
            merchant_id=event.merchant_id, meter=ORDER_PAID, event_key=event.ref_event_key
        ).first()
        if order is None:
            return None
        fee = self.fees.get(order.event_key) or RatedFee.objects.filter(event=order, kind=FeeKind.FEE).first()
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
        return self._fee(event, phase, FeeKind.REVERSAL, back, 0, working)

    def _refunded_before(self, order: UsageEvent) -> int:
        rated = UsageEvent.objects.filter(
            merchant_id=order.merchant_id,
            meter=ORDER_REFUNDED,
            ref_event_key=order.event_key,
            rated_at__isnull=False,
        )
        written = rated.aggregate(total=Sum("amount_minor"))["total"] or 0
        return int(written) + self.refunded.get(order.event_key, 0)

    def _counter(self, phase: Phase, day: date) -> RatingCounter:
        interval = period_holding(phase.anchor, day, months=phase.price.months)
        key = (phase.pk, interval.starts_on)
        if key not in self.counters:
            zone = self.billing_account.zone
            RatingCounter.objects.get_or_create(
                phase=phase, starts_at=interval.starts_at(zone), defaults={"ends_at": interval.ends_at(zone)}
            )
            self.counters[key] = RatingCounter.objects.select_for_update().get(
                phase=phase, starts_at=interval.starts_at(zone)
            )
        return self.counters[key]

    def _fee(
        self, event: UsageEvent, phase: Phase, kind: FeeKind, variable: int, fixed: int, working: Mapping[str, object]
    ) -> RatedFee:
        zone = self.billing_account.zone
        month = period_holding(phase.anchor, local_day(event.occurred_at, zone), months=1)
        return RatedFee(
            event=event,
            kind=kind,
            merchant_id=event.merchant_id,
            phase=phase,
            service_starts_at=month.starts_at(zone),
            service_ends_at=month.ends_at(zone),
            amount_minor=variable + fixed,
            variable_minor=variable,
            fixed_minor=fixed,
            working=working,
            rated_at=self.now,
        )


def _working_of(rated: RatedOrder, before: Volume) -> dict[str, object]:
    return {
        "gmv_before": before.gmv_minor,
        "order_number": before.orders + 1,
        "included": rated.included_minor,
        "parts": [list(asdict(part).values()) for part in rated.parts],
        "rules": list(rated.rules),
    }
