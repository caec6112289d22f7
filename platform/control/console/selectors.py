"""What the operator's console shows, in few queries each. All of it runs in the control plane."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import BillingAccount, Phase
from billing.models.collection import AttemptState, ChargeAttempt
from billing.models.invoices import Invoice, InvoiceState
from billing.models.metering import ORDER_PAID, ORDER_REFUNDED, LateUsage, RatedFee, UsageEvent
from billing.recurring import recurring_by_merchant
from billing.services.fall_behind import LONGEST_WAIT
from billing.tax import without_tax
from control.audit.models import AuditEntry
from control.inbox.models import EventState, OutsideEvent
from control.lifecycle.models import StoreExport
from control.merchants.models import Domain, Merchant, MerchantState
from control.people.models import Seat
from control.post.models import Letter
from control.provisioning.models import Bundle, PooledSchema
from kit.errors import Kind, Refused
from kit.money import round_half_away

DAYS = 30
ZONE = ZoneInfo("Asia/Shanghai")
_LATEST = 20


class NotInConsole(Refused):
    """There is no such row."""

    code, kind, sentence = "not_found", Kind.MISSING, _("没有找到这条记录。")


@dataclass(frozen=True)
class Overview:
    """The platform's figures. Money in fen; gmv and fees over the last thirty days."""

    stores: dict[str, int]
    recurring_minor: int
    open_count: int
    open_minor: int
    overdue_count: int
    paid_minor: int
    gmv_minor: int
    fees_minor: int
    orders: int
    days: list[date]
    gmv_by_day: list[int]
    fees_by_day: list[int]
    uncertain: int
    failed_events: int
    late_usage: list[LateUsage]

    @property
    def take_ppm(self) -> int:
        """Fees as parts per million of the volume, to a hundredth of a percent."""
        return round_half_away(Fraction(self.fees_minor * 10_000, self.gmv_minor)) * 100 if self.gmv_minor else 0


def overview(now: datetime) -> Overview:
    """Read the platform's figures."""
    since = now - timedelta(days=DAYS)
    paid_orders = UsageEvent.objects.filter(meter=ORDER_PAID, occurred_at__gt=since, occurred_at__lte=now)
    fees = RatedFee.objects.filter(event__occurred_at__gt=since, event__occurred_at__lte=now)
    invoices = Invoice.objects.aggregate(
        open_count=Count("id", filter=Q(state=InvoiceState.OPEN)),
        open_minor=Sum("due_minor", filter=Q(state=InvoiceState.OPEN)),
        overdue_count=Count("id", filter=Q(state=InvoiceState.OPEN, overdue_since__isnull=False)),
        paid_minor=Sum("paid_minor", filter=Q(paid_at__gt=since)),
    )
    gmv, fee = _by_day(paid_orders, "occurred_at"), _fees_by_day(fees)
    days = [(now.astimezone(ZONE) - timedelta(days=back)).date() for back in reversed(range(DAYS))]
    return Overview(
        stores=dict(Merchant.objects.values_list("state").annotate(Count("id"))),
        recurring_minor=sum(recurring_by_merchant(now=now).values()),
        open_count=invoices["open_count"],
        open_minor=invoices["open_minor"] or 0,
        overdue_count=invoices["overdue_count"],
        paid_minor=invoices["paid_minor"] or 0,
        gmv_minor=sum(gmv.values()),
        fees_minor=sum(fee.values()),
        orders=paid_orders.count(),
        days=days,
        gmv_by_day=[gmv.get(day, 0) for day in days],
        fees_by_day=[fee.get(day, 0) for day in days],
        uncertain=ChargeAttempt.objects.filter(state=AttemptState.UNKNOWN).count(),
        failed_events=OutsideEvent.objects.filter(state=EventState.FAILED).count(),
        late_usage=list(
            LateUsage.objects.filter(since__lte=now - LONGEST_WAIT).select_related("merchant").order_by("since", "pk")
        ),
    )


def _by_day(rows: QuerySet[UsageEvent], moment: str) -> dict[date, int]:
    days = rows.annotate(day=TruncDate(moment, tzinfo=ZONE)).values("day").annotate(total=Sum("amount_minor"))
    return {row["day"]: row["total"] for row in days}


def _fees_by_day(fees: QuerySet[RatedFee]) -> dict[date, int]:
    """Sum fees up without tax, whichever way their prices are written: the rule of the measures."""
    rows = (
        fees.annotate(day=TruncDate("event__occurred_at", tzinfo=ZONE))
        .values_list("day", "phase__price__tax_ppm", "phase__price__tax_inclusive")
        .annotate(total=Sum("amount_minor"))
    )
    nets: dict[date, Fraction] = defaultdict(Fraction)
    for day, ppm, inclusive, total in rows:
        nets[day] += without_tax(total, ppm=ppm, inclusive=inclusive)
    return {day: round_half_away(net) for day, net in nets.items()}


@dataclass(frozen=True)
class StoreLine:
    """One store in the list."""

    merchant: Merchant
    phase: Phase | None
    recurring_minor: int
    gmv_minor: int
    orders: int
    due_minor: int


