"""A store is erased: request, approval and removal in one go, for the command line."""

from datetime import datetime
from typing import Any
from uuid import UUID

from control.lifecycle.services.approve_erasure import approve_erasure
from control.lifecycle.services.export_store import Tell, silently
from control.lifecycle.services.finish_erasure import finish_erasure
from control.lifecycle.services.request_erasure import request_erasure


def erase_store(
    *,
    merchant_id: UUID,
    typed_slug: str,
    requested_by: str,
    approved_by: str,
    reason: str,
    now: datetime,
    tell: Tell = silently,
) -> dict[str, Any]:
    """Erase a suspended or archived store in the name of two operators and return the certificate.

    Run again at any time, it goes on where it stopped and gives the same certificate.
    :raises NotAnOperator, NoSuchMerchant, WrongName, ReasonMissing, MoveRefused, SamePerson, StillClosing:
    """
    request_erasure(merchant_id=merchant_id, by=requested_by, typed_slug=typed_slug, reason=reason, now=now)
    approve_erasure(merchant_id=merchant_id, by=approved_by, now=now)
    return finish_erasure(merchant_id=merchant_id, now=now, tell=tell)
