"""Charging a top-up to the saved card, without ever charging it twice; and looking after those whose end is unknown."""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from billing.models.wallet import TopUp, TopUpMethod, TopUpState
from billing.services.look_after_charges import PAUSES
from billing.services.settle_top_up import fail_top_up, settle_top_up
from kit.gateway.cards import ChargeResult, ChargeState, charge_saved_card, find_charge, read_charge
from kit.gateway.client import GatewayMisuse, GatewayUnknown

log = structlog.get_logger(__name__)
_NO = (ChargeState.FAILED, ChargeState.REQUIRES_ACTION)  # nobody sits there to confirm


def charge_top_up(*, top_up_id: UUID, now: datetime) -> TopUp:
    """Ask the card company to charge a pending top-up, with its own key, outside any transaction. Safe to repeat.

    As with invoices, a yes is not money yet: the signed webhook is, or the company's answer when it is asked again.
    """
    top_up = TopUp.objects.select_related("wallet__billing_account", "card").get(pk=top_up_id)
    if top_up.state != TopUpState.PENDING or top_up.card is None:
        return top_up
    try:
        answer = _ask(top_up)
    except (GatewayUnknown, GatewayMisuse) as silence:
        log.warning("top_up_unknown", top_up=top_up.key, error=str(silence), exc_info=True)
        return top_up
    if answer.state in _NO:
        note_top_up(top_up_id=top_up_id, told=answer, now=now)
    else:
        TopUp.objects.filter(pk=top_up_id, gateway_ref=None).update(gateway_ref=answer.ref)
    top_up.refresh_from_db()
    return top_up


def note_top_up(*, top_up_id: UUID, told: ChargeResult, now: datetime, at: datetime | None = None) -> None:
    """Fold what the card company says about a top-up's charge into it. :raises TopUpMismatch:"""
    with transaction.atomic():
        if told.state == ChargeState.SUCCEEDED:
            settle_top_up(
                top_up_id=top_up_id,
                gateway_ref=told.ref,
                amount_minor=told.amount,
                currency=told.currency,
                at=at or now,
                now=now,
            )
        elif told.state in _NO:
            fail_top_up(top_up_id=top_up_id, failure_code=told.decline_code or "", gateway_ref=told.ref, now=now)


def look_after_top_ups(*, now: datetime) -> int:
    """Ask the card company about every pending top-up whose look is due; return how many were asked about."""
    due = TopUp.objects.filter(state=TopUpState.PENDING, method=TopUpMethod.CARD, next_look_at__lte=now)
    looked = 0
    for top_up in due.select_related("wallet__billing_account", "card").order_by("next_look_at", "id"):
        pause = PAUSES[min(top_up.looks, len(PAUSES) - 1)]
        mine = TopUp.objects.filter(pk=top_up.pk, next_look_at=top_up.next_look_at)
        if not mine.update(next_look_at=now + pause, looks=top_up.looks + 1):
            continue  # another janitor has it
        looked += 1
        try:
            told = _known(top_up)
            if told is None:
                charge_top_up(top_up_id=top_up.pk, now=now)
            else:
                note_top_up(top_up_id=top_up.pk, told=told, now=now)
        except (GatewayUnknown, GatewayMisuse) as silence:
            log.warning("top_up_still_unknown", top_up=top_up.key, looks=top_up.looks, error=str(silence))
    return looked


def _known(top_up: TopUp) -> ChargeResult | None:
    if top_up.gateway_ref:
        return read_charge(ref=top_up.gateway_ref)
    return find_charge(customer_ref=top_up.wallet.billing_account.gateway_ref or "", key=top_up.key)


def _ask(top_up: TopUp) -> ChargeResult:
    assert top_up.card is not None
    return charge_saved_card(
        customer_ref=top_up.wallet.billing_account.gateway_ref or "",
        payment_method_ref=top_up.card.gateway_ref,
        amount=top_up.amount_minor,
        currency=top_up.currency,
        description="Linli wallet",
        metadata={"top_up": str(top_up.pk)},
        key=top_up.key,
    )
