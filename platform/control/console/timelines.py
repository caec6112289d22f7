"""Everything that happened to a merchant, in one line of time: acts, plan changes, support, and the invoices made."""

from datetime import datetime
from typing import Any, overload
from uuid import UUID

from django.utils.translation import gettext as _

from billing.models.invoices import Invoice
from control.audit.models import AuditEntry
from control.console.acts import told
from control.merchants.models import Merchant
from kit.web.format import money


class Timeline:
    """Events of a merchant, the latest first, read page by page: a slice costs two queries, however long the past."""

    def __init__(self, merchant: Merchant) -> None:
        self.acts = AuditEntry.objects.filter(merchant_id=merchant.pk).order_by("-at", "-id")
        self.invoices = Invoice.objects.filter(billing_account__merchant=merchant).order_by("-issued_at", "-id")

    def __len__(self) -> int:
        return self.acts.count() + self.invoices.count()

    @overload
    def __getitem__(self, where: slice) -> list[dict[str, Any]]: ...
    @overload
    def __getitem__(self, where: int) -> dict[str, Any]: ...
    def __getitem__(self, where: slice | int) -> list[dict[str, Any]] | dict[str, Any]:
        if isinstance(where, int):
            return self[where : where + 1][0]
        rows: list[tuple[datetime, UUID, AuditEntry | Invoice]] = [
            *((act.at, act.pk, act) for act in self.acts[: where.stop]),
            *((invoice.issued_at, invoice.pk, invoice) for invoice in self.invoices[: where.stop]),
        ]
        rows.sort(key=lambda row: row[:2], reverse=True)
        return [_told(row) for _at, _id, row in rows[where]]


def _told(row: AuditEntry | Invoice) -> dict[str, Any]:
    if isinstance(row, AuditEntry):
        return told(row)
    amount = money(row.total_minor, row.currency)
    return {
        "at": row.issued_at,
        "sentence": _("出账 %(number)s，%(amount)s") % {"number": row.number, "amount": amount},
    }
