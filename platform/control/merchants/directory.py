"""Finding a store by its host or id, from a small in-process cache.

A look-up was measured as most of a small request's time; the cache lives five seconds, which is also how long a
suspension may take to close the doors of other processes. Writers in this process call ``forget``.
"""

import time
from dataclasses import dataclass
from uuid import UUID

from control.merchants.models import Domain, Merchant
from kit.tenancy import StoreRef, in_control

KEEP = 5.0  # seconds
_MOST = 4096
_by_host: dict[str, "_Found"] = {}


@dataclass(frozen=True, slots=True)
class _Found:
    ref: StoreRef | None
    at: float


def find_store(merchant_id: UUID) -> StoreRef | None:
    """Find a store by its merchant's id; never cached, because tasks and money ask here."""
    with in_control():
        merchant = Merchant.objects.filter(pk=merchant_id).first()
    return merchant.ref if merchant else None


def store_at(host: str) -> StoreRef | None:
    """Find the store that answers at a host (lower case, no port, no final dot); only verified hosts count."""
    known = _by_host.get(host)
    if known and time.monotonic() - known.at < KEEP:
        return known.ref
    with in_control():
        domain = (
            Domain.objects.select_related("tenant").filter(domain=host, verified_at__isnull=False).first()
            if len(host) <= 253
            else None
        )
    ref = domain.tenant.ref if domain else None
    if len(_by_host) >= _MOST:  # strangers may ask for any host: the cache must not grow with them
        _by_host.clear()
    _by_host[host] = _Found(ref=ref, at=time.monotonic())
    return ref


def forget() -> None:
    """Drop what is cached, after a merchant or a domain changed."""
    _by_host.clear()
