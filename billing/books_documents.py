"""Proving wallets, credit notes, refunds, 发票 and statements over everything there is, row by row.

D1 a wallet's lots are its account in the books · D2 a lot is what is left of it, what it paid and what ended ·
D3 credit stays within the line, a note is the sum of its lines · D4 an invoice was credited at least what its notes
offset · D5 credit note numbers are dense · D6 a payer's statement closes: invoices, payments and credits are the
receivable · D7 发票 stay within what was paid and not given back · D8 what we owe in
refunds is what was not sent yet · D9 every settled top-up is in its wallet, once.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, F, Q, Sum

from billing.invoiceable import cash_kept, covered
from billing.models.collection import AttemptState
from billing.models.credits import CreditNote, CreditNoteLine, CreditNoteState, Destination
from billing.models.fapiao import Fapiao, FapiaoState
from billing.models.invoices import Invoice, InvoiceState
from billing.models.ledger import Book, LedgerEntry
from billing.models.prepay import PrepayRefund, PrepayRefundState
from billing.models.reversals import CardRefund, RefundState, TopUpReversal
from billing.models.wallet import LotKind, TopUp, TopUpState, WalletLot
from billing.services.spend_wallet import BOOK_OF
from kit.books import Finding
from kit.tenancy import in_control

_BATCH = 500
_ISSUED = (CreditNoteState.ISSUED, CreditNoteState.APPLIED, CreditNoteState.REFUNDED)


def check(now: datetime) -> list[Finding]:
    """Check every invariant of documents and return what breaks one; an empty list is the proof."""
    with in_control():
        return [
            *_wallets(),
            *_lots(),
            *_credits(),
            *_offsets(),
            *_number_gaps(),
            *_statements(),
            *_fapiao(),
            *_refunds(),
            *_top_ups(),
        ]


def _booked(book: Book) -> dict[object, int]:
    rows = LedgerEntry.objects.filter(ledger_account__book=book).values_list("ledger_account__billing_account")
    return dict(rows.annotate(total=Sum("amount_minor")))


def _wallets() -> Iterator[Finding]:
    for kind in LotKind:
        rows = WalletLot.objects.filter(kind=kind).values_list("wallet__billing_account")
        lots = dict(rows.annotate(total=Sum("remaining_minor")))
        books = _booked(BOOK_OF[kind])
        for account in lots.keys() | books.keys():
            if lots.get(account, 0) != -books.get(account, 0):
                sentence = f"{kind} lots hold {lots.get(account, 0)}, the books {-books.get(account, 0)}"
                yield Finding("D1", "", str(account), sentence)


def _lots() -> Iterator[Finding]:
    # what paid an invoice that was voided is in its lot again
    used = Sum("uses__amount_minor", filter=~Q(uses__invoice__state=InvoiceState.VOID), default=0)
    back = PrepayRefund.objects.filter(state__in=[PrepayRefundState.SENT, PrepayRefundState.DONE])
    sums = back.values_list("charge__top_up").annotate(total=Sum("amount_minor"))
    went = {f"top_up:{top_up}": total for top_up, total in sums}
    taken_back = TopUpReversal.objects.values_list("top_up")
    for top_up, total in taken_back.annotate(total=Sum(F("from_lot_minor") - F("to_lot_minor"))):
        went[f"top_up:{top_up}"] = went.get(f"top_up:{top_up}", 0) + total
    for lot in WalletLot.objects.annotate(used=used):
        gone = lot.expired_minor + went.get(lot.source, 0)
        if lot.amount_minor != lot.remaining_minor + lot.used + gone:
            sentence = f"{lot.amount_minor} is not {lot.remaining_minor} left + {lot.used} used + {gone} ended or back"
            yield Finding("D2", "", lot.source, sentence)


def _credits() -> Iterator[Finding]:
    living = CreditNoteLine.objects.exclude(credit_note__state=CreditNoteState.VOID)
    sums = living.values("invoice_line", "invoice_line__gross_minor").annotate(total=Sum("gross_minor"))
    for row in sums.filter(total__gt=F("invoice_line__gross_minor")):
        sentence = f"credited {row['total']} of a line of {row['invoice_line__gross_minor']}"
        yield Finding("D3", "", str(row["invoice_line"]), sentence)
    notes = CreditNote.objects.annotate(total=Sum("lines__gross_minor", default=0))
    for note in notes.exclude(total=F("gross_minor")):
        yield Finding("D3", "", str(note), f"says {note.gross_minor}, its lines {note.total}")


def _offsets() -> Iterator[Finding]:
    offset = Sum(
        "credit_notes__gross_minor",
        filter=Q(credit_notes__destination=Destination.OFFSET, credit_notes__state__in=_ISSUED),
        default=0,
    )
    for invoice in Invoice.objects.annotate(offset=offset).filter(offset__gt=F("credited_minor")):
        yield Finding("D4", "", invoice.number, f"credited {invoice.credited_minor}, its notes offset {invoice.offset}")


def _number_gaps() -> Iterator[Finding]:
    by_year: dict[str, list[int]] = {}
    numbered = CreditNote.objects.exclude(number=None).order_by("number")
    for number in numbered.values_list("number", flat=True):
        series, _dash, last = str(number).partition("-")
        by_year.setdefault(series, []).append(int(last))
    for series, numbers in by_year.items():
        if numbers != list(range(1, len(numbers) + 1)):
            yield Finding("D5", "", series, f"{len(numbers)} credit notes up to number {max(numbers)}")


def _statements() -> Iterator[Finding]:
    written_off = Q(state__in=[InvoiceState.UNCOLLECTIBLE, InvoiceState.VOID])
    rows = Invoice.objects.exclude(written_off).values_list("billing_account")
    closing = dict(rows.annotate(total=Sum(F("total_minor") - F("paid_minor") - F("credited_minor"))))
    books = _booked(Book.AR)
    for account in closing.keys() | books.keys():
        if closing.get(account, 0) != books.get(account, 0):
            sentence = f"the statement closes at {books.get(account, 0)}, the documents at {closing.get(account, 0)}"
            yield Finding("D6", "", str(account), sentence)


def _fapiao() -> Iterator[Finding]:
    shared = Invoice.objects.filter(fapiao_shares__isnull=False).distinct().order_by("id")
    page = list(shared[:_BATCH])
    while page:
        kept, taken = cash_kept(page), covered(invoice.pk for invoice in page)
        for invoice in page:
            if taken.get(invoice.pk, 0) > kept[invoice.pk]:
                sentence = f"发票 over {taken[invoice.pk]}, paid and kept {kept[invoice.pk]}"
                yield Finding("D7", "", invoice.number, sentence)
        page = list(shared.filter(id__gt=page[-1].pk)[:_BATCH])
    living = Fapiao.objects.filter(state__in=[FapiaoState.REQUESTED, FapiaoState.ISSUED, FapiaoState.REVERSED])
    sums = living.annotate(total=Sum("shares__amount_minor", default=0))
    for fapiao in sums.exclude(total=F("amount_minor")):
        yield Finding("D7", "", str(fapiao), f"says {fapiao.amount_minor}, its shares {fapiao.total}")


def _refunds() -> Iterator[Finding]:
    waiting = CreditNote.objects.filter(state=CreditNoteState.ISSUED, destination=Destination.REFUND)
    owed = dict(waiting.values_list("invoice__billing_account").annotate(total=Sum("gross_minor")))
    prepaid = PrepayRefund.objects.filter(state=PrepayRefundState.SENT)
    for account, total in prepaid.values_list("charge__top_up__wallet__billing_account").annotate(
        total=Sum("amount_minor")
    ):
        owed[account] = owed.get(account, 0) + total
    # What went back without a credit note was not owed: it stands against what is, until a note explains it
    noteless = CardRefund.objects.filter(
        credit_note=None, state=RefundState.SUCCEEDED, attempt__state=AttemptState.SUCCEEDED
    )
    went = dict(noteless.values_list("attempt__invoice__billing_account").annotate(total=Sum("amount_minor")))
    books = _booked(Book.REFUND_PAYABLE)
    for account in owed.keys() | went.keys() | books.keys():
        expected = owed.get(account, 0) - went.get(account, 0)
        if expected != -books.get(account, 0):
            sentence = f"the books owe {-books.get(account, 0)} in refunds, notes wait for {expected}"
            yield Finding("D8", "", str(account), sentence)


def _top_ups() -> Iterator[Finding]:
    settled = {f"top_up:{pk}": amount for pk, amount in _settled()}
    lots = WalletLot.objects.filter(source__startswith="top_up:")
    kept = dict(lots.values_list("source", "amount_minor"))
    for source in settled.keys() ^ kept.keys():
        yield Finding("D9", "", source, "settled without a lot" if source in settled else "a lot without its top-up")
    for source in settled.keys() & kept.keys():
        if settled[source] != kept[source]:
            yield Finding("D9", "", source, f"settled {settled[source]}, the lot says {kept[source]}")
    for row in TopUp.objects.values("gateway_ref").exclude(gateway_ref=None).annotate(count=Count("id")):
        if row["count"] > 1:
            yield Finding("D9", "", str(row["gateway_ref"]), "one charge, two top-ups")


def _settled() -> Iterator[tuple[object, int]]:
    yield from TopUp.objects.filter(state=TopUpState.SETTLED).values_list("pk", "amount_minor")
