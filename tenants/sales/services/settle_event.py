"""A provider's notice, stored in the inbox, is acted on."""

from datetime import datetime
from uuid import UUID

from control.inbox.models import EventState, OutsideEvent
from control.inbox.services import close_event
from kit.tenancy import current_store, in_control
from tenants.payments.methods import METHODS
from tenants.payments.selectors import PaymentMissing
from tenants.sales.services.settle_payment import settle_payment


def settle_event(*, event_id: UUID, now: datetime) -> None:
    """Act on one notice of a payment method for this store. Safe to repeat; a notice for another store is ignored.

    The notice only wakes us: what counts is what the provider says of the charge when asked (reliability.md 2.2).
    """
    account = str(current_store().merchant_id)
    with in_control():
        event = OutsideEvent.objects.filter(pk=event_id, account=account).first()
    if event is None or event.state in (EventState.DONE, EventState.IGNORED):
        return
    state, error = _act(event, now)
    with in_control():
        close_event(event=event, state=state, now=now, error=error)


def _act(event: OutsideEvent, now: datetime) -> tuple[EventState, str]:
    news = METHODS[event.provider].read_charge(key=str(event.payload.get("key", "")))
    if news is None:
        return EventState.IGNORED, "no such charge"
    try:
        settle_payment(news=news, now=now)
    except PaymentMissing:
        return EventState.IGNORED, "no such payment"
    return EventState.DONE, ""
