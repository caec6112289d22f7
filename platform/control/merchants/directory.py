"""Finding a store by its host or id, from a small in-process cache.

A look-up was measured as most of a small request's time; the cache lives five seconds, which is also how long a
suspension may take to close the doors of other processes. Writers in this process call ``forget``.
"""

import time
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from control.merchants.models import Domain, Merchant
from kit.tenancy import StoreRef, in_control

KEEP = 5.0  # seconds
_MOST = 4096
_by_host: dict[str, "_Found"] = {}
_homes: dict[UUID, tuple[str, float]] = {}


@dataclass(frozen=True, slots=True)
class _Found:
    ref: StoreRef | None
    at: float


def find_store(merchant_id: UUID) -> StoreRef | None:
    """Find a store by its merchant's id; never cached, because tasks and money ask here."""
    with in_control():
        merchant = Merchant.objects.filter(pk=merchant_id, cell="").first()
    return merchant.ref if merchant else None


def store_at(host: str) -> StoreRef | None:
    """Find the store that answers at a host (lower case, no port, no final dot); only verified hosts count."""
    known = _by_host.get(host)
    if known and time.monotonic() - known.at < KEEP:
        return known.ref
    with in_control():
        domain = (
            Domain.objects.select_related("tenant")
            .filter(domain=host, verified_at__isnull=False, tenant__cell="")
            .first()
            if len(host) <= 253
            else None
        )
    ref = domain.tenant.ref if domain else None
    if len(_by_host) >= _MOST:  # strangers may ask for any host: the cache must not grow with them
        _by_host.clear()
    _by_host[host] = _Found(ref=ref, at=time.monotonic())
    return ref


def home_of(ref: StoreRef) -> str:
    """Say at which of its hosts a store is at home: the address that search engines and posters are told."""
    known = _homes.get(ref.merchant_id)
    if known and time.monotonic() - known[1] < KEEP:
        return known[0]
    with in_control():
        hosts = Domain.objects.filter(tenant_id=ref.merchant_id, is_primary=True, verified_at__isnull=False)
        host = hosts.values_list("domain", flat=True).first() or f"{ref.slug}.{settings.LINLI_DOMAIN}"
    if len(_homes) >= _MOST:
        _homes.clear()
    _homes[ref.merchant_id] = (host, time.monotonic())
    return host


def address_of(ref: StoreRef) -> str:
    """Write the address of a store's home, without a final slash."""
    return f"{settings.LINLI_SCHEME}://{home_of(ref)}{settings.LINLI_PORT_SUFFIX}"


def forget() -> None:
    """Drop what is cached, after a merchant or a domain changed."""
    _by_host.clear()
    _homes.clear()
