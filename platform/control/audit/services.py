"""Writing into the platform's memory."""

from datetime import datetime
from typing import Any
from uuid import UUID

from control.audit.models import AuditEntry


def record_act(
    *, what: str, actor: str, now: datetime, merchant_id: UUID | None = None, reason: str = "", **detail: Any
) -> AuditEntry:
    """Remember one act, in the caller's transaction."""
    return AuditEntry.objects.create(
        at=now, actor=actor, what=what, merchant_id=merchant_id, reason=reason, detail=detail
    )
