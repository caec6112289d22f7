"""What the goods of a basket weigh as they are sent, and whether they may travel at all. Pure."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from tenants.campaigns.selectors import Offer
from tenants.catalog.models import Sku
from tenants.delivery.freight import USUAL_GRAMS, Freight, Parcel
from tenants.delivery.models import WayKind
from tenants.delivery.ways import Delivery
from tenants.promotions.pricing import PricedCart

_COLD = ("冷藏", "冷冻")  # as storage is written, also in longer words of an import
_MOST_NAMED = 3


def parcel_of(day: object, offers: Mapping[UUID, Offer], quantities: Mapping[UUID, int]) -> Parcel:
    """Weigh what a basket has of one pickup day. A piece nobody weighed counts as 500 g, a box as so many of them."""
    grams = guessed = 0
    for item_id, offer in offers.items():
        if offer.item.campaign.pickup_date != day:
            continue
        sku, quantity = offer.item.sku, quantities[item_id]
        known = _grams(sku)
        grams += quantity * (known or USUAL_GRAMS * sku.factor)
        guessed += 0 if known else quantity * sku.factor
    return Parcel(grams, guessed)


def freights_of(
    cart: PricedCart, offers: Mapping[UUID, Offer], quantities: Mapping[UUID, int], delivery: Delivery
) -> dict[date, Freight]:
    """Say of each pickup day of a priced basket how its freight comes about; nothing where none goes by weight."""
    found: dict[date, Freight] = {}
    if delivery.zone is None:
        return found
    for group in cart.groups:
        parcel = parcel_of(group.group, offers, quantities)
        freight = delivery.freight_for(group.total_minor - group.delivery_minor, parcel)
        if freight and isinstance(group.group, date):
            found[group.group] = freight
    return found


def cold_problem(offers: Mapping[UUID, Offer], delivery: Delivery) -> str:
    """Say in a sentence which goods may not be sent by express; empty when all may."""
    if delivery.kind != WayKind.EXPRESS:
        return ""
    products = (offer.item.sku.product for offer in offers.values())
    cold = list(dict.fromkeys(product.title for product in products if product.storage.startswith(_COLD)))
    if not cold:
        return ""
    named = _("、").join(f"「{title}」" for title in cold[:_MOST_NAMED]) + (_("等") if len(cold) > _MOST_NAMED else "")
    return _("%(goods)s要冷藏或冷冻，不能走快递") % {"goods": named}


def _grams(sku: Sku) -> int | None:
    """What one piece weighs as it is carried: typed, or where the scale settles the price, estimated."""
    return sku.weight_grams or sku.estimated_grams