def merchants_like(*, query: str, state: str) -> QuerySet[Merchant]:
    """Query merchants by state and by a part of name, address, domain, city, or a payer's or staff's e-mail or phone;
    the newest first.
    """
    merchants = Merchant.objects.all()
    if state in MerchantState.values:
        merchants = merchants.filter(state=state)
    if query:
        hosts = Domain.objects.filter(domain__icontains=query).values("tenant_id")
        people = Seat.objects.filter(Q(person__phone__icontains=query) | Q(person__email__icontains=query))
        merchants = merchants.filter(
            Q(name__icontains=query)
            | Q(pk__in=hosts)
            | Q(pk__in=people.values("merchant_id"))
            | Q(slug__icontains=query)
            | Q(city__icontains=query)
            | Q(billing_account__email__icontains=query)
            | Q(billing_account__phone__icontains=query)
        )
    return merchants.order_by("-created_at", "-id")


def count_merchants(*, query: str) -> dict[str, int]:
    """Count the merchants of each state that match; "" is all of them."""
    counts = dict(merchants_like(query=query, state="").order_by().values_list("state").annotate(Count("id")))
    return {"": sum(counts.values()), **counts}


def store_lines(merchants: Iterable[Merchant], now: datetime) -> list[StoreLine]:
    """Add to each merchant its plan, thirty days' volume and what it owes, with one query for each."""
    page = list(merchants)
    ids = [merchant.pk for merchant in page]
    covering = Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    phases = Phase.objects.filter(covering, starts_at__lte=now, subscription__billing_account__merchant_id__in=ids)
    plan_of = {
        phase.subscription.billing_account.merchant_id: phase
        for phase in phases.select_related("price__edition", "subscription__billing_account").order_by("starts_at")
    }
    sales = UsageEvent.objects.filter(
        merchant_id__in=ids, meter=ORDER_PAID, occurred_at__gt=now - timedelta(days=DAYS), occurred_at__lte=now
    )
    sold = {
        merchant_id: (total, orders)
        for merchant_id, total, orders in sales.values_list("merchant_id").annotate(Sum("amount_minor"), Count("id"))
    }
    due: dict[UUID, int] = dict(
        Invoice.objects.filter(billing_account__merchant_id__in=ids, state=InvoiceState.OPEN)
        .values_list("billing_account__merchant_id")
        .annotate(Sum("due_minor"))
    )
    recurring = recurring_by_merchant(now=now, merchant_ids=ids)
    return [
        StoreLine(
            merchant=merchant,
            phase=plan_of.get(merchant.pk),
            recurring_minor=recurring.get(merchant.pk, 0),
            gmv_minor=sold.get(merchant.pk, (0, 0))[0],
            orders=sold.get(merchant.pk, (0, 0))[1],
            due_minor=due.get(merchant.pk, 0),
        )
        for merchant in page
    ]


def merchant_with_id(merchant_id: UUID) -> Merchant:
    """Find a merchant. :raises NotInConsole:"""
    found = Merchant.objects.filter(pk=merchant_id).first()
    if found is None:
        raise NotInConsole
    return found


def export_with_id(export_id: UUID) -> StoreExport:
    """Find a finished export that is still kept. :raises NotInConsole:"""
    found = StoreExport.objects.filter(pk=export_id, done_at__isnull=False, removed_at=None).first()
    if found is None:
        raise NotInConsole
    return found


def account_of(merchant: Merchant) -> BillingAccount | None:
    """Find a merchant's billing account; a store that is still being built may have none."""
    return BillingAccount.objects.filter(merchant=merchant).first()


def acts_about(merchant: Merchant) -> list[AuditEntry]:
    """List what happened to a merchant lately."""
    return list(AuditEntry.objects.filter(merchant_id=merchant.pk).order_by("-at", "-id")[:_LATEST])


def fleet_runs() -> list[AuditEntry]:
    """List when stores were lately migrated, begun and ended; one that was killed has begun only."""
    entries = AuditEntry.objects.filter(merchant_id=None, what__in=("fleet.begun", "fleet.migrated"))
    return list(entries.order_by("-at", "-id")[:_LATEST])


def invoices_like(*, query: str, state: str) -> QuerySet[Invoice]:
    """Query invoices by state ("overdue" is one here) and by a part of number, payer or store; the latest first."""
    invoices = Invoice.objects.select_related("billing_account__merchant")
    if state == "overdue":
        invoices = invoices.filter(state=InvoiceState.OPEN, overdue_since__isnull=False)
    elif state in InvoiceState.values:
        invoices = invoices.filter(state=state)
    if query:
        invoices = invoices.filter(
            Q(number__icontains=query)
            | Q(billing_account__legal_name__icontains=query)
            | Q(billing_account__merchant__name__icontains=query)
            | Q(billing_account__merchant__slug__icontains=query)
        )
    return invoices.order_by("-issued_at", "-number")


def count_invoices(*, query: str) -> dict[str, int]:
    """Count the invoices of each state that match."""
    states = ["", "overdue", *InvoiceState.values]
    return {state: invoices_like(query=query, state=state).count() for state in states}


