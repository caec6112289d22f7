"""An invoice nobody will pay: the loss is booked. Money that comes all the same takes the loss back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models.collection import OPEN_ATTEMPTS
from billing.models.invoices import Invoice, InvoiceState
from billing.models.ledger import Book
from billing.services.judge_subscription import judge_subscription
from billing.services.lock_invoice import lock_invoice
from billing.services.post_entries import post_entries
from control.audit.services import record_act
from kit.errors import Kind, Refused


class NotOpen(Refused):
    """Only an open invoice can be written off."""

    code, kind, sentence = "invoice_not_open", Kind.CONFLICT, _("只有待支付的账单才能核销。")


class ChargeUnderWay(Refused):
    """A charge for it is under way: it may be paid in a moment."""

    code, kind, sentence = "charge_under_way", Kind.CONFLICT, _("这张账单正在扣款，结果出来后再操作。")


def write_off_invoice(*, invoice_id: UUID, by: str, reason: str, now: datetime) -> Invoice:
    """Give an open invoice up as bad debt. It is not tried any more; paying it stays possible.

    :raises NotOpen, ChargeUnderWay:
    """
    with transaction.atomic(durable=True):
        invoice = lock_invoice(invoice_id=invoice_id)
        if invoice.state != InvoiceState.OPEN:
            raise NotOpen
        if invoice.attempts.filter(state__in=OPEN_ATTEMPTS).exists():
            raise ChargeUnderWay
        post_entries(
            what="invoice.written_off",
            subject_id=invoice.pk,
            billing_account=invoice.billing_account,
            currency=invoice.currency,
            at=now,
            entries={Book.BAD_DEBT: invoice.due_minor, Book.AR: -invoice.due_minor},
        )
        invoice.state, invoice.overdue_since, invoice.next_attempt_at = InvoiceState.UNCOLLECTIBLE, None, None
        invoice.save(update_fields=["state", "overdue_since", "next_attempt_at"])
        record_act(
            what="invoice.written_off",
            actor=by,
            now=now,
            merchant_id=invoice.billing_account.merchant_id,
            reason=reason,
            number=invoice.number,
            amount_minor=invoice.due_minor,
            currency=invoice.currency,
        )
        judge_subscription(billing_account=invoice.billing_account, now=now, reason=f"{invoice.number} written off")
    return invoice
