"""What a basket costs now, and what stands in its way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from kit.tenancy import current_store
from tenants.campaigns.models import CampaignItem
from tenants.campaigns.selectors import Offer, offers_of_items
from tenants.catalog.models import ProductState
from tenants.leaders.models import LeaderState, PickupPoint
from tenants.members.models import Member
from tenants.orders.selectors import bought_by


@dataclass(frozen=True, slots=True)
class WantedLine:
    """So many of one campaign item."""

    campaign_item_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line cannot be had. Codes: off_sale, not_open, paused, closed, limit_reached, sold_out, not_enough."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """One line at today's price (minor units); ``available`` is what this member could have of it."""

    campaign_item_id: UUID
    quantity: int
    unit_price_minor: int
    total_minor: int
    available: int
    problem: Problem | None = None
    title: str = ""
    sku_label: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """A basket at today's prices. ``point`` is the pickup point asked for, if it can take orders.

    ``offers`` has what the lines were priced by, for the story that goes on to order.
    """

    lines: tuple[QuotedLine, ...]
    total_minor: int
    currency: str
    can_order: bool
    point: PickupPoint | None = None
    offers: Mapping[UUID, Offer] = field(default_factory=dict)

    @property
    def pickup_days(self) -> set[date]:
        """The days on which these goods are fetched: more than one cannot share an order."""
        return {offer.item.campaign.pickup_date for offer in self.offers.values()}


def quote_lines(
    *, lines: Sequence[WantedLine], member: Member | None, pickup_point_id: UUID | None, now: datetime
) -> Quote:
    """Price a basket and say per line what stands in its way. Changes nothing; the same item twice is added up."""
    wanted: dict[UUID, int] = {}
    for line in lines:
        wanted[line.campaign_item_id] = wanted.get(line.campaign_item_id, 0) + line.quantity
    offers = offers_of_items(wanted)
    limited = [item_id for item_id, offer in offers.items() if offer.item.per_member_limit is not None]
    bought = bought_by(member=member, item_ids=limited) if member and limited else {}
    quoted = tuple(
        _quote(offers.get(item_id), WantedLine(item_id, quantity), bought.get(item_id, 0), now)
        for item_id, quantity in wanted.items()
    )
    quote = Quote(
        lines=quoted,
        total_minor=sum(line.total_minor for line in quoted),
        currency=current_store().currency,
        can_order=False,
        point=_open_point(pickup_point_id),
        offers=offers,
    )
    has_problem = any(line.problem for line in quoted) or (pickup_point_id is not None and quote.point is None)
    return replace(quote, can_order=not has_problem and len(quote.pickup_days) == 1)


def _quote(offer: Offer | None, line: WantedLine, bought: int, now: datetime) -> QuotedLine:
    if offer is None:
        return QuotedLine(line.campaign_item_id, line.quantity, 0, 0, 0, problem=Problem("off_sale", _("商品已下架")))
    item = offer.item
    available = offer.left
    if item.per_member_limit is not None:
        available = max(min(available, item.per_member_limit - bought), 0)
    return QuotedLine(
        campaign_item_id=item.id,
        quantity=line.quantity,
        unit_price_minor=item.price_minor,
        total_minor=item.price_minor * line.quantity,
        available=available,
        problem=_sale_problem(item, now) or _quantity_problem(offer, line.quantity, available, bought),
        title=item.sku.product.title,
        sku_label=item.sku.label,
    )


def _sale_problem(item: CampaignItem, now: datetime) -> Problem | None:
    if not item.sku.is_active or item.sku.product.state != ProductState.ON_SALE:
        return Problem("off_sale", _("商品已下架"))
    match item.campaign.shown_state(now):
        case "open":
            return None
        case "scheduled":
            return Problem("not_open", _("还没开团"))
        case "paused":
            return Problem("paused", _("本团暂停接单"))
        case "closed":
            return Problem("closed", _("本团已截单"))
    return Problem("off_sale", _("商品已下架"))


def _quantity_problem(offer: Offer, quantity: int, available: int, bought: int) -> Problem | None:
    if 0 < quantity <= available:
        return None
    if offer.left == 0:
        return Problem("sold_out", _("刚刚被抢完了"))
    if available < offer.left:
        limit = offer.item.per_member_limit
        if bought:
            sentence = _("每人限购 %(limit)d 份，你已买 %(bought)d 份") % {"limit": limit, "bought": bought}
        else:
            sentence = _("每人限购 %(limit)d 份") % {"limit": limit}
        return Problem("limit_reached", sentence)
    return Problem("not_enough", _("只剩 %(left)d 份") % {"left": available})


def _open_point(pickup_point_id: UUID | None) -> PickupPoint | None:
    if pickup_point_id is None:
        return None
    open_points = PickupPoint.objects.filter(is_open=True, leader__state=LeaderState.ACTIVE)
    return open_points.select_related("leader").filter(pk=pickup_point_id).first()
