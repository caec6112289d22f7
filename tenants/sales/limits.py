"""What a product's rules of buying say of a basket: how many in one order, by one person on one day, and ever."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from kit.tenancy import current_store
from tenants.campaigns.selectors import Offer
from tenants.catalog.models import Product
from tenants.catalog.offering import quantity_problem
from tenants.members.models import Member
from tenants.orders.models import LIVE_STATES, OrderLine


@dataclass(frozen=True, slots=True)
class Held:
    """How many pieces of a product a member has in live orders: of today, and of all days."""

    today: int = 0
    ever: int = 0


def has_limit_a_person(product: Product) -> bool:
    """Say whether what a member bought before counts for this product."""
    return product.limit_per_day is not None or product.limit_lifetime is not None


def held_of(*, member: Member, product_ids: Collection[UUID], now: datetime) -> dict[UUID, Held]:
    """Say what a member has of products already: ordered since the store's midnight, and ever. One statement."""
    day = now.astimezone(ZoneInfo(current_store().timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = OrderLine.objects.filter(
        sku__product__in=product_ids, order__member=member, order__state__in=LIVE_STATES
    ).order_by()
    live = F("quantity") - F("withdrawn_quantity")
    rows = lines.values("sku__product_id").annotate(
        today=Coalesce(Sum(live, filter=Q(order__placed_at__gte=day)), 0), ever=Coalesce(Sum(live), 0)
    )
    return {row["sku__product_id"]: Held(row["today"], row["ever"]) for row in rows}


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """Why so many cannot be bought together: "limit_reached", or "quantity_rule" for a least number or a step."""

    code: str
    sentence: str


def rule_problems(
    *, offers: Mapping[UUID, Offer], wanted: Mapping[UUID, int], held: Mapping[UUID, Held]
) -> dict[UUID, RuleProblem]:
    """Say of each item of a basket what the rules of its product and SKU forbid. Pure.

    A product's SKUs count together, whichever lists they are on.
    """
    of_product: dict[UUID, int] = {}
    of_sku: dict[UUID, int] = {}
    for item_id, offer in offers.items():
        sku = offer.item.sku
        of_product[sku.product_id] = of_product.get(sku.product_id, 0) + wanted[item_id]
        of_sku[sku.pk] = of_sku.get(sku.pk, 0) + wanted[item_id]
    found = {}
    for item_id, offer in offers.items():
        sku = offer.item.sku
        pieces = of_product[sku.product_id]
        before = held.get(sku.product_id, Held())
        sentence = quantity_problem(sku.product, pieces, bought_today=before.today, bought_ever=before.ever)
        if sentence:
            found[item_id] = RuleProblem(_code(sku.product, pieces), sentence)
        elif sku.limit_per_order is not None and of_sku[sku.pk] > sku.limit_per_order:
            found[item_id] = RuleProblem("limit_reached", _("每单限购 %(n)s 件。") % {"n": sku.limit_per_order})
    return found


def most_by_rules(offer: Offer, held: Mapping[UUID, Held]) -> int | None:
    """Say how many of an item its rules leave this member, if they limit it."""
    sku, product = offer.item.sku, offer.item.sku.product
    before = held.get(product.pk, Held())
    limits = [limit for limit in (product.limit_per_order, sku.limit_per_order) if limit is not None]
    if product.limit_per_day is not None:
        limits.append(product.limit_per_day - before.today)
    if product.limit_lifetime is not None:
        limits.append(product.limit_lifetime - before.ever)
    return max(min(limits), 0) if limits else None


def _code(product: Product, pieces: int) -> str:
    too_odd = pieces < product.min_quantity or (pieces - product.min_quantity) % product.step_quantity
    return "quantity_rule" if too_odd else "limit_reached"
