"""The numbers of the dashboard and of the lists: sums only, a fixed number of statements each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate

from tenants.analytics.days import Day, day_at
from tenants.campaigns.models import Campaign, CampaignState
from tenants.campaigns.selectors_cutoff import overdue_cutoffs, undecided_late_orders
from tenants.campaigns.selectors_desk import open_items_short_of_stock
from tenants.catalog.models import Product
from tenants.content.models import StoreProfile
from tenants.content.services import store_profile
from tenants.inventory.selectors import batches_ending, skus_running_low
from tenants.leaders.models import Leader, LeaderState, PickupPoint
from tenants.members.models import Member
from tenants.orders.models import Order, OrderLine, OrderState
from tenants.orders.selectors import orders_for_desk
from tenants.payments.models import Payment, PaymentState, Refund, RefundState
from tenants.purchasing.selectors import licences_ending

# An order counts on the day it was placed, once it has been paid: that is the day the merchant sold something.
_PAID = Q(paid_minor__gt=0)


@dataclass(frozen=True)
class DayFigures:
    """One day: what was paid for (GMV), how many orders, who joined, what went back."""

    gmv_minor: int
    orders: int
    members: int
    refunds_minor: int


@dataclass(frozen=True)
class DayPoint:
    """One day of a line."""

    date: date
    gmv_minor: int
    orders: int


@dataclass(frozen=True)
class GoodsSold:
    """One product of a ranking."""

    product_id: UUID
    title: str
    pieces: int
    amount_minor: int


@dataclass(frozen=True)
class Figures:
    """What a leader, or a campaign, has sold."""

    orders: int = 0
    gmv_minor: int = 0


@dataclass(frozen=True)
class ClosingEffect:
    """What cutting a campaign off now would mean."""

    paid_orders: int
    unpaid_orders: int
    pieces_sold: int
    pieces_left: int | None  # None: at least one item has no quota


@dataclass(frozen=True)
class OpeningStep:
    """A step from an empty store to its first order."""

    code: str  # brand, goods, leader, campaign, order
    is_done: bool


@dataclass(frozen=True)
class ToDos:
    """What waits for the merchant."""

    unpaid_orders: int
    sold_out_items: int
    pickups_today: int
    resting_leaders: int
    unclear_payments: int
    scarce_skus: int = 0
    ending_batches: int = 0
    ending_licences: int = 0
    overdue_cutoffs: int = 0
    late_orders: int = 0


def day_figures(day: Day) -> DayFigures:
    """Sum one day of the store's calendar."""
    placed = Order.objects.filter(_PAID, placed_at__gte=day.starts_at, placed_at__lt=day.ends_at)
    sold = placed.aggregate(gmv=Coalesce(Sum("paid_minor"), 0), orders=Count("pk"))
    back = Refund.objects.filter(
        state=RefundState.SUCCEEDED, settled_at__gte=day.starts_at, settled_at__lt=day.ends_at
    ).aggregate(sum=Coalesce(Sum("amount_minor"), 0))
    joined = Member.objects.filter(joined_at__gte=day.starts_at, joined_at__lt=day.ends_at).count()
    return DayFigures(gmv_minor=sold["gmv"], orders=sold["orders"], members=joined, refunds_minor=back["sum"])


def daily_line(*, now: datetime, timezone: str, days: int = 7) -> list[DayPoint]:
    """Sum each of the last days, today last; a day without orders is a zero, not a gap."""
    wanted = [day_at(now=now, timezone=timezone, back=back) for back in reversed(range(days))]
    sums = {
        row["day"]: row
        for row in Order.objects.filter(_PAID, placed_at__gte=wanted[0].starts_at, placed_at__lt=wanted[-1].ends_at)
        .annotate(day=TruncDate("placed_at", tzinfo=ZoneInfo(timezone)))
        .values("day")
        .annotate(gmv=Sum("paid_minor"), orders=Count("pk"))
    }
    nothing = {"gmv": 0, "orders": 0}
    found = [(day.date, sums.get(day.date, nothing)) for day in wanted]
    return [DayPoint(date=on, gmv_minor=row["gmv"], orders=row["orders"]) for on, row in found]


def top_goods(*, since: datetime, limit: int = 5) -> list[GoodsSold]:
    """Rank products by what was paid for them since a moment."""
    rows = (
        OrderLine.objects.filter(order__placed_at__gte=since, order__paid_minor__gt=0)
        .values("sku__product_id", "sku__product__title")
        .annotate(pieces=Sum("quantity"), amount=Sum("net_minor"))
        .order_by("-amount", "sku__product_id")[:limit]
    )
    return [
        GoodsSold(
            product_id=row["sku__product_id"],
            title=row["sku__product__title"],
            pieces=row["pieces"],
            amount_minor=row["amount"],
        )
        for row in rows
    ]


