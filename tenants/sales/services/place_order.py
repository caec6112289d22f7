"""A neighbour orders."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.tenancy.sql import one_at_a_time
from kit.web.format import money
from tenants.campaigns.models import Team
from tenants.campaigns.selectors import Offer
from tenants.campaigns.services.change_quota import QuotaChange, QuotaShort, change_quota
from tenants.catalog.units import stock_sku_id
from tenants.delivery.ways import Wanted, delivery_wanted
from tenants.inventory.services.move_stock import StockShort
from tenants.inventory.services.reserve import reserve
from tenants.leaders.models import PickupPoint
from tenants.members.models import Member
from tenants.orders.models import Order, OrderLine
from tenants.orders.services import NewOrder, is_key_clash, is_number_clash, open_order
from tenants.points.selectors import points_to_spend
from tenants.promotions.pricing import Source
from tenants.promotions.selectors import usable_coupon
from tenants.promotions.services.use_coupon import CouponGone, lock_coupon
from tenants.sales.presale import deposit_of
from tenants.sales.selectors import BasketFacts, basket_facts
from tenants.sales.services.join_teams import take_seats, team_wanted
from tenants.sales.services.lock_points_of import lock_points_of
from tenants.sales.services.new_orders import address_kept, new_line, pay_until, slot_kept, take_slots
from tenants.sales.services.quote_lines import Quote, QuotedLine, WantedLine, added_up, quote_basket
from tenants.sales.stock import stock_lines

_NUMBER_TRIES = 3
_Placed = TypeVar("_Placed")


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom the leader calls."""

    name: str
    phone: str


class EmptyOrder(Refused):
    """There is nothing in the basket, or a line of less than one."""

    code, kind, sentence = "empty_order", Kind.INVALID, _("购物车是空的，先挑几样吧。")


class PointClosed(Refused):
    """The pickup point takes no orders: closed, its leader resting, or gone."""

    code, kind, sentence = "point_closed", Kind.CONFLICT, _("这个自提点暂停服务，请换一个自提点。")


class MixedPickupDays(Refused):
    """Goods of different pickup days cannot share an order."""

    code, kind, sentence = "mixed_pickup_days", Kind.CONFLICT, _("提货日期不同的商品请分开下单。")


class PriceChanged(Refused):
    """A price or the total is not what the member saw. Facts: ``total``, ``lines`` that moved (all of them when none
    did: then a discount has), ``discounts`` of today."""

    code, kind, sentence = "price_changed", Kind.CONFLICT, _("价格有变化，请确认新的金额。")


class CampaignClosed(Refused):
    """Some goods are not on sale at this moment. Facts: ``lines``."""

    code, kind, sentence = "campaign_closed", Kind.CONFLICT, _("有商品现在不能下单。")


class LimitReached(Refused):
    """A member may not have so many of some goods. Facts: ``lines``."""

    code, kind, sentence = "limit_reached", Kind.CONFLICT, _("有商品超过每人限购数量。")


class OutOfStock(Refused):
    """Some goods are gone, or too few are left. Facts: ``lines``."""

    code, kind, sentence = "out_of_stock", Kind.CONFLICT, _("有商品不够了。")


class CouponNotFitting(Refused):
    """The coupon takes nothing off this basket. The sentence says why."""

    code, kind, sentence = "coupon_not_fitting", Kind.CONFLICT, _("这张优惠券不能用于本单，请重新选择。")


class CannotDeliver(Refused):
    """The way to the door is not offered, or does not reach the address. The sentence says why."""

    code, kind, sentence = "cannot_deliver", Kind.CONFLICT, _("这个地址暂时送不到，请换个地址或到点自提。")


class NumbersUsedUp(RuntimeError):
    """Order numbers drawn three times running were all taken: out of ninety million a day."""


def place_order(
    *,
    member: Member,
    pickup_point_id: UUID,
    lines: Sequence[WantedLine],
    contact: Contact,
    remark: str,
    expected_total_minor: int,
    key: str,
    now: datetime,
    coupon_id: UUID | None = None,
    delivery: Wanted | None = None,
    team_id: UUID | None = None,
    uses_points: bool = False,
    accepts_substitute: bool = False,
) -> Order:
    """Turn a basket into an order awaiting payment, its goods reserved for fifteen minutes, coupon and points locked.

    Safe to repeat: the same member and key give the same order. Goods of 拼团 begin a team, or join ``team_id``.

    :param expected_total_minor: what the member saw and agreed to pay, after every discount.
    :raises OutOfStock, PriceChanged, CampaignClosed, LimitReached, PointClosed, MixedPickupDays, EmptyOrder,
        CouponGone, CouponNotFitting, CouponBudgetSpent, PointsGone, TeamMissing, TeamFull, TeamOver, AlreadyInTeam,
        CannotDeliver, SlotFull:
    """
    wish = Wish(
        member,
        pickup_point_id,
        wanted_of(lines),
        seen_prices(lines),
        contact,
        remark,
        expected_total_minor,
        key,
        now,
        coupon_id,
        team_id,
        uses_points,
        delivery=delivery or Wanted(),
        accepts_substitute=accepts_substitute,
    )
    return until_placed(wish, _place, lambda: Order.objects.get(member=member, key=key))


