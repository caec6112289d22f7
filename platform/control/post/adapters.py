"""Adapters of the SMS and e-mail ports that keep the message instead of handing it to a carrier."""

from datetime import datetime
from uuid import UUID

from control.post.models import Letter
from kit.tenancy import in_control


def record_sms(*, phone: str, text: str, merchant_id: UUID | None, now: datetime) -> None:
    """Keep an SMS where the operator can read it."""
    with in_control():
        Letter.objects.create(channel="sms", sent_to=phone, text=text, merchant_id=merchant_id, sent_at=now)


def record_email(*, address: str, subject: str, text: str, merchant_id: UUID | None, now: datetime) -> None:
    """Keep a letter where the operator can read it."""
    with in_control():
        Letter.objects.create(
            channel="email", sent_to=address, subject=subject, text=text, merchant_id=merchant_id, sent_at=now
        )
