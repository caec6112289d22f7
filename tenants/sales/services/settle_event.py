"""A provider's notice, stored in the inbox, is acted on."""

from datetime import datetime
from uuid import UUID

from control.inbox.models import EventState, OutsideEvent
from control.inbox.services import close_event
from kit.tenancy import current_store, in_control
from tenants.payments.methods import method_of
from tenants.payments.models import Payment, Refund
from tenants.payments.news import MethodRejected, MethodUnreachable
from tenants.payments.selectors import charge_behind, handle_of
from tenants.sales.services.note_dispute import GIVEN_BACK, TAKEN, note_dispute
from tenants.sales.services.settle_payment import settle_payment
from tenants.sales.services.settle_refund import settle_refund


def settle_event(*, event_id: UUID, now: datetime) -> None:
    """Act on one notice of a payment method for this store. Safe to repeat; a notice for another store is ignored.

    The notice only wakes us: what counts is what the provider says of the charge when asked (reliability.md 2.2). A
    provider that does not answer leaves the notice failed, and it is acted on later.
    """
    account = str(current_store().merchant_id)
    with in_control():
        event = OutsideEvent.objects.filter(pk=event_id, account=account).first()
    if event is None or event.state in (EventState.DONE, EventState.IGNORED):
        return
    try:
        state, error = _act(event, now)
    except (MethodUnreachable, MethodRejected) as trouble:
        state, error = EventState.FAILED, f"provider silent: {trouble}"
    with in_control():
        close_event(event=event, state=state, now=now, error=error)


def _act(event: OutsideEvent, now: datetime) -> tuple[EventState, str]:
    if event.kind in (TAKEN, GIVEN_BACK):
        return _act_on_dispute(event, now)
    if refund_key := str(event.payload.get("refund_key", "")):
        return _act_on_refund(refund_key, now)
    payment = Payment.objects.filter(key=str(event.payload.get("key", ""))).first()
    if payment is None:
        return EventState.IGNORED, "no such payment"
    news = method_of(payment.method).read_charge(key=payment.key, **handle_of(payment))
    if news is None:
        return EventState.IGNORED, "no such charge"
    settle_payment(news=news, now=now)
    return EventState.DONE, ""


def _act_on_dispute(event: OutsideEvent, now: datetime) -> tuple[EventState, str]:
    said = event.payload.get("said", {})
    is_ours = note_dispute(
        provider_ref=str(said.get("payment", "")),
        amount_minor=int(said.get("amount_minor") or 0),
        is_taken=event.kind == TAKEN,
        at=event.occurred_at or now,
        now=now,
    )
    return (EventState.DONE, "") if is_ours else (EventState.IGNORED, "no such payment")


def _act_on_refund(key: str, now: datetime) -> tuple[EventState, str]:
    refund = Refund.objects.select_related("payment__part_of").filter(key=key).first()
    if refund is None:
        return EventState.IGNORED, "no such refund"
    method = method_of(refund.payment.method)
    news = method.read_refund(key=key, charge_key=refund.payment.charge.key, charged=charge_behind(refund))
    if news is None:
        return EventState.IGNORED, "no such refund there"
    settle_refund(news=news, now=now)
    return EventState.DONE, ""
