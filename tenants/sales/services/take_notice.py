"""A payment company told us something."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from control.inbox.services import accept_event
from kit.errors import Kind, Refused
from kit.tenancy import current_store, in_control
from tenants.payments.channels import channel_at, company_of
from tenants.payments.methods.sandbox import verify_notice
from tenants.payments.models import Channel
from tenants.payments.ways import INBOX_NAMES

REPLAY_WINDOW = timedelta(minutes=5)


class StaleNotice(Refused):
    """The notice was signed too long ago, or in the future: it may be one that somebody recorded and plays again."""

    code, kind, sentence = "stale_notice", Kind.FORBIDDEN, _("通知已过期，未接收。")


def take_notice(*, body: bytes, signature: str, now: datetime) -> UUID:
    """Verify a notice of the sandbox and store it once; return the stored event's id, the old one for a repeat.

    It is acted on from the table (``settle_event``), so an answer of ours promises only that it will not be lost.

    :raises BadSignature, StaleNotice:
    """
    notice = verify_notice(body=body, signature=signature)
    sent_at = datetime.fromisoformat(notice["sent_at"])
    if abs(now - sent_at) > REPLAY_WINDOW:
        raise StaleNotice
    return _keep(
        provider="sandbox",
        event_id=notice["event_id"],
        kind=notice["kind"],
        payload=notice,
        object_id=notice["key"],
        said_at=sent_at,
        now=now,
    )


def take_company_notice(
    *, endpoint: str, body: bytes, headers: Mapping[str, str], now: datetime
) -> tuple[Channel, UUID]:
    """Verify a notice that came to one of this store's callback addresses and store it once, as above.

    It must be signed for the very account whose address this is: another's well signed notice is refused.

    :raises ChannelMissing, BadNotice, StaleNotice, ForeignNotice:
    """
    channel = channel_at(endpoint)
    notice = company_of(channel).verify_notice(body=body, headers=headers, now=now)
    event_id = _keep(
        provider=INBOX_NAMES[channel.provider],
        event_id=notice.id[:120],
        kind=notice.kind[:80],
        payload={"key": notice.key, "refund_key": notice.refund_key, "said": notice.payload},
        object_id=(notice.refund_key or notice.key)[:120],
        said_at=notice.said_at,
        now=now,
    )
    return channel, event_id


def _keep(
    *,
    provider: str,
    event_id: str,
    kind: str,
    payload: dict[str, Any],
    object_id: str,
    said_at: datetime,
    now: datetime,
) -> UUID:
    account = str(current_store().merchant_id)
    with in_control():
        event, _is_new = accept_event(
            provider=provider,
            account=account,
            event_id=event_id,
            kind=kind,
            payload=payload,
            object_id=object_id,
            occurred_at=said_at,
            now=now,
        )
    return event.pk
