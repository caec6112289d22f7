"""Sending an SMS or a letter, through the adapter named in the settings."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string


def send_sms(*, phone: str, text: str, now: datetime, merchant_id: UUID | None = None) -> None:
    """Send an SMS. Call it after commit: the adapter may use the network."""
    import_string(settings.LINLI_SMS)(phone=phone, text=text, merchant_id=merchant_id, now=now)


def send_email(*, address: str, subject: str, text: str, now: datetime, merchant_id: UUID | None = None) -> None:
    """Send a letter. Call it after commit: the adapter may use the network."""
    import_string(settings.LINLI_EMAIL)(address=address, subject=subject, text=text, merchant_id=merchant_id, now=now)
