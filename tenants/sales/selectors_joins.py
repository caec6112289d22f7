"""Reading a chain as everybody may see it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tenants.campaigns.models import Campaign, CampaignKind, CampaignState, Join
from tenants.campaigns.selectors_desk import CampaignMissing
from tenants.orders.models import OrderLine, OrderState


@dataclass(frozen=True, slots=True)
class JoinedLine:
    """So many pieces of one thing that are still wanted; what was given back counts no more."""

    title: str
    sku_label: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Joined:
    """One place in a chain. ``name`` is masked unless the chain shows names; struck out when all was given back."""

    number: int
    name: str
    at: datetime
    is_cancelled: bool
    lines: tuple[JoinedLine, ...]


def chain_for_shoppers(campaign_id: UUID) -> Campaign:
    """Read a chain that is or was on sale. :raises CampaignMissing: it is a draft, another kind, or gone."""
    shown = (CampaignState.PUBLISHED, CampaignState.PAUSED)
    chain: Campaign | None = Campaign.objects.filter(
        pk=campaign_id, kind=CampaignKind.SOLITAIRE, state__in=shown
    ).first()
    if chain is None:
        raise CampaignMissing
    return chain


def chain_at_desk(campaign_id: UUID) -> Campaign:
    """Read a chain whatever became of it. :raises CampaignMissing:"""
    chain: Campaign | None = Campaign.objects.filter(pk=campaign_id, kind=CampaignKind.SOLITAIRE).first()
    if chain is None:
        raise CampaignMissing
    return chain


def joins_of(campaign: Campaign, *, before: int | None = None, limit: int | None = None) -> list[Joined]:
    """List a chain's places, the latest first, from behind ``before``: two statements a page."""
    found = Join.objects.filter(campaign=campaign).order_by("-number")
    if before is not None:
        found = found.filter(number__lt=before)
    joins = list(found[:limit])
    lines = OrderLine.objects.select_related("order__member").filter(
        order__in=[join.order_id for join in joins], campaign_item__campaign=campaign
    )
    of_orders: dict[UUID, list[OrderLine]] = defaultdict(list)
    for line in lines.order_by("pk"):
        of_orders[line.order_id].append(line)
    return [_joined(join, of_orders[join.order_id], shows_name=campaign.shows_names) for join in joins]


def masked(name: str) -> str:
    """Leave of a name what a neighbour knows herself by: 王阿姨 is 王**."""
    return f"{name[:1]}**"


def _joined(join: Join, lines: list[OrderLine], *, shows_name: bool) -> Joined:
    name = lines[0].order.member.nickname if lines else ""
    over = not lines or lines[0].order.state == OrderState.CANCELLED
    left = [(line, line.quantity - line.refunded_quantity) for line in lines]
    is_cancelled = over or not any(pieces for _line, pieces in left)
    return Joined(
        number=join.number,
        name=name if shows_name else masked(name),
        at=join.at,
        is_cancelled=is_cancelled,
        lines=tuple(
            JoinedLine(line.title, line.sku_label, line.quantity if is_cancelled else pieces)
            for line, pieces in left
            if pieces or is_cancelled
        ),
    )
