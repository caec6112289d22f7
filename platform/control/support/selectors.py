"""Questions about visits. They run in the control plane."""

from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from control.support.models import SupportConsent, SupportStep, SupportVisit


def consent_of(merchant_id: UUID) -> SupportConsent:
    """Read what a merchant allows; one that never said allows looking."""
    return SupportConsent.objects.filter(merchant_id=merchant_id).first() or SupportConsent(merchant_id=merchant_id)


def living_visit(visit_id: UUID | str, *, merchant_id: UUID, now: datetime) -> SupportVisit | None:
    """Find a visit that counts now: not over, its operator still one, this store's, and the merchant lets it be."""
    visit: SupportVisit | None = (
        SupportVisit.objects.select_related("operator")
        .filter(
            pk=visit_id,
            merchant_id=merchant_id,
            ended_at=None,
            ends_at__gt=now,
            operator__is_active=True,
            operator__is_operator=True,
        )
        .first()
    )
    if visit is None:
        return None
    consent = consent_of(merchant_id)
    visit.may_write = visit.wants_write and consent.may_write  # type: ignore[attr-defined]
    return visit if consent.may_enter else None


def visits_like(*, query: str = "", merchant_id: UUID | None = None) -> QuerySet[SupportVisit]:
    """Query visits with their operators and ``step_count``, the latest first.

    ``query`` finds a reason, a ticket, an operator, or a page that was opened.
    """
    visits = SupportVisit.objects.select_related("operator").annotate(step_count=Count("steps"))
    if merchant_id:
        visits = visits.filter(merchant_id=merchant_id)
    if query:
        stepped = SupportStep.objects.filter(path__icontains=query).values("visit_id")
        visits = visits.filter(
            Q(reason__icontains=query)
            | Q(ticket__icontains=query)
            | Q(operator__email__icontains=query)
            | Q(operator__name__icontains=query)
            | Q(pk__in=stepped)
        )
    return visits.order_by("-started_at", "-id")


def steps_of(visit: SupportVisit) -> list[SupportStep]:
    """List the steps of a visit in their order."""
    return list(SupportStep.objects.filter(visit=visit).order_by("at", "id"))
