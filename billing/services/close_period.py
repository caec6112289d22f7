"""The end of a month: its fees and the next subscription, on one invoice."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Sum

from billing.drafts import DraftLine, subscription_line
from billing.models.agreements import Phase, Subscription, SubscriptionState
from billing.models.invoices import Invoice, LineKind
from billing.models.metering import FeeKind, RatedFee
from billing.selectors import month_of, phase_at
from billing.services.collect_usage import collect_usage
from billing.services.issue_invoice import issue_invoice
from billing.services.lock_usage import lock_usage
from billing.services.rate_usage import rate_usage
from billing.services.write_down import write_down

SMALLEST_CHARGE_MINOR = 400  # what the card company takes at least; fees below it wait for the next invoice
_LINE_OF = {FeeKind.FEE: LineKind.FEE, FeeKind.REVERSAL: LineKind.REVERSAL}


@dataclass(frozen=True, slots=True)
class _Fees:
    """Fees of one kind and one month that were not invoiced yet: one line, with every order behind it."""

    phase: Phase
    kind: FeeKind
    starts_at: datetime
    ends_at: datetime
    orders: int
    total_minor: int

    def source(self, boundary: datetime) -> str:
        # the boundary is part of it: late fees of the same month make a line of their own on a later invoice
        return f"{self.kind}:{self.phase.pk}:{self.starts_at:%Y%m%dT%H%M}:{boundary:%Y%m%dT%H%M}"

    def line(self, boundary: datetime) -> DraftLine:
        return DraftLine(
            kind=_LINE_OF[self.kind],
            source=self.source(boundary),
            phase=self.phase,
            service_starts_at=self.starts_at,
            service_ends_at=self.ends_at,
            quantity=self.orders,
            gross_minor=self.total_minor,
            tax_ppm=self.phase.price.tax_ppm,
        )


def close_period(*, subscription_id: UUID, now: datetime) -> Invoice | None:
    """Close a subscription's month if it is over, and open the next; return the invoice, if there is one to send.

    The outbox is drained first, so that every order paid in the month is on it; what still arrives later is billed
    with the next month, as fees of this one. The invoice is dated by the boundary itself, so a late clock changes
    nothing. Safe to repeat: a month is closed once.
    """
    due = Subscription.objects.select_related("billing_account__merchant").get(pk=subscription_id)
    if not _is_over(due, now):
        return None
    collect_usage(store=due.billing_account.merchant.ref, now=now)
    rate_usage(merchant_id=due.billing_account.merchant_id, now=now)
    with transaction.atomic(durable=True):
        lock_usage(merchant_id=due.billing_account.merchant_id)
        subscription = (
            Subscription.objects.select_for_update(of=("self",))
            .select_related("billing_account")
            .get(pk=subscription_id)
        )
        return _close(subscription) if _is_over(subscription, now) else None


def _is_over(subscription: Subscription, now: datetime) -> bool:
    return subscription.period_ends_at is not None and subscription.period_ends_at <= now


def _close(subscription: Subscription) -> Invoice | None:
    boundary = subscription.period_ends_at
    assert boundary is not None
    phase = phase_at(subscription, boundary)
    billing_account = subscription.billing_account
    renewal = subscription_line(phase=phase, boundary=boundary, billing_account=billing_account) if phase else None
    fees = _open_fees(subscription, boundary)
    invoice = _invoice(subscription, boundary, renewal, fees)
    if phase is None:
        subscription.state = SubscriptionState.EXPIRED
        subscription.period_ends_at = None
    else:
        month = month_of(phase=phase, moment=boundary, billing_account=billing_account)
        subscription.period_starts_at = month.starts_at(billing_account.zone)
        subscription.period_ends_at = month.ends_at(billing_account.zone)
        if subscription.state == SubscriptionState.TRIALING:
            subscription.state = SubscriptionState.ACTIVE
    subscription.save(update_fields=["state", "period_starts_at", "period_ends_at"])
    write_down(subscription=subscription, now=boundary, reason="period closed" if phase else "trial over")
    return invoice


def _open_fees(subscription: Subscription, boundary: datetime) -> list[_Fees]:
    fees = RatedFee.objects.filter(
        merchant_id=subscription.billing_account.merchant_id, is_closed=False, service_ends_at__lte=boundary
    )
    groups = (
        fees.values("phase_id", "kind", "service_starts_at", "service_ends_at")
        .annotate(total=Sum("amount_minor"), orders=Count("id"))
        .order_by("service_starts_at", "kind", "phase_id")
    )
    phases = Phase.objects.select_related("price").in_bulk([group["phase_id"] for group in groups])
    return [
        _Fees(
            phase=phases[group["phase_id"]],
            kind=FeeKind(group["kind"]),
            starts_at=group["service_starts_at"],
            ends_at=group["service_ends_at"],
            orders=group["orders"],
            total_minor=group["total"],
        )
        for group in groups
    ]


def _invoice(
    subscription: Subscription, boundary: datetime, renewal: DraftLine | None, fees: list[_Fees]
) -> Invoice | None:
    lines = [each.line(boundary) for each in fees if each.total_minor]
    if renewal is None and 0 < sum(line.gross_minor for line in lines) < SMALLEST_CHARGE_MINOR:
        return None  # too small to charge: these fees stay open and join the next invoice
    invoice = None
    if renewal or lines:
        invoice = issue_invoice(
            billing_account=subscription.billing_account,
            boundary=boundary,
            issued_at=boundary,
            drafts=[*([renewal] if renewal else []), *lines],
        )
    _close_fees(subscription, boundary, fees, invoice)
    return invoice


def _close_fees(subscription: Subscription, boundary: datetime, fees: list[_Fees], invoice: Invoice | None) -> None:
    line_of = {line.source: line for line in invoice.lines.all()} if invoice else {}
    for each in fees:
        RatedFee.objects.filter(
            merchant_id=subscription.billing_account.merchant_id,
            is_closed=False,
            phase=each.phase,
            kind=each.kind,
            service_starts_at=each.starts_at,
        ).update(is_closed=True, invoice_line=line_of.get(each.source(boundary)))