def wanted_of(lines: Sequence[WantedLine]) -> dict[UUID, int]:
    """Add up what is wanted of each item. :raises EmptyOrder: nothing is, or less than one of something."""
    if not lines or any(line.quantity < 1 for line in lines):
        raise EmptyOrder
    return added_up(lines)


def until_placed(wish: "Wish", place: Callable[["Wish"], _Placed], known: Callable[[], _Placed]) -> _Placed:
    """Place what is wished for, again where a number was taken; ``known`` finds what the same key placed before."""
    for _try in range(_NUMBER_TRIES):
        try:
            return place(wish)
        except IntegrityError as error:
            if is_key_clash(error):  # a double tap: the first one was quicker
                return known()
            if not is_number_clash(error):
                raise
        except (StockShort, QuotaShort) as lost:
            # Somebody was quicker between our look and our grasp. Look again, so that the sentences are true now.
            quote = quote_wish(wish, facts_of(wish))
            _refuse_problems(quote)
            raise OutOfStock(lines=[_described(line) for line in quote.lines if _is_lost(line, quote, lost)]) from None
    raise NumbersUsedUp(wish.now)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a member asks for; ``splits``: as many orders as it takes, paid together."""

    member: Member
    pickup_point_id: UUID
    wanted: dict[UUID, int]
    seen: dict[UUID, int]
    contact: Contact
    remark: str
    expected_total_minor: int
    key: str
    now: datetime
    coupon_id: UUID | None = None
    team_id: UUID | None = None
    uses_points: bool = False
    splits: bool = False
    accepts_substitute: bool = False
    delivery: Wanted = field(default_factory=Wanted)


def seen_prices(lines: Sequence[WantedLine]) -> dict[UUID, int]:
    """Say what a piece of each item cost when the member looked, where they said so."""
    return {line.campaign_item_id: line.seen_price_minor for line in lines if line.seen_price_minor is not None}


def _place(wish: Wish) -> Order:
    """Four statements for a plain basket: read, write, take from stock, take from quotas."""
    with transaction.atomic(durable=True):
        facts = facts_in_turn(wish)
        if facts.placed_id:
            return Order.objects.get(pk=facts.placed_id)
        quote = quote_wish(wish, facts)
        point = refuse_changed(quote, wish)
        team = team_wanted(team_id=wish.team_id, offers=quote.offers, member=wish.member, now=wish.now)
        order, lines = _open_order(quote, point, wish, team)
        take_what_is_scarce(quote, wish, basket=order.pk, lines=lines)
        take_seats(team=team, offers=quote.offers, order=order, now=wish.now)
    return order


def take_what_is_scarce(quote: Quote, wish: Wish, *, basket: UUID, lines: Sequence[OrderLine]) -> None:
    """Take coupon, points, stock, quota and delivery slot, each by a guarded statement, in the caller's transaction."""
    off = sum(step.off_minor for step in quote.steps if step.source == Source.COUPON)
    if quote.coupon and off:
        lock_coupon(coupon_id=quote.coupon.pk, member=wish.member, basket=basket, off_minor=off, now=wish.now)
    lock_points_of(quote=quote, member=wish.member, lines=lines)
    # The rows everybody wants come last, so that they are held only until the commit.
    reserve(lines=stock_lines(lines), at=wish.now)
    change_quota(changes=[QuotaChange(line.campaign_item_id, taken=line.quantity) for line in lines], open_at=wish.now)
    take_slots({line.order_id: line.order for line in lines}.values())


def facts_in_turn(wish: Wish) -> BasketFacts:
    """Read the same in the caller's transaction. What a member may have so often is ordered one order after another,
    and counted when it is our turn."""
    facts = facts_of(wish)
    if facts.is_limited and not facts.placed_id:
        one_at_a_time(f"orders of {wish.member.id}")
        facts = facts_of(wish)
    return facts


def facts_of(wish: Wish) -> BasketFacts:
    """Read what the wish is priced and judged by."""
    return basket_facts(
        item_ids=wish.wanted, member=wish.member, pickup_point_id=wish.pickup_point_id, now=wish.now, key=wish.key
    )


