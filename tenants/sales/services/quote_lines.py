"""What a basket costs now, and what stands in its way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from kit.tenancy import current_store
from tenants.campaigns.models import CampaignItem, CampaignKind
from tenants.campaigns.selectors import Offer
from tenants.catalog.models import ProductState
from tenants.catalog.offering import is_on_offer, window_sentence
from tenants.delivery.freight import Freight
from tenants.delivery.ways import FETCHED, Delivery, Wanted, delivery_wanted
from tenants.leaders.models import PickupPoint
from tenants.members.models import Member
from tenants.points.selectors import points_to_spend
from tenants.points.worth import PointsOffer
from tenants.promotions.models import Coupon
from tenants.promotions.pricing import PricedCart, PricedLine, Share
from tenants.promotions.selectors import usable_coupon
from tenants.promotions.services.use_coupon import CouponGone
from tenants.sales.lead import lead_sentence
from tenants.sales.limits import RuleProblem, most_by_rules, rule_problems
from tenants.sales.parcels import cold_problem, freights_of
from tenants.sales.presale import deposit_of, is_mixed
from tenants.sales.selectors import BasketFacts, basket_facts
from tenants.sales.services.price_basket import (
    CouponChoice,
    PointsChoice,
    Step,
    coupon_problem,
    coupons_for_basket,
    points_choice,
    price_basket,
    steps_of,
)
from tenants.sales.sourcing import Sourcing, find_sources, sources_by_day


@dataclass(frozen=True, slots=True)
class WantedLine:
    """So many of one campaign item; ``seen_price_minor`` is what a piece cost when the member looked."""

    campaign_item_id: UUID
    quantity: int
    seen_price_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line cannot be had. Codes: off_sale, not_on_offer, not_here, hidden_here, point_rests, lead_time,
    not_open, paused, closed, limit_reached, quantity_rule, not_together, team_alone, presale_alone, sold_out,
    not_enough."""

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
    net_minor: int = 0  # after this line's share of every discount
    shares: tuple[Share, ...] = ()
    is_member_price: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """A basket at today's prices. ``point`` is the pickup point asked for, if it can take orders.

    ``total_minor`` is what is paid: ``goods_minor`` less the ``steps``, and delivery. ``coupon_problem`` says why
    the coupon asked for cannot be used. ``offers`` has what the lines were priced by, for the story that goes on to
    order.
    """

    lines: tuple[QuotedLine, ...]
    goods_minor: int
    total_minor: int
    currency: str
    can_order: bool
    steps: tuple[Step, ...] = ()
    coupon: Coupon | None = None
    coupon_problem: str = ""
    coupons: Sequence[CouponChoice] = ()
    points: PointsChoice | None = None
    point: PickupPoint | None = None
    offers: Mapping[UUID, Offer] = field(default_factory=dict)
    sourcing: Sourcing = field(default_factory=Sourcing)
    delivery: Delivery = FETCHED
    fees: Mapping[Any, int] = field(default_factory=dict)  # for bringing the goods, by pickup day
    freights: Mapping[Any, Freight] = field(default_factory=dict)  # how such a fee comes about, where it is by weight
    delivery_problem: str = ""

    @property
    def delivery_minor(self) -> int:
        """What bringing all of it costs."""
        return sum(self.fees.values())

    @property
    def pickup_days(self) -> set[date]:
        """The days on which these goods are fetched: more than one cannot share an order."""
        return {offer.item.campaign.pickup_date for offer in self.offers.values()}


