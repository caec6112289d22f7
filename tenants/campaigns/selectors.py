"""Reading group buys for those who shop."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest, Least
from django.db.models.lookups import IsNull

from kit.tenancy import current_store
from kit.tenancy.kept import kept
from tenants.campaigns.models import Campaign, CampaignItem, CampaignState, JoinCount
from tenants.campaigns.reach import hidden_at, sold_at
from tenants.catalog.models import ProductPicture, ProductState
from tenants.catalog.offering import Wall, only_on_offer, wall_at
from tenants.inventory.selectors import pieces_left, places_serving, stocks_left
from tenants.inventory.stock_lines import StockPlace, stock_places

_CLOSED_SHOWN = timedelta(hours=24)  # how long a list stays readable after its cut-off
_COMING_SHOWN = timedelta(days=7)  # how early a list is announced
_ORDER = {"open": 0, "scheduled": 1, "paused": 2, "closed": 3}


@dataclass(frozen=True, slots=True)
class Offer:
    """An item with what is left of it for anybody: the less of stock and quota.

    ``stocks`` say where the stock lies that it takes, and how many pieces: other items may take them too.
    """

    item: CampaignItem
    left: int
    picture_key: str
    shelves: frozenset[UUID]  # its product's category and all above it
    stocks: tuple[StockPlace, ...] = ()


def items_on_offer(item_ids: Iterable[UUID]) -> QuerySet[Any]:
    """Build the query of items with campaign, SKU and product, for whoever needs more in the same statement."""
    items = CampaignItem.objects.filter(pk__in=list(item_ids))
    items = items.annotate(stocks=stocks_left("sku"), serving=places_serving(), picture_key=first_picture())
    category = "sku__product__category"
    above = {"shelf_above": F(f"{category}__parent"), "top_shelf": F(f"{category}__parent__parent")}
    return items.select_related("campaign", "sku__product").annotate(**above)


def offer_of(item: Any) -> Offer:
    """Read an offer out of a row of ``items_on_offer``."""
    stocks = stock_places(item.stocks, item.serving)
    left = max((place.left // item.sku.factor for place in stocks), default=0)
    left = max(left, 0)
    if item.quota is not None:
        left = max(min(left, item.quota - item.taken), 0)
    shelves = frozenset(key for key in (item.sku.product.category_id, item.shelf_above, item.top_shelf) if key)
    return Offer(item=item, left=left, picture_key=item.picture_key, shelves=shelves, stocks=stocks)


def campaigns_for_shoppers(*, now: datetime, pickup_point_id: UUID | None = None) -> list[dict[str, Any]]:
    """List what neighbours see: open lists first, then those to come, paused ones, and those just cut off.

    Plain values, two statements whatever the number of items. The keys of a campaign are those of ``_campaign``, an
    item's those of ``items_shown``. Goods outside the window they are sold in are left out, and of the point asked for
    lists that are not sold there and goods that its leader hides.
    """
    campaigns = _lists_shown(
        ends_after=now - _CLOSED_SHOWN, opens_before=now + _COMING_SHOWN, product_id=None, point_id=pickup_point_id
    )
    listed = {campaign.id: _campaign(campaign, now) for campaign in campaigns}
    if listed:
        for item in items_shown(campaign_ids=list(listed), point_id=pickup_point_id, now=now):
            listed[item["campaign_id"]]["items"].append(item)
    return sorted(listed.values(), key=lambda shown: (_ORDER[shown["state"]], shown["cutoff_at"], shown["id"]))


def offers_of_product(
    *, product_id: UUID, now: datetime, pickup_point_id: UUID | None = None, item_id: UUID | None = None
) -> dict[str, Any]:
    """Find where one product is on sale: ``{"campaign": dict | None, "offers": {sku_id: item}}``.

    The list of the item it was seen as wins, if it still is there; then the list that is open, then the one that
    opens next. A list that was cut off offers nothing, nor one that is not sold at the point asked for.
    """
    campaigns = _lists_shown(
        ends_after=now, opens_before=now + _COMING_SHOWN, product_id=product_id, point_id=pickup_point_id
    )
    shown = sorted(
        (_campaign(campaign, now) for campaign in campaigns),
        key=lambda campaign: (_ORDER[campaign["state"]], campaign["cutoff_at"], campaign["id"]),
    )
    if not shown:
        return {"campaign": None, "offers": {}}
    values = items_shown(
        campaign_ids=[campaign["id"] for campaign in shown],
        product_ids=[product_id],
        point_id=pickup_point_id,
        now=now,
    )
    seen_in = next((value["campaign_id"] for value in values if value["id"] == item_id), shown[0]["id"])
    campaign = next(campaign for campaign in shown if campaign["id"] == seen_in)
    campaign["items"] = [value for value in values if value["campaign_id"] == seen_in]
    return {"campaign": campaign, "offers": {item["sku_id"]: item for item in campaign["items"]}}


def offer_shown(item_id: UUID, *, now: datetime) -> dict[str, Any] | None:
    """Read one item as the lists show it; none if its goods are off the shelf or outside their hours."""
    values = items_shown(item_id=item_id, now=now)
    return values[0] if values else None


@kept
def _lists_shown(
    *, ends_after: datetime, opens_before: datetime, product_id: UUID | None, point_id: UUID | None
) -> QuerySet[Any]:
    states = (CampaignState.PUBLISHED, CampaignState.PAUSED)
    campaigns = Campaign.objects.filter(state__in=states, cutoff_at__gt=ends_after, opens_at__lt=opens_before)
    if product_id:
        offered = CampaignItem.objects.filter(campaign=OuterRef("pk"), sku__product=product_id)
        campaigns = campaigns.filter(Exists(offered.filter(~hidden_at(point_id)) if point_id else offered))
    if point_id:
        campaigns = campaigns.filter(sold_at(point_id))
    shown: QuerySet[Any] = campaigns.annotate(joined=_joined())
    return shown


def _joined() -> Coalesce:
    counts = JoinCount.objects.filter(campaign=OuterRef("pk"))
    return Coalesce(Subquery(counts.values("last")), Value(0))


def _campaign(campaign: Any, now: datetime) -> dict[str, Any]:
    return {
        "id": campaign.id,
        "name": campaign.name,
        "kind": campaign.kind,
        "state": campaign.shown_state(now),
        "opens_at": campaign.opens_at,
        "cutoff_at": campaign.cutoff_at,
        "pickup_date": campaign.pickup_date,
        "notice": campaign.notice,
        "joined": campaign.joined,
        "team_size": campaign.team_size,
        "team_hours": campaign.team_hours,
        "deposit_percent": campaign.deposit_percent,
        "balance_from": campaign.balance_from,
        "balance_until": campaign.balance_until,
        "keeps_deposit": campaign.keeps_deposit,
        "items": [],
    }


def items_shown(
    *,
    now: datetime,
    campaign_ids: Sequence[UUID] | None = None,
    product_ids: Sequence[UUID] | None = None,
    item_id: UUID | None = None,
    point_id: UUID | None = None,
) -> list[dict[str, Any]]:
    """Read the items of some lists, of some products, or one, as plain values in their order: one statement.

    Each is ``{"id", "campaign_id", "sku_id", "label", "product_id", "title", "subtitle", "category", "picture_key",
    "price_minor", "strike_minor", "member_minor", "available", "quota", "sold", "per_member_limit",
    "min_form_quantity", "is_failed"}``; a member's price is there where it is lower.

    Goods off the shelf or outside their hours are left out, and what the leader of ``point_id`` hides.
    """
    wall = wall_at(now, timezone=current_store().timezone)
    return _item_values(
        campaign_ids=campaign_ids,
        product_ids=product_ids,
        item_id=item_id,
        point_id=point_id,
        now=now,
        weekday=wall.weekday,
        day_before=wall.day_before,
        hour=wall.hour,
    )


@kept
def _item_values(
    *,
    campaign_ids: Sequence[UUID] | None,
    product_ids: Sequence[UUID] | None,
    item_id: UUID | None,
    point_id: UUID | None,
    now: datetime,
    weekday: int,
    day_before: int,
    hour: time,
) -> QuerySet[Any, Any]:
    on_sale: QuerySet[Any] = CampaignItem.objects.filter(sku__is_active=True, sku__product__state=ProductState.ON_SALE)
    if campaign_ids is not None:
        on_sale = on_sale.filter(campaign__in=campaign_ids)
    if product_ids is not None:
        on_sale = on_sale.filter(sku__product__in=product_ids)
    if item_id:
        on_sale = on_sale.filter(pk=item_id)
    if point_id:
        on_sale = on_sale.filter(~hidden_at(point_id))
    on_sale = only_on_offer(on_sale, Wall(now, weekday, day_before, hour), path="sku__product__")
    shown: QuerySet[Any, Any] = (
        on_sale.order_by("position", "id")
        .values(
            "id", "campaign_id", "sku_id", "price_minor", "strike_minor", "quota", "sold", "per_member_limit",
            "min_form_quantity",
        )
        .annotate(
            label=F("sku__label"),
            product_id=F("sku__product_id"),
            title=F("sku__product__title"),
            subtitle=F("sku__product__subtitle"),
            category=F("sku__product__category__name"),
            picture_key=first_picture(),
            member_minor=_member_minor(),
            available=_available(),
            is_failed=IsNull(F("failed_at"), False),
        )
    )  # fmt: skip
    return shown


def _available() -> Greatest:
    quota_left = F("quota") - F("taken")  # null without a quota, and LEAST passes over a null
    return Greatest(Least(pieces_left("sku"), quota_left), Value(0), output_field=IntegerField())


def _member_minor() -> Case:
    """Build an expression for the member's price where it is ``lower``."""
    is_lower = Q(sku__member_price_minor__lt=F("price_minor"))
    return Case(When(is_lower, then=F("sku__member_price_minor")), default=None)


def first_picture(path: str = "sku__product") -> Coalesce:
    """Build an expression for the first picture of the product that ``path`` leads to; "" where there is none."""
    pictures = ProductPicture.objects.filter(product=OuterRef(path), removed_at=None)
    return Coalesce(Subquery(pictures.order_by("position", "id").values("file_key")[:1]), Value(""))
