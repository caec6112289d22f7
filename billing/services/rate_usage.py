"""Giving every order its fee, in the order the events were collected."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from billing.calendar import local_day, period_holding
from billing.models.agreements import BillingAccount, Phase
from billing.models.metering import ORDER_PAID, ORDER_REFUNDED, FeeKind, RatedFee, RatingCounter, UsageEvent
from billing.payers import family_of, link_at, links_of
from billing.rating import RatedOrder, Volume, rate_order, reversal
from billing.selectors import phase_of, phases_of
from billing.services.lock_usage import lock_usages

BATCH = 1000


def rate_usage(*, merchant_id: UUID, now: datetime, batch: int = BATCH) -> int:
    """Rate what has been collected and not yet rated; return how many events got a fee. Safe to repeat.

    Each event is priced by the phase in force when it happened, on the counter of its own interval, whenever it is
    collected. So amounts once written never change, and their sum does not depend on the order of arrival. A refund
    waits for its order's event. An event that cannot be rated is marked and left for a person.

    Whoever paid for the merchant at that instant pays the fee, and where the link says so, the order counts on the
    payer's own counter: partners climb the tiers together.
    """
    billing_account = BillingAccount.objects.filter(merchant_id=merchant_id).first()
    if billing_account is None:
        return 0
    rated, last = 0, None
    while True:
        with transaction.atomic(durable=True):
            lock_usages(account.merchant_id for account in family_of(billing_account))
            events = UsageEvent.objects.filter(merchant_id=merchant_id, rated_at=None, problem="").order_by("id")
            waiting = list(events.filter(id__gt=last)[:batch] if last else events[:batch])
            rated += _Rating(billing_account, now).rate(waiting)
        if len(waiting) < batch:
            return rated
        last = waiting[-1].id


@dataclass(frozen=True)
class _Ground:
    """Whose plan prices an instant, and who pays it (None: the merchant itself)."""

    account: BillingAccount
    phase: Phase
    payer: BillingAccount | None


class _Rating:
    """One batch: the counters it holds, the fees it made. Lives inside one transaction."""

    def __init__(self, billing_account: BillingAccount, now: datetime) -> None:
        self.billing_account = billing_account
        self.now = now
        self.links = links_of(billing_account)
        self.phases = {billing_account.pk: phases_of(billing_account=billing_account)}
        for payer in {link.payer for link in self.links if link.pools_fees}:
            self.phases[payer.pk] = phases_of(billing_account=payer)
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
        fee = self._refund_fee(event) if event.meter == ORDER_REFUNDED else self._order_fee(event)
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
        return "" if self.phases[self.billing_account.pk] else "no subscription"

    def _ground_at(self, moment: datetime) -> _Ground:
        link = link_at(self.links, moment)
        payer = link.payer if link else None
        account = payer if payer is not None and link is not None and link.pools_fees else self.billing_account
        return _Ground(account, phase_of(self.phases[account.pk], moment), payer)

    def _order_fee(self, event: UsageEvent) -> RatedFee:
        ground = self._ground_at(event.occurred_at)
        phase = ground.phase
        counter = self._counter(ground, local_day(event.occurred_at, ground.account.zone))
        before = Volume(counter.gmv_minor, counter.orders, counter.charged_minor)
        rated = rate_order(phase.price.fee_terms, before, event.amount_minor)
        counter.gmv_minor, counter.orders = rated.after.gmv_minor, rated.after.orders
        counter.charged_minor = rated.after.charged_minor
        parts = rated.variable_minor, rated.fixed_minor
        return self._fee(event, ground, FeeKind.FEE, *parts, _working_of(rated, before))

    def _refund_fee(self, event: UsageEvent) -> RatedFee | None:
        order = UsageEvent.objects.filter(
            merchant_id=event.merchant_id, meter=ORDER_PAID, event_key=event.ref_event_key
        ).first()
        if order is None:
            return None
        fee = self.fees.get(order.event_key) or _fee_of(order)
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
        return self._fee(event, self._ground_of(fee, event.occurred_at), FeeKind.REVERSAL, back, 0, working)

    def _ground_of(self, fee: RatedFee, moment: datetime) -> _Ground:
        # It goes back to whoever paid the fee, in the month of the refund
        if fee.payer is None:
            return _Ground(self.billing_account, phase_of(self.phases[self.billing_account.pk], moment), None)
        pooled = fee.phase.subscription.billing_account_id == fee.payer_id
        account = fee.payer if pooled else self.billing_account
        return _Ground(account, phase_of(self.phases[account.pk], moment), fee.payer)

    def _refunded_before(self, order: UsageEvent) -> int:
        rated = UsageEvent.objects.filter(
            merchant_id=order.merchant_id,
            meter=ORDER_REFUNDED,
            ref_event_key=order.event_key,
            rated_at__isnull=False,
        )
        written = rated.aggregate(total=Sum("amount_minor"))["total"] or 0
        return int(written) + self.refunded.get(order.event_key, 0)

    def _counter(self, ground: _Ground, day: date) -> RatingCounter:
        phase = ground.phase
        interval = period_holding(phase.anchor, day, months=phase.price.months)
        key = (phase.pk, interval.starts_on)
        if key not in self.counters:
            zone = ground.account.zone
            RatingCounter.objects.get_or_create(
                phase=phase, starts_at=interval.starts_at(zone), defaults={"ends_at": interval.ends_at(zone)}
            )
            self.counters[key] = RatingCounter.objects.select_for_update().get(
                phase=phase, starts_at=interval.starts_at(zone)
            )
        return self.counters[key]

    def _fee(
        self,
        event: UsageEvent,
        ground: _Ground,
        kind: FeeKind,
        variable: int,
        fixed: int,
        working: Mapping[str, object],
    ) -> RatedFee:
        zone, phase = ground.account.zone, ground.phase
        month = period_holding(phase.anchor, local_day(event.occurred_at, zone), months=1)
        return RatedFee(
            event=event,
            kind=kind,
            merchant_id=event.merchant_id,
            phase=phase,
            payer=ground.payer,
            service_starts_at=month.starts_at(zone),
            service_ends_at=month.ends_at(zone),
            amount_minor=variable + fixed,
            variable_minor=variable,
            fixed_minor=fixed,
            working=working,
            rated_at=self.now,
        )


def _fee_of(order: UsageEvent) -> RatedFee | None:
    fees = RatedFee.objects.filter(event=order, kind=FeeKind.FEE)
    return fees.select_related("payer", "phase__subscription").first()


def _working_of(rated: RatedOrder, before: Volume) -> dict[str, object]:
    return {
        "gmv_before": before.gmv_minor,
        "order_number": before.orders + 1,
        "included": rated.included_minor,
        "parts": [list(asdict(part).values()) for part in rated.parts],
        "rules": list(rated.rules),
    }
