"""The first of the two people behind a credit note: what is taken back of which line, and where it shall go."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from billing.models.changes import ChangeState, PlanChange
from billing.models.collection import OPEN_ATTEMPTS, AttemptState
from billing.models.credits import CreditNote, CreditNoteLine, CreditNoteState, Destination
from billing.models.invoices import Invoice, InvoiceLine, InvoiceState
from billing.models.reversals import CardRefund, RefundState
from billing.models.wallet import LotKind, WalletUse
from billing.services.lock_invoice import lock_invoice
from billing.services.refund_card_payment import left_to_refund
from control.audit.services import record_act
from kit.errors import Kind, Refused
from kit.money import round_half_away
from kit.web.format import money

_LIVING = (CreditNoteState.DRAFT, CreditNoteState.ISSUED, CreditNoteState.APPLIED, CreditNoteState.REFUNDED)


class NoSuchInvoice(Refused):
    """There is no such invoice, or a line is not one of its lines."""

    code, kind, sentence = "invoice_missing", Kind.MISSING, _("没有找到这张账单。")


class CreditTooLarge(Refused):
    """More than the line, the debt or the payment has left. Fact: ``most_minor``."""

    code, kind = "credit_too_large", Kind.CONFLICT


class CreditEmpty(Refused):
    """No amount above nothing, or no reason."""

    code, kind, sentence = "credit_empty", Kind.INVALID, _("请至少填一行大于 0 的金额，并写明原因。")


class ChargeUnderWay(Refused):
    """The card is being charged for the whole amount right now."""

    code, kind, sentence = "charge_under_way", Kind.CONFLICT, _("这张账单正在扣款，等扣款有结果后再抵扣。")


class ChangeNotSettled(Refused):
    """The invoice is of a change of plan that waits for its payment, or that came to nothing and is credit already."""

    code, kind = "change_not_settled", Kind.CONFLICT
    sentence = _("这张账单的套餐变更还没有完成，或已经退成余额，不能再开贷项单。")


@dataclass(frozen=True, slots=True)
class Room:
    """How much of an invoice can still go where."""

    offset_minor: int  # of what is open
    credit_minor: int  # of what was settled, by whatever
    promo_minor: int  # of that: was given, and goes back as given
    refund_minor: int  # of what the card paid


def request_credit(
    *,
    invoice_id: UUID,
    amounts: Mapping[UUID, int],
    destination: Destination,
    reason: str,
    key: UUID,
    by: str,
    now: datetime,
) -> CreditNote:
    """Ask for a credit note over lines of an invoice, gross amounts by line; another operator approves it.

    What is asked for is set aside at once, so that two requests together never take back more than a line. The same
    key (one a form) asks once.

    :raises NoSuchInvoice, CreditEmpty, CreditTooLarge, ChargeUnderWay:
    """
    wanted = {line: amount for line, amount in amounts.items() if amount}
    if not wanted or any(amount < 0 for amount in wanted.values()) or not reason.strip():
        raise CreditEmpty
    with transaction.atomic(durable=True):
        invoice = locked_invoice(invoice_id)
        if known := CreditNote.objects.filter(key=key, invoice=invoice).first():
            return known
        lines = InvoiceLine.objects.filter(invoice=invoice).in_bulk(list(wanted))
        if len(lines) != len(wanted):
            raise NoSuchInvoice
        gross = sum(wanted.values())
        room = room_of(invoice=invoice)
        refuse_too_large(invoice=invoice, destination=destination, gross_minor=gross, room=room)
        parts = {line_id: _part(lines[line_id], amount) for line_id, amount in wanted.items()}
        cash_room = room.credit_minor - room.promo_minor
        note = CreditNote.objects.create(
            invoice=invoice,
            destination=destination,
            reason=reason.strip(),
            currency=invoice.currency,
            net_minor=sum(wanted[line_id] - tax for line_id, tax in parts.items()),
            tax_minor=sum(parts.values()),
            gross_minor=gross,
            promo_minor=max(0, gross - cash_room) if destination == Destination.CREDIT else 0,
            key=key,
            requested_by=by,
            requested_at=now,
        )
        CreditNoteLine.objects.bulk_create(
            CreditNoteLine(
                credit_note=note,
                invoice_line_id=line_id,
                net_minor=wanted[line_id] - tax,
                tax_minor=tax,
                gross_minor=wanted[line_id],
            )
            for line_id, tax in parts.items()
        )
        record_act(
            what="credit.asked",
            actor=by,
            now=now,
            merchant_id=invoice.billing_account.merchant_id,
            reason=note.reason,
            number=invoice.number,
            amount_minor=gross,
            currency=note.currency,
        )
        return note


def locked_invoice(invoice_id: UUID) -> Invoice:
    """Hold an invoice and, before it, its payer's wallet, in the caller's transaction. :raises NoSuchInvoice:"""
    try:
        return lock_invoice(invoice_id=invoice_id)
    except Invoice.DoesNotExist:
        raise NoSuchInvoice from None


def room_of(*, invoice: Invoice, beside: CreditNote | None = None) -> Room:
    """Say how much of a locked invoice can still be taken back, not counting the note ``beside``."""
    notes = CreditNote.objects.filter(invoice=invoice, state__in=_LIVING)
    if beside is not None:
        notes = notes.exclude(pk=beside.pk)
    waiting = _total(notes.filter(state=CreditNoteState.DRAFT, destination=Destination.OFFSET), "gross_minor")
    offset = _total(notes.filter(destination=Destination.OFFSET), "gross_minor") - waiting
    back = notes.exclude(destination=Destination.OFFSET)
    settled = invoice.total_minor - invoice.due_minor - offset - _total(back, "gross_minor")
    given = _total(WalletUse.objects.filter(invoice=invoice, lot__kind=LotKind.PROMO), "amount_minor")
    charged = _total(invoice.attempts.filter(state=AttemptState.SUCCEEDED), "amount_minor")
    refunded = _total(back.filter(destination=Destination.REFUND), "gross_minor")
    is_open = invoice.state == InvoiceState.OPEN
    is_void = invoice.state == InvoiceState.VOID
    return Room(
        offset_minor=invoice.due_minor - waiting if is_open else 0,
        credit_minor=0 if is_void else settled,
        promo_minor=min(settled, given - _total(back, "promo_minor")),
        refund_minor=0 if is_void else max(0, min(settled, charged - refunded - _gone_otherwise(invoice))),
    )


def _gone_otherwise(invoice: Invoice) -> int:
    """What no credit note can send back any more: disputed, or given back without a note."""
    captured = invoice.attempts.filter(state=AttemptState.SUCCEEDED)
    gone = sum(attempt.amount_minor - left_to_refund(attempt) for attempt in captured)
    by_notes = CardRefund.objects.filter(attempt__in=captured, credit_note__isnull=False)
    return gone - _total(by_notes.exclude(state=RefundState.FAILED), "amount_minor")


def refuse_too_large(*, invoice: Invoice, destination: Destination, gross_minor: int, room: Room) -> None:
    """Refuse what does not fit where it shall go. :raises CreditTooLarge, ChargeUnderWay, ChangeNotSettled:"""
    if is_unsettled_change(invoice=invoice):
        raise ChangeNotSettled
    most = {
        Destination.OFFSET: room.offset_minor,
        Destination.CREDIT: room.credit_minor,
        Destination.REFUND: room.refund_minor,
    }[destination]
    if gross_minor > most:
        words = {"where": destination.label, "most": money(most, invoice.currency)}
        raise CreditTooLarge(_("%(where)s最多还能 %(most)s。") % words, most_minor=most)
    if destination == Destination.OFFSET and invoice.attempts.filter(state__in=OPEN_ATTEMPTS).exists():
        raise ChargeUnderWay


def is_unsettled_change(*, invoice: Invoice) -> bool:
    """Say whether an invoice's change still waits for its payment, or was withdrawn after it."""
    unsettled = (ChangeState.WAITING, ChangeState.WITHDRAWN)
    return PlanChange.objects.filter(invoice=invoice, state__in=unsettled).exists()


def _part(line: InvoiceLine, amount: int) -> int:
    """Refuse more than the line has left; return the tax in the part, so that all parts carry the line's tax."""
    living = line.credits.filter(credit_note__state__in=_LIVING)
    before, taxed = _total(living, "gross_minor"), _total(living, "tax_minor")
    left = line.gross_minor - before
    if amount > left:
        most = money(max(left, 0), line.invoice.currency)
        raise CreditTooLarge(_("这一行最多还能退 %(most)s。") % {"most": most}, most_minor=max(left, 0))
    # Cumulative, like every other split here: the last part takes what rounding left over
    return round_half_away(Fraction(line.tax_minor * (before + amount), line.gross_minor)) - taxed


def _total(rows: object, column: str) -> int:
    return int(rows.aggregate(total=Sum(column))["total"] or 0)  # type: ignore[attr-defined]
