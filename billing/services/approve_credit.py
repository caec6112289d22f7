"""The second of the two people behind a credit note: from here it is numbered, posted and final."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models.credits import CreditNote, CreditNoteState, Destination
from billing.models.invoices import Invoice, LineKind
from billing.models.ledger import Book
from billing.models.reversals import CardRefund
from billing.models.wallet import LotKind, WalletLot
from billing.services.issue_invoice import BOOK_OF
from billing.services.need_red_letter import need_red_letters
from billing.services.pay_from_wallet import lower_due, pay_from_wallet
from billing.services.post_entries import post_entries
from billing.services.refund_card_payment import left_to_refund, write_refund
from billing.services.request_credit import CreditTooLarge, locked_invoice, refuse_too_large, room_of
from billing.services.spend_wallet import locked_wallet
from billing.services.take_number import take_number
from billing.services.watch_balance import watch_balance
from billing.services.write_letter import write_letter
from control.audit.services import record_act
from kit.errors import Kind, Refused
from kit.web.format import money

_TARGET_OF = {
    Destination.OFFSET: Book.AR,
    Destination.CREDIT: Book.WALLET_PAID,
    Destination.REFUND: Book.REFUND_PAYABLE,
}


class NoSuchCreditNote(Refused):
    """There is no such credit note."""

    code, kind, sentence = "credit_note_missing", Kind.MISSING, gettext_lazy("没有找到这张贷项单。")


class CreditSamePerson(Refused):
    """Whoever asked cannot approve."""

    code, kind = "same_person", Kind.FORBIDDEN
    sentence = gettext_lazy("申请人不能自己批准，请另一位运营人员来批准。")


class NotADraft(Refused):
    """It was approved or withdrawn already."""

    code, kind, sentence = "not_a_draft", Kind.CONFLICT, gettext_lazy("这张贷项单已经处理过了。")


def approve_credit(*, credit_note_id: UUID, by: str, now: datetime) -> CreditNote:
    """Issue a credit note that another operator asked for: number, books, and the money on its way.

    An offset lowers the invoice at once; credit is in the wallet at once (what was given goes back as given); a refund
    is sent afterwards by ``send_refund``. 发票 that cover it are marked for reversal. Approved twice, once done.

    :raises NoSuchCreditNote, CreditSamePerson, NotADraft, CreditTooLarge, ChargeUnderWay:
    """
    with transaction.atomic(durable=True):
        note = locked_credit(credit_note_id)
        if note.requested_by.lower() == by.lower():
            raise CreditSamePerson
        if note.state == CreditNoteState.VOID:
            raise NotADraft
        if note.state != CreditNoteState.DRAFT:
            return note
        invoice = note.invoice
        destination = Destination(note.destination)
        room = room_of(invoice=invoice, beside=note)
        refuse_too_large(invoice=invoice, destination=destination, gross_minor=note.gross_minor, room=room)
        note.number = take_number(series="credit_note", prefix="CN", at=now)
        note.approved_by, note.issued_at, note.state = by, now, CreditNoteState.ISSUED
        if destination != Destination.REFUND:
            note.state, note.settled_at = CreditNoteState.APPLIED, now
        note.save()
        _post(note, now)
        _settle(note, invoice, destination, now)
        need_red_letters(credit_note=note, now=now)
        remember_credit(note, what="credit.issued", by=by, now=now)
        _tell(note, invoice, now)
        return note


def withdraw_credit(*, credit_note_id: UUID, by: str, now: datetime) -> CreditNote:
    """Take a request back; its amounts are free again. :raises NoSuchCreditNote, NotADraft:"""
    with transaction.atomic(durable=True):
        note = locked_credit(credit_note_id)
        if note.state != CreditNoteState.DRAFT:
            raise NotADraft
        note.state, note.voided_at = CreditNoteState.VOID, now
        note.save(update_fields=["state", "voided_at"])
        remember_credit(note, what="credit.withdrawn", by=by, now=now)
        return note


def locked_credit(credit_note_id: UUID) -> CreditNote:
    """Hold a credit note, after its wallet and its invoice, in the caller's transaction. :raises NoSuchCreditNote:"""
    found = CreditNote.objects.filter(pk=credit_note_id).values_list("invoice_id", flat=True).first()
    if found is None:
        raise NoSuchCreditNote
    invoice = locked_invoice(found)
    note = CreditNote.objects.select_for_update().get(pk=credit_note_id)
    note.invoice = invoice
    return note