def quote_lines(
    *,
    lines: Sequence[WantedLine],
    member: Member | None,
    pickup_point_id: UUID | None,
    now: datetime,
    coupon_id: UUID | None = None,
    uses_points: bool = False,
    shows_coupons: bool = False,
    splits: bool = False,
    wanted_delivery: Wanted | None = None,
) -> Quote:
    """Price a basket and say per line what stands in its way. Changes nothing; the same item twice is added up.

    :param shows_coupons: try the member's other coupons too (``Quote.coupons``), and their points (``Quote.points``).
    :param splits: as a checkout, which may become several orders (``group_orders``).
    """
    wanted = added_up(lines)
    facts = basket_facts(item_ids=wanted, member=member, pickup_point_id=pickup_point_id, now=now)
    coupon = usable_coupon(coupon_id=coupon_id, member=member, now=now) if coupon_id and member else None
    offer = points_to_spend(member) if member and (uses_points or shows_coupons) else None
    spent = offer if uses_points else None
    quote = quote_basket(
        wanted=wanted,
        facts=facts,
        coupon_id=coupon_id,
        coupon=coupon,
        points=spent,
        now=now,
        splits=splits,
        delivery=delivery_wanted(wanted_delivery or Wanted(), member=member, days=facts.pickup_days, now=now),
    )
    if quote.point is None and pickup_point_id is not None:
        quote = replace(quote, can_order=False)
    if shows_coupons and member:
        known = {item_id: quantity for item_id, quantity in wanted.items() if item_id in facts.offers}
        quote = replace(quote, coupons=coupons_for_basket(facts=facts, quantities=known, member=member, now=now))
        if offer and offer.free and not uses_points:
            cart = price_basket(facts=facts, quantities=known, coupon=coupon, points=offer)
            quote = replace(quote, points=points_choice(cart, offer, is_used=False))
    return quote


def added_up(lines: Sequence[WantedLine]) -> dict[UUID, int]:
    """Add up what is wanted of each item."""
    wanted: dict[UUID, int] = {}
    for line in lines:
        wanted[line.campaign_item_id] = wanted.get(line.campaign_item_id, 0) + line.quantity
    return wanted


def quote_basket(
    *,
    wanted: Mapping[UUID, int],
    facts: BasketFacts,
    coupon_id: UUID | None,
    coupon: Coupon | None,
    now: datetime,
    points: PointsOffer | None = None,
    splits: bool = False,
    delivery: Delivery = FETCHED,
) -> Quote:
    """Quote from what was read already. ``splits``: it may become several orders, by day and place."""
    cart = price_basket(facts=facts, quantities=wanted, coupon=coupon, points=points, delivery=delivery)
    priced = {line.key: line for line in cart.lines}
    if splits:
        sourcing = sources_by_day(offers=facts.offers, wanted=wanted, point=facts.point)
    else:
        sourcing = find_sources(offers=facts.offers, wanted=wanted, point=facts.point, may_split=facts.may_split)
    offers = {item_id: replace(offer, left=sourcing.left[item_id]) for item_id, offer in facts.offers.items()}
    broken = rule_problems(offers=offers, wanted=wanted, held=facts.held)
    quoted = tuple(
        _quote(
            offers.get(item_id),
            priced.get(item_id),
            WantedLine(item_id, quantity),
            facts,
            item_id in sourcing.apart,
            broken.get(item_id),
            now,
        )
        for item_id, quantity in wanted.items()
    )
    quote = Quote(
        lines=quoted,
        goods_minor=cart.goods_minor,
        total_minor=cart.total_minor,
        currency=current_store().currency,
        can_order=False,
        steps=steps_of(cart),
        coupon=coupon,
        coupon_problem=_coupon_problem(coupon_id, coupon, cart),
        points=points_choice(cart, points, is_used=True) if points else None,
        point=facts.point,
        offers=facts.offers,
        sourcing=sourcing,
        delivery=delivery,
        fees={group.group: group.delivery_minor for group in cart.groups},
        freights=freights_of(cart, facts.offers, wanted, delivery),
        delivery_problem=delivery.problem_at(facts.point, orders=_orders_by_day(facts.offers, sourcing, splits))
        or cold_problem(facts.offers, delivery)
        or _unfetched_presale(delivery, facts, cart.total_minor),
    )
    has_problem = any(line.problem for line in quoted) or bool(quote.coupon_problem or quote.delivery_problem)
    one_day = len(quote.pickup_days) == 1 or (splits and bool(quote.pickup_days))
    return replace(quote, can_order=not has_problem and one_day)


