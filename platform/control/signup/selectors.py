"""Questions of the public site."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from control.merchants.models import DESK_STATES, Merchant
from control.people.models import Seat


@dataclass(frozen=True)
class FoundStore:
    """A store somebody may log in to."""

    name: str
    host: str
    desk_url: str


def store_address(slug: str) -> str:
    """Say where a store answers, without a slash at the end."""
    return f"{settings.LINLI_SCHEME}://{slug}.{settings.LINLI_DOMAIN}{settings.LINLI_PORT_SUFFIX}"


def stores_of_phone(*, phone: str) -> list[FoundStore]:
    """List the stores at which people with this phone have a seat."""
    seats = Seat.objects.filter(person__phone=phone, person__is_active=True).values_list("merchant_id", flat=True)
    merchants = Merchant.objects.filter(pk__in=list(seats), state__in=DESK_STATES).order_by("name")
    return [
        FoundStore(
            name=merchant.name,
            host=f"{merchant.slug}.{settings.LINLI_DOMAIN}",
            desk_url=f"{store_address(merchant.slug)}/backoffice/",
        )
        for merchant in merchants
    ]


def merchant_with_id(merchant_id: UUID) -> Merchant | None:
    """Find a merchant."""
    return Merchant.objects.filter(pk=merchant_id).first()
