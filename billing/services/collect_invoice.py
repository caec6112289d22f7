"""Charging an invoice to a saved card, without ever charging it twice."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import SavedCard
from billing.models.collection import OPEN_ATTEMPTS, ChargeAttempt
from billing.models.invoices import Invoice, InvoiceState
from billing.selectors import card_in_use
from billing.services.ask_card import ask_card
from billing.services.lock_invoice import lock_invoice
from billing.services.note_no_money import note_no_money
from billing.services.spend_wallet import SMALLEST_CHARGE_MINOR
from kit.errors import Kind, Refused

FIRST_LOOK = timedelta(seconds=30)


class CardMissing(Refused):
    """There is no such card, it is another payer's, or it was removed."""

    code, kind, sentence = "card_missing", Kind.MISSING, _("没有找到这张卡，请刷新后重新选择。")


class TooSmallForACard(Refused):
    """The card company takes no charge so small: the wallet can pay it."""

    code, kind, sentence = "too_small_for_a_card", Kind.CONFLICT, _("不足 4 元的账单不能刷卡，充值钱包后会自动扣款。")


def collect_invoice(
    *, invoice_id: UUID, now: datetime, card_id: UUID | None = None, return_url: str | None = None
) -> ChargeAttempt | None:
    """Try to charge an open invoice; return the attempt, or None when there was nothing to try.

    The attempt is committed before the card company is asked. While one is under way or its end unknown there is no
    second: the constraint on open attempts refuses it. A yes is not money yet: the signed webhook says so, or the
    janitor who asks again. Without a card the invoice waits for one. With ``return_url`` the cardholder is present
    and may be led to the bank's page: see ``pay_invoice``. What is too small for a card waits for the wallet.

    :raises CardMissing, TooSmallForACard: somebody asked for it.
    """
    attempt = _begin(invoice_id, card_id, now)
    if attempt is None:
        return None
    ask_card(attempt=attempt, now=now, return_url=return_url)
    attempt.refresh_from_db()
    return attempt


def _begin(invoice_id: UUID, card_id: UUID | None, now: datetime) -> ChargeAttempt | None:
    with transaction.atomic(durable=True):
        invoice = lock_invoice(invoice_id=invoice_id)
        may_pay = invoice.state == InvoiceState.OPEN or (card_id and invoice.state == InvoiceState.UNCOLLECTIBLE)
        if not may_pay or not invoice.due_minor or invoice.attempts.filter(state__in=OPEN_ATTEMPTS).exists():
            _unplan(invoice)
            return None
        if invoice.due_minor < SMALLEST_CHARGE_MINOR:
            if card_id is not None:
                raise TooSmallForACard
            _unplan(invoice)
            return None
        if invoice.next_attempt_at is not None and invoice.next_attempt_at <= now:
            invoice.tries += 1  # a try of the schedule; one that a person asked for does not use it up
        card = _card(invoice, card_id)
        if card is None:
            note_no_money(invoice=invoice, now=now, failure_code="")
            return None
        _unplan(invoice)
        number = invoice.attempts.count() + 1
        return ChargeAttempt.objects.create(
            invoice=invoice,
            card=card,
            number=number,
            key=f"inv:{invoice.pk}:attempt:{number}",
            amount_minor=invoice.due_minor,
            currency=invoice.currency,
            created_at=now,
            next_look_at=now + FIRST_LOOK,
        )


def _card(invoice: Invoice, card_id: UUID | None) -> SavedCard | None:
    if card_id is None:
        return card_in_use(billing_account=invoice.billing_account)
    found = SavedCard.objects.filter(pk=card_id, billing_account=invoice.billing_account, detached_at=None).first()
    if found is None:
        raise CardMissing
    return found


def _unplan(invoice: Invoice) -> None:
    invoice.next_attempt_at = None
    invoice.save(update_fields=["next_attempt_at", "tries"])