def _orders_by_day(offers: Mapping[UUID, Offer], sourcing: Sourcing, splits: bool) -> dict[date, int]:
    """Count what the goods of each pickup day become: an order for each place they come from, where it may split."""
    places: dict[date, set[UUID | None]] = {}
    for item_id, offer in offers.items():
        places.setdefault(offer.item.campaign.pickup_date, set()).add(sourcing.places.get(item_id) if splits else None)
    return {day: len(found) for day, found in places.items()}


def _unfetched_presale(delivery: Delivery, facts: BasketFacts, total_minor: int) -> str:
    # What brings it is paid in one piece with the goods; two payments of it would have two ends
    if delivery.way and deposit_of(facts.offers, total_minor):
        return _("付定金的预售商品只能自提")
    return ""


def _coupon_problem(coupon_id: UUID | None, coupon: Coupon | None, cart: PricedCart) -> str:
    if coupon_id and coupon is None:
        return str(CouponGone.sentence)
    return coupon_problem(cart)


def _quote(
    offer: Offer | None,
    priced: PricedLine | None,
    line: WantedLine,
    facts: BasketFacts,
    is_apart: bool,
    broken: RuleProblem | None,
    now: datetime,
) -> QuotedLine:
    if offer is None or priced is None:
        return QuotedLine(line.campaign_item_id, line.quantity, 0, 0, 0, problem=Problem("off_sale", _("商品已下架")))
    item, bought = offer.item, facts.bought.get(line.campaign_item_id, 0)
    available = offer.left
    if item.per_member_limit is not None:
        available = max(min(available, item.per_member_limit - bought), 0)
    problem = _sale_problem(item, now) or _place_problem(item, facts) or _lead_problem(item)
    problem = problem or _alone_problem(item, facts)
    if is_apart:
        problem = problem or Problem("not_together", _("和其他商品不在一个仓，请分开下单"))
    problem = problem or _quantity_problem(offer, line.quantity, available, bought)
    if problem is None and broken:
        problem = Problem(broken.code, broken.sentence)
    most = most_by_rules(offer, facts.held)
    return QuotedLine(
        campaign_item_id=item.id,
        quantity=line.quantity,
        unit_price_minor=priced.unit_minor,
        total_minor=priced.total_minor,
        available=available if most is None else min(available, most),
        problem=problem,
        title=item.sku.product.title,
        sku_label=item.sku.label,
        net_minor=priced.net_minor,
        shares=priced.shares,
        is_member_price=priced.is_member_price,
    )


def _sale_problem(item: CampaignItem, now: datetime) -> Problem | None:
    if not item.sku.is_active or item.sku.product.state != ProductState.ON_SALE:
        return Problem("off_sale", _("商品已下架"))
    timezone = current_store().timezone
    if not is_on_offer(item.sku.product, now=now, timezone=timezone):
        return Problem("not_on_offer", window_sentence(item.sku.product, timezone=timezone))
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


def _place_problem(item: CampaignItem, facts: BasketFacts) -> Problem | None:
    if item.id in facts.elsewhere:
        return Problem("not_here", _("这个自提点买不到，请换一个自提点"))
    if item.id in facts.hidden:
        return Problem("hidden_here", _("这个自提点的团长没有卖这样商品，请换一个自提点"))
    return Problem("point_rests", facts.resting[item.id]) if item.id in facts.resting else None


def _lead_problem(item: CampaignItem) -> Problem | None:
    sentence = lead_sentence(item)
    return Problem("lead_time", sentence) if sentence else None


def _alone_problem(item: CampaignItem, facts: BasketFacts) -> Problem | None:
    # A team that fails gives its orders back whole: nothing else may hang on them
    if item.campaign.kind == CampaignKind.TEAM and len(facts.offers) > 1:
        return Problem("team_alone", _("拼团商品要单独下单"))
    if is_mixed(item, facts.offers):
        return Problem("presale_alone", _("预售商品要单独下单"))
    return None


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
