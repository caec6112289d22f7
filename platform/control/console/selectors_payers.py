"""What the operator sees of who pays for whom."""

from uuid import UUID

from django.db.models import QuerySet

from billing.models.payers import PayerLink
from control.console.selectors import NotInConsole
from control.merchants.models import Merchant


def payer_links() -> QuerySet[PayerLink]:
    """Query every agreement, the latest first."""
    return PayerLink.objects.select_related("payer__merchant", "child__merchant").order_by("-requested_at", "-id")


def link_with_id(link_id: UUID) -> PayerLink:
    """Find one agreement. :raises NotInConsole:"""
    found = payer_links().filter(pk=link_id).first()
    if found is None:
        raise NotInConsole
    return found


def store_named(slug: str) -> Merchant | None:
    """Find a store by the name in its address."""
    return Merchant.objects.filter(slug=slug.strip().lower()).first()