@dataclass(frozen=True)
class OrderFee:
    """What an order of a store cost in fees, less what refunds took back, and where it was invoiced."""

    number: str
    merchant: Merchant
    fee_minor: int
    currency: str
    invoice_id: UUID | None


def order_fees(*, number: str, most: int) -> list[OrderFee]:
    """Find the fees of orders with exactly this number; stores count on their own, so there may be several."""
    events = UsageEvent.objects.annotate(number=KT("payload__order_number")).filter(number=number, meter=ORDER_PAID)
    found = list(events.order_by("-id")[:most])
    merchants = Merchant.objects.in_bulk([event.merchant_id for event in found])
    refunds = Q(
        event__meter=ORDER_REFUNDED,
        event__ref_event_key__in=[event.event_key for event in found],
        event__merchant_id__in=list(merchants),
    )
    fees = RatedFee.objects.filter(refunds | Q(event__in=found)).select_related("event", "invoice_line")
    of_order: dict[tuple[UUID, str], list[RatedFee]] = {}
    for fee in fees:
        of_order.setdefault((fee.merchant_id, fee.event.ref_event_key or fee.event.event_key), []).append(fee)
    return [
        OrderFee(
            number=number,
            merchant=merchants[event.merchant_id],
            fee_minor=sum(fee.amount_minor for fee in of_order.get((event.merchant_id, event.event_key), [])),
            currency=event.currency,
            invoice_id=next(
                (
                    fee.invoice_line.invoice_id
                    for fee in of_order.get((event.merchant_id, event.event_key), [])
                    if fee.invoice_line is not None
                ),
                None,
            ),
        )
        for event in found
        if event.merchant_id in merchants
    ]


def invoice_with_id(invoice_id: UUID) -> Invoice:
    """Find an invoice with lines and attempts. :raises NotInConsole:"""
    invoices = Invoice.objects.select_related("billing_account__merchant")
    invoices = invoices.prefetch_related("lines__phase__price__edition", "attempts__card", "credit_notes")
    found = invoices.filter(pk=invoice_id).first()
    if found is None:
        raise NotInConsole
    return found


def charges_like(*, query: str, state: str) -> QuerySet[ChargeAttempt]:
    """Query attempts by state and by a part of the invoice's number, the store or Stripe's reference."""
    attempts = ChargeAttempt.objects.select_related("invoice__billing_account__merchant", "card")
    if state in AttemptState.values:
        attempts = attempts.filter(state=state)
    if query:
        attempts = attempts.filter(
            Q(invoice__number__icontains=query)
            | Q(gateway_ref__icontains=query)
            | Q(invoice__billing_account__merchant__name__icontains=query)
            | Q(invoice__billing_account__merchant__slug__icontains=query)
        )
    return attempts.order_by("-created_at", "-id")


def count_charges(*, query: str) -> dict[str, int]:
    """Count the attempts of each state that match."""
    counts = dict(charges_like(query=query, state="").order_by().values_list("state").annotate(Count("id")))
    return {"": sum(counts.values()), **counts}


def letters_like(*, query: str, channel: str) -> QuerySet[Letter]:
    """Query letters and SMS by channel and by a part of address, subject or text; the latest first."""
    letters = Letter.objects.all()
    if channel:
        letters = letters.filter(channel=channel)
    if query:
        letters = letters.filter(Q(sent_to__icontains=query) | Q(subject__icontains=query) | Q(text__icontains=query))
    return letters.order_by("-sent_at", "-id")


def events_like(*, query: str, state: str) -> QuerySet[OutsideEvent]:
    """Query outside events by state and by a part of kind, id or object; the latest first."""
    events = OutsideEvent.objects.all()
    if state in EventState.values:
        events = events.filter(state=state)
    if query:
        events = events.filter(Q(event_id__icontains=query) | Q(kind__icontains=query) | Q(object_id__icontains=query))
    return events.order_by("-received_at", "-id")


def count_events(*, query: str) -> dict[str, int]:
    """Count the events of each state that match."""
    counts = dict(events_like(query=query, state="").order_by().values_list("state").annotate(Count("id")))
    return {"": sum(counts.values()), **counts}


@dataclass(frozen=True)
class Pool:
    """The schemas that wait for a merchant."""

    bundle: Bundle | None
    ready: int
    stale: int
    oldest: datetime | None
    building: list[Merchant]


def pool() -> Pool:
    """Read how many schemas are ready, and whose sign-up hangs half built."""
    bundle = Bundle.objects.order_by("-built_at").first()
    ready = PooledSchema.objects.filter(bundle_sha=bundle.sha if bundle else "")
    oldest = ready.order_by("built_at").first()
    return Pool(
        bundle=bundle,
        ready=ready.count(),
        stale=PooledSchema.objects.exclude(bundle_sha=bundle.sha if bundle else "").count(),
        oldest=oldest.built_at if oldest else None,
        building=list(Merchant.objects.filter(state=MerchantState.BUILDING).order_by("created_at")),
    )
