"""Operators find what a bank transfer pays; above a limit a second one agrees."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models.invoices import Invoice, InvoiceState
from billing.models.ledger import Book
from billing.models.transfers import BankTransfer, TransferMatch, TransferState
from billing.services.lock_invoice import lock_invoice
from billing.services.park_account import SamePerson
from billing.services.pay_from_wallet import pay_from_wallet
from billing.services.post_entries import post_entries
from billing.services.spend_wallet import locked_wallet
from billing.services.submit_transfer import NoSuchTransfer
from billing.services.take_payment import take_payment
from control.audit.services import record_act
from kit.errors import Kind, Refused

ALONE_UP_TO_MINOR = 500_000  # above five thousand a second person accepts
_PAYABLE = (InvoiceState.OPEN, InvoiceState.UNCOLLECTIBLE)


class TransferClosed(Refused):
    """It was accepted or rejected already."""

    code, kind, sentence = "transfer_closed", Kind.CONFLICT, _("这笔转账已经处理过了。")


class BadMatch(Refused):
    """The parts do not fit the transfer or the invoices. Fact: ``number`` of the invoice, if one is the reason."""

    code, kind, sentence = "bad_match", Kind.INVALID, _("分配的金额不对：不能超过转账金额，也不能超过账单待付金额。")


def match_transfer(*, transfer_id: UUID, parts: Mapping[UUID, int], by: str, now: datetime) -> BankTransfer:
    """Say which invoices a transfer pays, each with its part in minor units; what is left becomes credit,
    which pays what is open.

    Up to the limit the money is in at once; above it, it waits for a second person (``accept_transfer``). May be
    done again until it is accepted.

    :raises NoSuchTransfer, TransferClosed, BadMatch:
    """
    with transaction.atomic(durable=True):
        transfer = _locked(transfer_id)
        invoices = Invoice.objects.filter(
            pk__in=list(parts), billing_account=transfer.billing_account, state__in=_PAYABLE
        ).in_bulk()
        for invoice_id, amount in parts.items():
            invoice = invoices.get(invoice_id)
            if invoice is None or not 0 < amount <= invoice.due_minor:
                raise BadMatch(number=invoice.number if invoice else "")
        if sum(parts.values()) > transfer.amount_minor:
            raise BadMatch
        transfer.matches.all().delete()
        TransferMatch.objects.bulk_create(
            TransferMatch(transfer=transfer, invoice_id=invoice_id, amount_minor=amount)
            for invoice_id, amount in parts.items()
        )
        transfer.state, transfer.matched_by, transfer.matched_at = TransferState.MATCHED, by, now
        transfer.save(update_fields=["state", "matched_by", "matched_at"])
        if transfer.amount_minor <= ALONE_UP_TO_MINOR:
            _take(transfer, by, now)
    return transfer


def accept_transfer(*, transfer_id: UUID, by: str, now: datetime) -> BankTransfer:
    """Agree to how another operator matched a transfer: the money is in. Accepted already, nothing happens.

    :raises NoSuchTransfer, TransferClosed, SamePerson, BadMatch: an invoice was paid meanwhile.
    """
    with transaction.atomic(durable=True):
        transfer = _locked(transfer_id, may_be_done=True)
        if transfer.state == TransferState.ACCEPTED:
            return transfer
        if transfer.state != TransferState.MATCHED:
            raise BadMatch
        if transfer.matched_by.lower() == by.lower():
            raise SamePerson
        _take(transfer, by, now)
    return transfer


def reject_transfer(*, transfer_id: UUID, reason: str, by: str, now: datetime) -> BankTransfer:
    """Refuse a transfer that did not arrive or cannot be read; the merchant sees why.

    :raises NoSuchTransfer, TransferClosed:
    """
    with transaction.atomic(durable=True):
        transfer = _locked(transfer_id)
        transfer.state, transfer.reason = TransferState.REJECTED, reason[:200]
        transfer.decided_by, transfer.decided_at = by, now
        transfer.save(update_fields=["state", "reason", "decided_by", "decided_at"])
        _record(transfer, "transfer.rejected", by, now)
    return transfer


def _locked(transfer_id: UUID, *, may_be_done: bool = False) -> BankTransfer:
    transfer = (
        BankTransfer.objects.select_for_update(of=("self",))
        .select_related("billing_account")
        .filter(pk=transfer_id)
        .first()
    )
    if transfer is None:
        raise NoSuchTransfer
    closed = {TransferState.REJECTED} if may_be_done else {TransferState.REJECTED, TransferState.ACCEPTED}
    if transfer.state in closed:
        raise TransferClosed
    return transfer


def _take(transfer: BankTransfer, by: str, now: datetime) -> None:
    left = transfer.amount_minor
    for match in transfer.matches.order_by("invoice_id"):
        invoice = lock_invoice(invoice_id=match.invoice_id)
        if match.amount_minor > invoice.due_minor:
            raise BadMatch(number=invoice.number)
        take_payment(
            invoice=invoice,
            amount_minor=match.amount_minor,
            into=Book.BANK,
            what="transfer.matched",
            subject_id=match.pk,
            at=now,
            now=now,
        )
        left -= match.amount_minor
    post_entries(
        what="transfer.credited",
        subject_id=transfer.pk,
        billing_account=transfer.billing_account,
        currency=transfer.currency,
        at=now,
        entries={Book.BANK: left, Book.MERCHANT_CREDIT: -left},
    )
    if left:
        pay_from_wallet(wallet=locked_wallet(billing_account=transfer.billing_account), now=now)
    transfer.state, transfer.decided_by, transfer.decided_at = TransferState.ACCEPTED, by, now
    transfer.save(update_fields=["state", "decided_by", "decided_at"])
    _record(transfer, "transfer.accepted", by, now)


def _record(transfer: BankTransfer, what: str, by: str, now: datetime) -> None:
    record_act(
        what=what,
        actor=by,
        now=now,
        merchant_id=transfer.billing_account.merchant_id,
        reason=transfer.reason,
        reference=transfer.reference,
        amount_minor=transfer.amount_minor,
        currency=transfer.currency,
    )