def quote_wish(wish: Wish, facts: BasketFacts) -> Quote:
    """Price the wish at this moment."""
    coupon = None
    if wish.coupon_id:
        coupon = usable_coupon(coupon_id=wish.coupon_id, member=wish.member, now=wish.now)
    return quote_basket(
        wanted=wish.wanted,
        facts=facts,
        coupon_id=wish.coupon_id,
        coupon=coupon,
        points=points_to_spend(wish.member) if wish.uses_points else None,
        now=wish.now,
        splits=wish.splits,
        delivery=delivery_wanted(wish.delivery, member=wish.member, days=facts.pickup_days, now=wish.now),
    )


def refuse_changed(quote: Quote, wish: Wish) -> PickupPoint:
    """Refuse what stands in the way or differs from what the member saw; return the point."""
    if quote.point is None:
        raise PointClosed
    _refuse_problems(quote)
    if len(quote.pickup_days) > 1 and not wish.splits:
        raise MixedPickupDays
    if quote.delivery_problem:
        raise CannotDeliver(quote.delivery_problem)
    if wish.coupon_id and quote.coupon is None:
        raise CouponGone
    if quote.coupon_problem:
        raise CouponNotFitting(gettext("优惠券不能使用：%(problem)s") % {"problem": quote.coupon_problem})
    moved = [line for line in quote.lines if _has_moved(quote.offers[line.campaign_item_id], line, wish)]
    if moved or quote.total_minor != wish.expected_total_minor:
        raise PriceChanged(
            total={"amount": quote.total_minor, "currency": quote.currency},
            lines=[_described_price(line, quote.currency) for line in moved or quote.lines],
            discounts=[step.sentence for step in quote.steps],
        )
    return quote.point


def _has_moved(offer: Offer, line: QuotedLine, wish: Wish) -> bool:
    seen = wish.seen.get(line.campaign_item_id, line.unit_price_minor)
    # Who saw the list before signing in agreed to its price, and now pays less: the total has the last word
    return seen != line.unit_price_minor and not (line.is_member_price and seen == offer.item.price_minor)


_NOT_NOW = frozenset(
    {
        "off_sale",
        "not_on_offer",
        "not_here",
        "hidden_here",
        "point_rests",
        "lead_time",
        "not_open",
        "paused",
        "closed",
        "team_alone",
        "presale_alone",
    }
)


def _refuse_problems(quote: Quote) -> None:
    hindered = [line for line in quote.lines if line.problem]
    if not hindered:
        return
    codes = {line.problem.code for line in hindered if line.problem}
    described = [_described(line) for line in hindered]
    sentence = gettext("%(title)s：%(problem)s") % {
        "title": hindered[0].title or gettext("商品"),
        "problem": described[0]["sentence"],
    }
    refusal: type[Refused] = OutOfStock
    if codes & _NOT_NOW:
        refusal = CampaignClosed
    elif codes & {"limit_reached", "quantity_rule"}:
        refusal = LimitReached
    raise refusal(sentence if len(hindered) == 1 else None, lines=described)


def _described(line: QuotedLine) -> dict[str, Any]:
    return {
        "campaign_item_id": str(line.campaign_item_id),
        "title": line.title,
        "sku_label": line.sku_label,
        "quantity": line.quantity,
        "available": line.available,
        "code": line.problem.code if line.problem else "sold_out",
        "sentence": line.problem.sentence if line.problem else gettext("刚刚被抢完了"),
    }


def _described_price(line: QuotedLine, currency: str) -> dict[str, Any]:
    return _described(line) | {
        "unit_price": {"amount": line.unit_price_minor, "currency": currency},
        "code": "price",
        "sentence": gettext("现价 %(price)s") % {"price": money(line.unit_price_minor, currency)},
    }


def _is_lost(line: QuotedLine, quote: Quote, lost: StockShort | QuotaShort) -> bool:
    if isinstance(lost, StockShort):
        sku = quote.offers[line.campaign_item_id].item.sku
        return stock_sku_id(sku) in lost.left
    return line.campaign_item_id in lost.items


def _open_order(quote: Quote, point: PickupPoint, wish: Wish, team: Team | None) -> tuple[Order, list[OrderLine]]:
    (pickup_date,) = quote.pickup_days
    return open_order(
        member=wish.member,
        new=NewOrder(
            pickup_point=point,
            pickup_date=pickup_date,
            contact_name=wish.contact.name,
            contact_phone=wish.contact.phone,
            remark=wish.remark,
            key=wish.key,
            placed_at=wish.now,
            expires_at=pay_until(quote, wish.now, team),
            source_note=quote.sourcing.note,
            delivery=quote.delivery.kind,
            delivery_minor=quote.delivery_minor,
            freight=next((one.kept for one in quote.freights.values()), None),
            address=address_kept(quote),
            slot=slot_kept(quote, pickup_date),
            deposit=deposit_of(quote.offers, quote.total_minor),
            accepts_substitute=wish.accepts_substitute,
        ),
        lines=[new_line(quote, line) for line in quote.lines],
    )
