"""Each order's fee and why, in words a shopkeeper can follow and add up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from billing.calendar import Period, add_months, local_day
from billing.fee_sums import LINE
from billing.models.agreements import BillingAccount
from billing.models.invoices import Invoice
from billing.models.metering import FeeKind, RatedFee
from billing.rating import variable_fee
from billing.tax import taxed
from kit.tenancy import StoreRef
from kit.web.format import money, percent

_ALONG = ("event", "phase__price", "phase__subscription")


@dataclass(frozen=True)
class ExplainedFee:
    """One order's fee and the reason for it, in words."""

    fee: RatedFee
    order_number: str
    order_id: str
    paid_at: datetime
    order_minor: int
    reasons: list[str]


def fees_of(invoice: Invoice, *, query: str) -> QuerySet[RatedFee]:
    """Query the fees behind an invoice's lines, in the order of the orders; evaluate it in the control plane."""
    fees = RatedFee.objects.filter(invoice_line__invoice=invoice).select_related(
        "event", "phase__price", "phase__subscription"
    )
    if query:
        fees = fees.filter(event__payload__order_number__icontains=query)
    return fees.order_by("event__occurred_at", "event_id")


def explain(fee: RatedFee, currency: str, *, by_payer: bool = False) -> ExplainedFee:
    """Put one fee's working into words.

    On shared tiers the running totals are headquarters' and its other partners' too: only the payer reads them.
    """
    return ExplainedFee(
        fee=fee,
        order_number=str(fee.event.payload.get("order_number", "")),
        order_id=str(fee.event.payload.get("order_id", "")),
        paid_at=fee.event.occurred_at,
        order_minor=fee.event.amount_minor,
        reasons=_refund_reasons(fee, currency) if fee.kind == FeeKind.REVERSAL else _reasons(fee, currency, by_payer),
    )


def _reasons(fee: RatedFee, currency: str, by_payer: bool) -> list[str]:
    reasons = []
    if included := fee.working.get("included"):
        reasons.append(_("%(amount)s 在套餐包含的成交额内，不收费") % {"amount": money(included, currency)})
    for ppm, amount in fee.working.get("parts", []):
        reasons.append(f"{money(amount, currency)} × {percent(ppm)}")
    if _is_pooled(fee) and not by_payer:
        reasons.append(_("与总部合并累计，按合并后的阶梯计费"))
    else:
        reasons += _running(fee, currency)
    if fee.fixed_minor:
        reasons.append(_("每单固定 %(amount)s") % {"amount": money(fee.fixed_minor, currency)})
    words = {
        "order_cap": _("按单笔封顶收取"),
        "order_floor": _("按单笔最低收取"),
        "interval_cap": _("本期服务费已封顶"),
    }
    return [*reasons, *(words[rule] for rule in fee.working.get("rules", [])), *_tax(fee)]


def _tax(fee: RatedFee) -> list[str]:
    price = fee.phase.price
    return [] if price.tax_inclusive else [_("%(tax)s，在账单上整行一起算") % {"tax": price.tax_note}]


def _is_pooled(fee: RatedFee) -> bool:
    return fee.payer_id is not None and fee.phase.subscription.billing_account_id == fee.payer_id


def _running(fee: RatedFee, currency: str) -> list[str]:
    """Show the running total behind a fee: one rounding for the whole interval, so an order pays the difference."""
    before = fee.working.get("gmv_before")
    if before is None or not fee.variable_minor:
        return []
    terms = fee.phase.price.fee_terms
    after = before + fee.event.amount_minor
    words = {
        "gmv": money(after, currency),
        "total": money(variable_fee(terms, after), currency),
        "before": money(variable_fee(terms, before), currency),
    }
    return [_("算上这单，本期累计成交 %(gmv)s，累计服务费 %(total)s；之前已计 %(before)s，差额就是这单的") % words]


def _refund_reasons(fee: RatedFee, currency: str) -> list[str]:
    return [
        _("退款 %(refund)s，原单收过 %(fee)s，按比例退回")
        % {"refund": money(fee.event.amount_minor, currency), "fee": money(fee.working["fee"], currency)},
        *_tax(fee),
    ]


def fees_between(store: StoreRef, *, period: Period | None, query: str, payer: BillingAccount) -> QuerySet[RatedFee]:
    """Query a store's fees, of the orders paid in a local month or of all, the latest first; in the control plane."""
    fees = RatedFee.objects.filter(event__merchant_id=store.merchant_id).select_related(
        "event", "phase__price", "phase__subscription"
    )
    if period is not None:
        fees = fees.filter(
            event__occurred_at__gte=period.starts_at(payer.zone), event__occurred_at__lt=period.ends_at(payer.zone)
        )
    if query:
        fees = fees.filter(event__payload__order_number__icontains=query)
    return fees.order_by("-event__occurred_at", "-id")


@dataclass
class FeeSums:
    """What the fees of a list add up to."""

    orders_minor: int
    fees_minor: int
    back_minor: int
    tax_minor: int  # put on top of both, where the price says so


def sums_of(fees: QuerySet[RatedFee]) -> FeeSums:
    """Add up fees and reversals of a list, and the tax that comes on top, by the lines they make on invoices."""
    rows = fees.order_by().values_list(*LINE).annotate(fee=Sum("amount_minor"), volume=Sum("event__amount_minor"))
    sums = FeeSums(orders_minor=0, fees_minor=0, back_minor=0, tax_minor=0)
    for _merchant, _phase, kind, _month, ppm, inclusive, fee, volume in rows:
        if kind == FeeKind.FEE:
            sums.orders_minor, sums.fees_minor = sums.orders_minor + volume, sums.fees_minor + fee
        else:
            sums.back_minor += fee
        sums.tax_minor += taxed(fee, ppm=ppm, inclusive=inclusive).gross_minor - fee
    return sums


def month_named(text: str) -> Period | None:
    """Read "2026-11"; None when it is no month."""
    try:
        first = date.fromisoformat(f"{text}-01")
        return Period(first, add_months(first, 1))
    except (ValueError, OverflowError):
        return None


def months_of(payer: BillingAccount, now: datetime) -> Iterable[str]:
    """Name the months since the account was opened, the running one first."""
    first, month = local_day(payer.created_at, payer.zone).replace(day=1), local_day(now, payer.zone).replace(day=1)
    while month >= first:
        yield f"{month:%Y-%m}"
        month = add_months(month, -1)