def opening_steps() -> list[OpeningStep]:
    """Say which steps from an empty store to its first paid order are done."""
    return [
        OpeningStep("brand", _is_branded(store_profile())),
        OpeningStep("goods", Product.objects.exists()),
        OpeningStep("leader", PickupPoint.objects.exists()),
        OpeningStep(
            "campaign", Campaign.objects.exclude(state__in=(CampaignState.DRAFT, CampaignState.CANCELLED)).exists()
        ),
        OpeningStep("order", Order.objects.filter(_PAID).exists()),
    ]


def to_dos(*, now: datetime, timezone: str) -> ToDos:
    """Count what waits for the merchant now."""
    today = day_at(now=now, timezone=timezone).date
    orders = Order.objects.aggregate(
        unpaid=Count("pk", filter=Q(state=OrderState.PENDING_PAYMENT, expires_at__gt=now)),
        today=Count("pk", filter=Q(state__in=(OrderState.PAID, OrderState.PARTLY_PICKED), pickup_date=today)),
    )
    return ToDos(
        unpaid_orders=orders["unpaid"],
        sold_out_items=open_items_short_of_stock(now=now),
        pickups_today=orders["today"],
        resting_leaders=Leader.objects.filter(state=LeaderState.RESTING).count(),
        unclear_payments=Payment.objects.filter(state=PaymentState.UNKNOWN).count(),
        scarce_skus=skus_running_low(),
        ending_batches=batches_ending(now=now),
        ending_licences=licences_ending(today=today),
        overdue_cutoffs=overdue_cutoffs(now=now),
        late_orders=undecided_late_orders(),
    )


def next_cutoff(*, now: datetime) -> Campaign | None:
    """Find the group buy on sale that is over first."""
    return (
        Campaign.objects.filter(state="published", opens_at__lte=now, cutoff_at__gt=now).order_by("cutoff_at").first()
    )


def count_orders_for_desk(**filters: Any) -> dict[str, int]:
    """Count the orders a search of the back office finds, by state; the key "" counts all of them."""
    found = orders_for_desk(**filters).prefetch_related(None).select_related(None).order_by()
    counted = dict(found.values_list("state").annotate(Count("pk")))
    return {"": sum(counted.values()), **{state.value: counted.get(state.value, 0) for state in OrderState}}


def figures_of_leaders(leader_ids: Collection[UUID]) -> dict[UUID, Figures]:
    """Sum what each leader has sold, ever; who sold nothing has zeros."""
    return _figures(Order.objects.filter(_PAID, leader_id__in=list(leader_ids)), by="leader_id", ids=leader_ids)


def figures_of_points(point_ids: Collection[UUID]) -> dict[UUID, Figures]:
    """Sum what was bought for each pickup point, ever."""
    orders = Order.objects.filter(_PAID, pickup_point_id__in=list(point_ids))
    return _figures(orders, by="pickup_point_id", ids=point_ids)


def figures_of_campaigns(campaign_ids: Collection[UUID]) -> dict[UUID, Figures]:
    """Sum what each campaign has sold: paid orders with a line of it, and those lines' net amounts."""
    rows = (
        OrderLine.objects.filter(campaign_item__campaign_id__in=list(campaign_ids), order__paid_minor__gt=0)
        .values("campaign_item__campaign_id")
        .annotate(orders=Count("order_id", distinct=True), gmv=Sum("net_minor"))
    )
    known = {row["campaign_item__campaign_id"]: Figures(orders=row["orders"], gmv_minor=row["gmv"]) for row in rows}
    return {campaign_id: known.get(campaign_id, Figures()) for campaign_id in campaign_ids}


def closing_effect(campaign: Campaign) -> ClosingEffect:
    """Say what cutting this campaign off now would leave sold, unpaid and unsold."""
    orders = Order.objects.filter(lines__campaign_item__campaign=campaign).aggregate(
        paid=Count("pk", filter=_PAID, distinct=True),
        unpaid=Count("pk", filter=Q(state=OrderState.PENDING_PAYMENT), distinct=True),
    )
    items = campaign.items.aggregate(
        sold=Coalesce(Sum("sold"), 0),
        left=Coalesce(Sum(F("quota") - F("taken")), 0),
        unlimited=Count("pk", filter=Q(quota__isnull=True)),
    )
    return ClosingEffect(
        paid_orders=orders["paid"],
        unpaid_orders=orders["unpaid"],
        pieces_sold=items["sold"],
        pieces_left=None if items["unlimited"] else items["left"],
    )


def _is_branded(profile: StoreProfile) -> bool:
    return bool(profile.notice or profile.service_phone)


def _figures(orders: QuerySet[Order], *, by: str, ids: Collection[UUID]) -> dict[UUID, Figures]:
    rows = orders.values(by).annotate(orders=Count("pk"), gmv=Sum("paid_minor"))
    known = {row[by]: Figures(orders=row["orders"], gmv_minor=row["gmv"]) for row in rows}
    return {one: known.get(one, Figures()) for one in ids}
