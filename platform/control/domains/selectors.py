"""Reading claims to domains. All of it runs in the control plane."""

from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from control.domains.models import LIVING, SERVED, CustomDomain, DomainState
from control.merchants.models import Domain, MerchantState
from kit.errors import Kind, Refused

# In these a store has gone, and nobody needs a certificate for it any more.
_GONE = (MerchantState.ARCHIVED, MerchantState.ERASED)


class NoSuchDomain(Refused):
    """This merchant has no such claim."""

    code, kind, sentence = "no_such_domain", Kind.MISSING, _("没有这个域名。")


def domains_of(merchant_id: UUID) -> list[CustomDomain]:
    """List a merchant's living claims, the served ones first."""
    order = {state: place for place, state in enumerate((DomainState.SERVING, DomainState.FAILING))}
    found = CustomDomain.objects.filter(merchant_id=merchant_id, state__in=LIVING).order_by("claimed_at")
    return sorted(found, key=lambda claim: order.get(DomainState(claim.state), len(order)))


def claim_of(merchant_id: UUID, *, claim_id: UUID) -> CustomDomain:
    """Find one of a merchant's claims. :raises NoSuchDomain: not this merchant's, or not there at all."""
    claim = CustomDomain.objects.filter(merchant_id=merchant_id, pk=claim_id).first()
    if claim is None:
        raise NoSuchDomain
    return claim


def is_quarantined(domain: str, *, merchant_id: UUID, now: datetime) -> bool:
    """Say whether a name that another merchant had may not be taken yet."""
    rows = CustomDomain.objects.filter(domain=domain, quarantined_until__gt=now)
    return rows.exclude(merchant_id=merchant_id).exists()


def is_served_elsewhere(domain: str, *, merchant_id: UUID) -> bool:
    """Say whether another store answers at a name."""
    return Domain.objects.filter(domain=domain).exclude(tenant_id=merchant_id).exists()


def may_have_certificate(host: str) -> bool:
    """Say whether the proxy may ask for a certificate for a host: only for one that a living store answers at."""
    hosts = Domain.objects.filter(domain=host, verified_at__isnull=False)
    return hosts.exclude(tenant__state__in=_GONE).exists()


def due_claims() -> list[UUID]:
    """List the claims that are proven again each day: those being served."""
    return list(
        CustomDomain.objects.filter(state__in=SERVED, merchant__cell="")
        .order_by("checked_at")
        .values_list("pk", flat=True)
    )


def claims_like(*, query: str, state: str, now: datetime) -> QuerySet[CustomDomain]:
    """Search all claims, the newest first; ``state`` is a claim's state, or "quarantined"."""
    rows = CustomDomain.objects.select_related("merchant").order_by("-claimed_at", "pk")
    if query:
        rows = rows.filter(
            Q(domain__icontains=query) | Q(merchant__name__icontains=query) | Q(merchant__slug__icontains=query)
        )
    if state == "quarantined":
        return rows.filter(quarantined_until__gt=now)
    return rows.filter(state=state) if state else rows


def count_claims(*, query: str, now: datetime) -> dict[str, int]:
    """Count claims by state, with "" for all of them and "quarantined" for the names nobody else may have."""
    rows = claims_like(query=query, state="", now=now).order_by()
    counts = dict(rows.values_list("state").annotate(Count("pk")))
    return {
        **counts,
        "": sum(counts.values()),
        "quarantined": claims_like(query=query, state="quarantined", now=now).count(),
    }