def remember_credit(note: CreditNote, *, what: str, by: str, now: datetime) -> None:
    """Write one act about a credit note into the audit, in the caller's transaction."""
    record_act(
        what=what,
        actor=by,
        now=now,
        merchant_id=note.invoice.billing_account.merchant_id,
        reason=note.reason,
        number=note.number or note.invoice.number,
        amount_minor=note.gross_minor,
        currency=note.currency,
    )


def _post(note: CreditNote, now: datetime) -> None:
    entries = dict.fromkeys(Book, 0)
    for line in note.lines.select_related("invoice_line"):
        entries[BOOK_OF[LineKind(line.invoice_line.kind)]] += line.net_minor
    entries[Book.TAX_PAYABLE] = note.tax_minor
    entries[_TARGET_OF[Destination(note.destination)]] -= note.gross_minor - note.promo_minor
    entries[Book.WALLET_PROMO] -= note.promo_minor
    post_entries(
        what="credit.issued",
        subject_id=note.pk,
        billing_account=note.invoice.billing_account,
        currency=note.currency,
        at=now,
        entries=entries,
    )


def _settle(note: CreditNote, invoice: Invoice, destination: Destination, now: datetime) -> None:
    if destination == Destination.OFFSET:
        invoice.credited_minor += note.gross_minor
        lower_due(invoice=invoice, by_minor=note.gross_minor, now=now)
    elif destination == Destination.CREDIT:
        fill_from_credit(note, now=now)
    else:
        new_refund(note, now=now)


def fill_from_credit(note: CreditNote, *, now: datetime) -> None:
    """Put a credit note's amount into the wallet, given money as given money, in the caller's transaction; like any
    money that comes in, it pays what is open first.
    """
    wallet = locked_wallet(billing_account=note.invoice.billing_account)
    parts = {LotKind.PAID: note.gross_minor - note.promo_minor, LotKind.PROMO: note.promo_minor}
    for kind, amount in parts.items():
        if amount:
            WalletLot.objects.create(
                wallet=wallet,
                kind=kind,
                source=f"credit_note:{note.pk}:{kind}",
                amount_minor=amount,
                remaining_minor=amount,
                created_at=now,
            )
    pay_from_wallet(wallet=wallet, now=now)
    watch_balance(wallet=wallet, now=now)


def new_refund(note: CreditNote, *, now: datetime) -> CardRefund:
    """Write down the next try to send a credit note's money back, in the caller's transaction, which holds the invoice.

    :raises CreditTooLarge: no charge of the invoice has as much left: disputed, or given back elsewhere.
    """
    left = {attempt: left_to_refund(attempt) for attempt in note.invoice.attempts.order_by("number")}
    attempt = max(left, key=lambda each: left[each], default=None)
    if attempt is None or left[attempt] < note.gross_minor:
        raise CreditTooLarge(most_minor=left[attempt] if attempt else 0)
    number = note.refunds.count() + 1
    return write_refund(
        attempt=attempt,
        amount_minor=note.gross_minor,
        reason=note.reason,
        key=f"credit:{note.pk}:{number}",
        now=now,
        credit_note=note,
        number=number,
    )


def _tell(note: CreditNote, invoice: Invoice, now: datetime) -> None:
    words = {
        "note": note.number,
        "number": invoice.number,
        "amount": money(note.gross_minor, note.currency),
        "where": note.get_destination_display(),
        "reason": note.reason,
    }
    text = _("账单 %(number)s 已开出贷项单 %(note)s，金额 %(amount)s，%(where)s。原因：%(reason)s") % words
    subject = _("贷项单 %(note)s") % words
    transaction.on_commit(
        partial(write_letter, billing_account=invoice.billing_account, subject=subject, text=text, now=now)
    )
