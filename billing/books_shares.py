"""Proving what headquarters and partners share, row by row.

P1 what is owed to a partner is what it earned less what was paid out · P2 an order is shared as its terms say, after
every refund · P3 a statement is the sum of its rows.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import F, Sum

from billing.models.ledger import Book, LedgerEntry
from billing.models.shares import PartnerShare, ShareStatement
from billing.sharing import split
from kit.books import Finding
from kit.tenancy import in_control


def check(now: datetime) -> list[Finding]:
    """Check every invariant of sharing and return what breaks one; an empty list is the proof."""
    with in_control():
        return [*_payables(), *_orders(), *_statements()]


def _payables() -> Iterator[Finding]:
    entries = LedgerEntry.objects.filter(ledger_account__book=Book.PARTNER_PAYABLE)
    booked = dict(entries.values_list("ledger_account__billing_account").annotate(total=Sum("amount_minor")))
    earned = dict(PartnerShare.objects.values_list("link__child").annotate(total=Sum("partner_minor")))
    given = ShareStatement.objects.filter(paid_at__isnull=False)
    paid = dict(given.order_by().values_list("partner").annotate(total=Sum("due_minor")))
    for account in {*booked, *earned}:
        due = earned.get(account, 0) - paid.get(account, 0)
        if -booked.get(account, 0) != due:
            yield Finding("P1", "", str(account), f"payable {-booked.get(account, 0)}, earned and unpaid {due}")


def _orders() -> Iterator[Finding]:
    rows = PartnerShare.objects.values(
        "link", "order_key", share=F("link__payer_share_ppm"), channel=F("link__channel_fee_ppm")
    ).annotate(
        left=Sum("order_minor"), fee=Sum("platform_fee_minor"), payer=Sum("payer_minor"), partner=Sum("partner_minor")
    )
    for row in rows:
        due = split(
            row["left"], platform_fee_minor=row["fee"], channel_fee_ppm=row["channel"], payer_share_ppm=row["share"]
        )
        if (due.payer_minor, due.partner_minor) != (row["payer"], row["partner"]):
            sentence = f"shared {row['payer']} and {row['partner']}, due {due.payer_minor} and {due.partner_minor}"
            yield Finding("P2", "", row["order_key"], sentence)


def _statements() -> Iterator[Finding]:
    sums = ShareStatement.objects.annotate(
        orders=Sum("shares__order_minor", default=0), partners=Sum("shares__partner_minor", default=0)
    )
    for statement in sums.exclude(orders=F("orders_minor"), partners=F("partner_minor")):
        yield Finding("P3", "", statement.number, f"says {statement.partner_minor}, its orders {statement.partners}")
