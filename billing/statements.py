"""A payer's month out of the books: what it opened with, each movement, what it closed with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from billing.calendar import Period, add_months, local_day
from billing.models.agreements import BillingAccount
from billing.models.collection import ChargeAttempt
from billing.models.credits import CreditNote
from billing.models.invoices import Invoice
from billing.models.ledger import Book, LedgerEntry, LedgerTransaction
from billing.models.reversals import CardRefund
from billing.models.transfers import TransferMatch
from billing.models.wallet import PromoGrant, TopUp, WalletUse

_SHOWN = (Book.AR, Book.MERCHANT_CREDIT, Book.WALLET_PAID, Book.WALLET_PROMO)
WORDS = {
    "invoice.issued": _("服务账单"),
    "charge.captured": _("银行卡付款"),
    "transfer.matched": _("银行转账"),
    "invoice.written_off": _("核销"),
    "wallet.used": _("钱包付款"),
    "wallet.returned": _("钱包付款退回"),
    "invoice.voided": _("账单作废"),
    "invoice.credited": _("账单转为余额"),
    "credit.used": _("账户余额抵扣"),
    "topup.settled": _("钱包充值"),
    "topup.taken_back": _("充值被退回银行卡"),
    "topup.given_again": _("被退回的充值到账"),
    "prepay_refund.owed": _("充值原路退回"),
    "prepay_refund.failed": _("充值退回没有成功"),
    "promo.granted": _("平台赠送"),
    "promo.expired": _("赠送到期"),
    "credit.issued": _("贷项单"),
    "refund.to_wallet": _("退款转入钱包"),
}
OTHER = _("其他调整")


@dataclass(frozen=True, slots=True)
class Position:
    """Where a payer stands, in minor units: what it owes us, what waits on its credit, what its wallet holds."""

    owed_minor: int = 0
    credit_minor: int = 0
    wallet_minor: int = 0

    def __add__(self, other: "Position") -> "Position":
        return Position(
            self.owed_minor + other.owed_minor,
            self.credit_minor + other.credit_minor,
            self.wallet_minor + other.wallet_minor,
        )


@dataclass(frozen=True, slots=True)
class Movement:
    """One transaction of the books and what it moved; ``number`` names the document behind it."""

    at: datetime
    what: str
    label: Any
    number: str
    moved: Position


@dataclass(frozen=True, slots=True)
class Statement:
    """One local month of a payer."""

    period: Period
    opening: Position
    movements: Sequence[Movement]

    @property
    def closing(self) -> Position:
        """What it closes with: the opening and every movement, nothing else."""
        closing = self.opening
        for movement in self.movements:
            closing += movement.moved
        return closing


def statement_of(*, billing_account: BillingAccount, month: date) -> Statement:
    """Write the statement of the local month a day falls in, in a handful of queries. Runs in the control plane."""
    first = month.replace(day=1)
    period = Period(first, add_months(first, 1))
    zone = billing_account.zone
    entries = LedgerEntry.objects.filter(
        ledger_account__billing_account=billing_account, ledger_account__book__in=_SHOWN
    )
    before = entries.filter(transaction__at__lt=period.starts_at(zone))
    opening = _position(before.values_list("ledger_account__book").annotate(total=Sum("amount_minor")))
    inside = entries.filter(transaction__at__gte=period.starts_at(zone), transaction__at__lt=period.ends_at(zone))
    sums: dict[UUID, list[tuple[str, int]]] = {}
    for moved_by, book, total in inside.values_list("transaction_id", "ledger_account__book").annotate(
        total=Sum("amount_minor")
    ):
        sums.setdefault(moved_by, []).append((book, total))
    transactions = list(LedgerTransaction.objects.filter(pk__in=sums).order_by("at", "id"))
    numbers = _numbers_of(transactions)
    movements = [
        Movement(
            at=each.at,
            what=each.what,
            label=WORDS.get(each.what, OTHER),
            number=numbers.get(each.subject_id, ""),
            moved=_position(sums[each.pk]),
        )
        for each in transactions
    ]
    return Statement(period, opening, movements)


def statement_months(*, billing_account: BillingAccount, now: datetime) -> list[date]:
    """List the months there are statements of, the running one first."""
    first = local_day(billing_account.created_at, billing_account.zone).replace(day=1)
    month, months = local_day(now, billing_account.zone).replace(day=1), []
    while month >= first:
        months.append(month)
        month = add_months(month, -1)
    return months


def _position(rows: Iterable[tuple[str, int]]) -> Position:
    # Receivables are normally in debit, the others in credit: both read as plain amounts here
    sums = dict(rows)
    return Position(
        owed_minor=sums.get(Book.AR, 0),
        credit_minor=-sums.get(Book.MERCHANT_CREDIT, 0),
        wallet_minor=-sums.get(Book.WALLET_PAID, 0) - sums.get(Book.WALLET_PROMO, 0),
    )


def _numbers_of(transactions: Sequence[LedgerTransaction]) -> dict[UUID, str]:
    subjects: dict[str, list[UUID]] = {}
    for each in transactions:
        subjects.setdefault(each.what, []).append(each.subject_id)
    sources: list[tuple[str, Any, str]] = [
        ("invoice.issued", Invoice, "number"),
        ("charge.captured", ChargeAttempt, "invoice__number"),
        ("transfer.matched", TransferMatch, "invoice__number"),
        ("invoice.written_off", Invoice, "number"),
        ("wallet.used", WalletUse, "invoice__number"),
        ("wallet.returned", WalletUse, "invoice__number"),
        ("invoice.voided", Invoice, "number"),
        ("invoice.credited", Invoice, "number"),
        ("credit.issued", CreditNote, "number"),
        ("refund.to_wallet", CreditNote, "number"),
        ("promo.granted", PromoGrant, "reason"),
        ("refund.paid", CardRefund, "credit_note__number"),
        ("refund.bounced", CardRefund, "credit_note__number"),
    ]
    numbers: dict[UUID, str] = {}
    for what, model, column in sources:
        if wanted := subjects.get(what):
            numbers.update(model.objects.filter(pk__in=wanted).values_list("pk", column))
    if wanted := subjects.get("topup.settled"):
        numbers.update((top_up.pk, top_up.get_method_display()) for top_up in TopUp.objects.filter(pk__in=wanted))
    return {subject: str(number or "") for subject, number in numbers.items()}
