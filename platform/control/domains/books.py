"""Proving that what is served is what was proven. `linli check_books` prints what it finds.

D1 every domain in use is one that its own store answers at · D2 every host outside of our own domain is a domain in
use · D3 nobody answers at a name that is another merchant's quarantine.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.conf import settings

from control.domains.models import SERVED, CustomDomain
from control.merchants.models import Domain
from kit.books import Finding


def check(now: datetime) -> list[Finding]:
    """Compare claims with the hosts that are routed; an empty list is the proof."""
    hosts = {host: (owner, slug) for host, owner, slug in _foreign_hosts()}
    served = dict(CustomDomain.objects.filter(state__in=SERVED).values_list("domain", "merchant_id"))
    return [*_mismatches(hosts, served), *_quarantine_breakers(hosts, now)]


def _foreign_hosts() -> list[tuple[str, object, str]]:
    rows = Domain.objects.exclude(domain__endswith=f".{settings.LINLI_DOMAIN}")
    return list(rows.values_list("domain", "tenant_id", "tenant__slug"))


def _mismatches(hosts: Mapping[str, tuple[object, str]], served: Mapping[str, object]) -> Iterator[Finding]:
    for domain, merchant_id in served.items():
        if hosts.get(domain, (None, ""))[0] != merchant_id:
            yield Finding("D1", "", domain, "is in use, and its store does not answer there")
    for domain, (merchant_id, slug) in hosts.items():
        if served.get(domain) != merchant_id:
            yield Finding("D2", slug, domain, "is routed to the store without a proof")


def _quarantine_breakers(hosts: Mapping[str, tuple[object, str]], now: datetime) -> Iterator[Finding]:
    quarantined = CustomDomain.objects.filter(quarantined_until__gt=now, domain__in=hosts)
    for domain, merchant_id in quarantined.values_list("domain", "merchant_id"):
        owner, slug = hosts[domain]
        if owner != merchant_id:
            yield Finding("D3", slug, domain, "belongs to another merchant's quarantine")
