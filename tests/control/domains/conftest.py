"""Two merchants with owners, and a name server that says what a test wants it to."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from control.domains.models import CustomDomain
from control.domains.services.check_domain import check_domain
from control.domains.services.claim_domain import claim_domain
from control.merchants.directory import forget
from kit import clock
from kit.tenancy import StoreRef, in_control
from tests.database import BORN
from tests.isolation.visitors import staff_of
from tests.simulators.dns.fixtures import zone
from tests.simulators.dns.zone import Zone

__all__ = ["zone"]

NOW = BORN + timedelta(days=20)
DAY = timedelta(days=1)
SHOP = "shop.example.com"
BY = "owner@acme.example"


@pytest.fixture
def acme(acme: StoreRef) -> StoreRef:
    staff_of(acme)
    return acme


@pytest.fixture
def rival(rival: StoreRef) -> StoreRef:
    staff_of(rival)
    return rival


def claimed(ref: StoreRef, domain: str = SHOP, *, now: datetime = NOW) -> CustomDomain:
    return claim_domain(merchant_id=ref.merchant_id, domain=domain, by=BY, now=now)


def proven(zone: Zone, claim: CustomDomain) -> None:
    """Write the claim's record, beside those that others have there."""
    there = zone.records.get(claim.record_name, {}).get("TXT", [])
    zone.put(claim.record_name, "TXT", *there, claim.record_value)


def checked(claim: CustomDomain, *, now: datetime = NOW, by: str = "domains") -> CustomDomain:
    found = check_domain(claim_id=claim.pk, now=now, by=by)
    forget()  # a test's transaction never commits, so nothing is told by itself
    return found


@pytest.fixture
def serving(acme: StoreRef, zone: Zone) -> CustomDomain:
    """Acme's own domain, proven."""
    claim = claimed(acme)
    proven(zone, claim)
    return checked(claim)


def slug_at(host: str) -> str:
    """Say which store answers at a host, or nothing."""
    answer = Client(headers={"host": host}).get("/api/v1/store")
    return str(answer.json()["slug"]) if answer.status_code == 200 else ""


def rechecked(now: datetime) -> None:
    """Run the daily task, all of it."""
    from control.domains.tasks import recheck_domains

    with clock.at(now):
        recheck_domains()
    forget()


def reloaded(claim: CustomDomain) -> CustomDomain:
    with in_control():
        return CustomDomain.objects.get(pk=claim.pk)
