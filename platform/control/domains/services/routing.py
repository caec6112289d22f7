"""Letting a store answer at a proven domain, and stopping it. Runs in the caller's transaction."""

from datetime import datetime, timedelta

from django.db import transaction

from control.domains.models import SERVED, CustomDomain
from control.merchants.directory import forget
from control.merchants.models import Domain

QUARANTINE = timedelta(days=180)


def begin_serving(claim: CustomDomain, *, now: datetime) -> None:
    """Let the store answer at the claim's domain. A name that another store has fails on its unique index."""
    Domain.objects.create(domain=claim.domain, tenant=claim.merchant, is_primary=False, verified_at=now, created_at=now)
    choose_home(claim)


def stop_serving(claim: CustomDomain) -> None:
    """Let the store answer at the claim's domain no longer; every process follows within five seconds."""
    Domain.objects.filter(domain=claim.domain, tenant_id=claim.merchant_id).delete()
    choose_home(claim)


def choose_home(claim: CustomDomain) -> None:
    """Make the merchant's longest proven domain its home, the one search engines are told; else the one we gave."""
    hosts = Domain.objects.filter(tenant_id=claim.merchant_id)
    own = CustomDomain.objects.filter(merchant_id=claim.merchant_id, state__in=SERVED).order_by("verified_at", "pk")
    name = own.values_list("domain", flat=True).first()
    home = (hosts.filter(domain=name) if name else hosts.exclude(domain__in=own.values("domain"))).first()
    if home:
        hosts.exclude(pk=home.pk).filter(is_primary=True).update(is_primary=False)
        hosts.filter(pk=home.pk).update(is_primary=True)
    transaction.on_commit(forget)
