"""Sending an SMS or a letter, through the adapter named in the settings."""

from datetime import datetime
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils.module_loading import import_string

from kit import clock
from kit.tenancy import current_store
from kit.tenancy.tasks import StoreTask


def send_sms(*, phone: str, text: str, now: datetime, merchant_id: UUID | None = None) -> None:
    """Send an SMS. Call it after commit: the adapter may use the network."""
    import_string(settings.LINLI_SMS)(phone=phone, text=text, merchant_id=merchant_id, now=now)


def send_email(*, address: str, subject: str, text: str, now: datetime, merchant_id: UUID | None = None) -> None:
    """Send a letter. Call it after commit: the adapter may use the network."""
    import_string(settings.LINLI_EMAIL)(address=address, subject=subject, text=text, merchant_id=merchant_id, now=now)


@shared_task(base=StoreTask)
def send_store_sms(*, store: str, phone: str, text: str) -> None:
    """Send an SMS in a store's name, from a worker: what a story calls when its transaction has committed."""
    send_sms(phone=phone, text=text, merchant_id=current_store().merchant_id, now=clock.now())
