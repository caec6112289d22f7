"""Turning a claimed schema into a store that answers."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from control.merchants.directory import forget
from control.merchants.models import Domain, Merchant, MerchantState
from kit.tenancy import in_control, in_store
from tenants.content.services import write_first_words

_STUCK_AFTER = timedelta(seconds=30)


def open_store(*, merchant: Merchant, now: datetime) -> None:
    """Seed the store, give it its host and open it. Each step may be repeated; until the last, nothing is served."""
    with in_store(merchant.ref):
        write_first_words(name=merchant.name)
    with in_control(), transaction.atomic(durable=True):
        Domain.objects.get_or_create(
            domain=f"{merchant.slug}.{settings.LINLI_DOMAIN}",
            defaults={"tenant": merchant, "is_primary": True, "verified_at": now, "created_at": now},
        )
        Merchant.objects.filter(pk=merchant.pk, state=MerchantState.BUILDING).update(
            state=MerchantState.TRIAL, state_since=now
        )
    forget()


def resume_half_built(*, now: datetime) -> int:
    """Finish the stores whose sign-up died between its two halves; return how many."""
    with in_control():
        stuck = list(Merchant.objects.filter(cell="", state=MerchantState.BUILDING, state_since__lt=now - _STUCK_AFTER))
    for merchant in stuck:
        open_store(merchant=merchant, now=now)
    return len(stuck)
