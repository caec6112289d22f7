"""A payment company tells the platform something: verified, stored once, acted on from the table."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog

from billing.collecting import INBOX_NAMES, company_called
from billing.models.prepay import CompanyCharge, PrepayRefund
from billing.services.prepay import look_at_prepay
from billing.services.reconcile_company import refund_id_of
from billing.services.refund_prepay import look_at_prepay_refund
from billing.services.settle_invoice import NotOurs
from control.inbox.models import EventState, OutsideEvent
from control.inbox.services import accept_event, close_event
from kit.errors import Refused

log = structlog.get_logger(__name__)


def take_prepay_notice(*, provider: str, body: bytes, headers: Mapping[str, str], now: datetime) -> tuple[UUID, bool]:
    """Verify a notice to the platform's own account and store it once; say whether it is new.

    :raises WayMissing, BadNotice, StaleNotice, ForeignNotice:
    """
    notice = company_called(provider).verify_notice(body=body, headers=headers, now=now)
    event, is_new = accept_event(
        provider=INBOX_NAMES[provider],
        account="platform",
        event_id=notice.id[:120],
        kind=notice.kind[:80],
        payload={"key": notice.key, "refund_key": notice.refund_key, "said": notice.payload},
        object_id=(notice.refund_key or notice.key)[:120],
        occurred_at=notice.said_at,
        now=now,
    )
    return event.pk, is_new


def settle_prepay(*, event_id: UUID, now: datetime) -> EventState:
    """Act on one notice: the company is asked for the state it speaks of, so doubled and late ones do no harm.

    One that fails is kept as failed, with the reason, and tried again later.
    """
    event = OutsideEvent.objects.get(pk=event_id)
    if event.state in (EventState.DONE, EventState.IGNORED):
        return EventState(event.state)
    look = _what_it_speaks_of(event)
    if look is None:
        close_event(event=event, state=EventState.IGNORED, now=now, error=f"{NotOurs.code}: {NotOurs.sentence}")
        return EventState.IGNORED
    try:
        look(now=now)
    except Exception as failure:
        log.exception("prepay_event_failed", event_id=event.event_id)
        told = f"{failure.code}: {failure.facts}" if isinstance(failure, Refused) else repr(failure)
        close_event(event=event, state=EventState.FAILED, now=now, error=told)
        return EventState.FAILED
    close_event(event=event, state=EventState.DONE, now=now)
    return EventState.DONE


def _what_it_speaks_of(event: OutsideEvent) -> Callable[..., None] | None:
    if refund_key := event.payload["refund_key"]:
        refunds = PrepayRefund.objects.select_related("charge__top_up")
        refund = refunds.filter(pk=refund_id_of(refund_key), charge__way__startswith=_company(event)).first()
        return partial(look_at_prepay_refund, refund=refund) if refund else None
    charges = CompanyCharge.objects.filter(key=event.payload["key"], way__startswith=_company(event))
    charge = charges.select_related("top_up").first()
    return partial(look_at_prepay, charge=charge) if charge else None


def _company(event: OutsideEvent) -> str:
    return event.provider.removeprefix("billing_") + "_"
