"""A payment company told us something."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from control.inbox.services import accept_event
from kit.errors import Kind, Refused
from kit.tenancy import current_store, in_control
from tenants.payments.methods.sandbox import verify_notice

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
    account = str(current_store().merchant_id)
    with in_control():
        event, _is_new = accept_event(
            provider="sandbox",
            account=account,
            event_id=notice["event_id"],
            kind=notice["kind"],
            payload=notice,
            object_id=notice["key"],
            occurred_at=sent_at,
            now=now,
        )
    return event.pk
