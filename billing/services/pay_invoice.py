"""Somebody sits before the screen and pays an invoice by card, through their bank's own page where it wants that."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.models.collection import AttemptState, ChargeAttempt
from billing.services.ask_card import ask_card
from billing.services.collect_invoice import collect_invoice
from billing.services.look_after_charges import note_known
from kit.gateway.cards import ChargeState, read_charge


@dataclass(frozen=True, slots=True)
class Paying:
    """How far it came. ``action_url`` is the bank's page, where the owner must go now; empty when it asks nothing."""

    attempt: ChargeAttempt | None
    action_url: str = ""


def pay_invoice(*, invoice_id: UUID, card_id: UUID, return_url: str, now: datetime) -> Paying:
    """Charge an open invoice to one of the payer's cards, its owner being present.

    Pressed again while the bank's page waits, it leads to that page again; there is never a second charge beside it.
    Nothing is paid by coming back: the signed webhook says whether it is.

    :raises CardMissing, TooSmallForACard:
    """
    waiting = ChargeAttempt.objects.filter(invoice_id=invoice_id, state=AttemptState.REQUIRES_ACTION)
    attempt = waiting.select_related("invoice__billing_account", "card").first()
    if attempt is not None:
        return _go_on(attempt, now)
    attempt = collect_invoice(invoice_id=invoice_id, card_id=card_id, return_url=return_url, now=now)
    if attempt is None or attempt.state != AttemptState.REQUIRES_ACTION:
        return Paying(attempt)
    # The same key gives the same answer: where the bank's page is
    answer = ask_card(attempt=attempt, now=now, return_url=return_url)
    return Paying(attempt, (answer.action_url if answer else "") or "")


def _go_on(attempt: ChargeAttempt, now: datetime) -> Paying:
    known = read_charge(ref=attempt.gateway_ref or "")
    if known.state == ChargeState.REQUIRES_ACTION:
        return Paying(attempt, known.action_url or "")
    note_known(attempt=attempt, known=known, now=now)
    attempt.refresh_from_db()
    return Paying(attempt)
