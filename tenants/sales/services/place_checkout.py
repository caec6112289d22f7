"""A neighbour orders what becomes several orders, and pays them at once."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.ids import new_id
from tenants.campaigns.models import CampaignKind
from tenants.delivery.ways import Wanted
from tenants.leaders.models import PickupPoint
from tenants.members.models import Member
from tenants.orders.models import Checkout
from tenants.orders.services import NewLine, NewOrder, open_checkout
from tenants.sales.services.group_orders import Group, groups_of
from tenants.sales.services.new_orders import address_kept, new_line, pay_until, slot_kept
from tenants.sales.services.place_order import (
    Contact,
    Wish,
    facts_in_turn,
    quote_wish,
    refuse_changed,
    seen_prices,
    take_what_is_scarce,
    until_placed,
    wanted_of,
)
from tenants.sales.services.quote_lines import Quote, WantedLine


class PartIsFree(Refused):
    """Discounts leave nothing to pay of one of the orders, and no payment is of nothing."""

    code, kind, sentence = "part_is_free", Kind.CONFLICT, _("优惠后有一单为 0 元，请换一张优惠券或分开下单。")


class TeamsApart(Refused):
    """Goods of a team, or paid by a deposit, are an order of their own (``place_order``), with an end of its own."""

    code, kind, sentence = "teams_apart", Kind.CONFLICT, _("拼团和收定金的预售商品请单独下单。")


def place_checkout(
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
    uses_points: bool = False,
    accepts_substitute: bool = False,
) -> Checkout:
    """Place a basket as one order for each pickup day and place it comes from, all or none, once a key.

    Prices, guards and refusals are those of one order over the whole basket: offers that count by pickup day count so,
    a coupon is spread over all lines. Each order has its own number, time line and end; they are paid together.

    :raises EmptyOrder, OutOfStock, PriceChanged, CampaignClosed, LimitReached, PointClosed, PartIsFree, TeamsApart,
        CouponGone, CouponNotFitting, CouponBudgetSpent, PointsGone, CannotDeliver, SlotFull:
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
        uses_points=uses_points,
        splits=True,
        delivery=delivery or Wanted(),
        accepts_substitute=accepts_substitute,
    )
    return until_placed(wish, _place, lambda: Checkout.objects.get(member=member, key=key))


def _place(wish: Wish) -> Checkout:
    """Five statements for a plain basket, however many orders it becomes."""
    with transaction.atomic(durable=True):
        if known := Checkout.objects.filter(member=wish.member, key=wish.key).first():
            return known
        quote = quote_wish(wish, facts_in_turn(wish))
        point = refuse_changed(quote, wish)
        campaigns = [offer.item.campaign for offer in quote.offers.values()]
        if any(one.kind == CampaignKind.TEAM or one.deposit_percent for one in campaigns):
            raise TeamsApart
        groups = groups_of(quote)
        if any(group.total_minor == 0 for group in groups):
            raise PartIsFree
        news = [_new(quote, point, wish, group) for group in groups]
        checkout, lines = open_checkout(member=wish.member, key=wish.key, news=news)
        take_what_is_scarce(quote, wish, basket=checkout.pk, lines=lines)
    return checkout


def _new(quote: Quote, point: PickupPoint, wish: Wish, group: Group) -> tuple[NewOrder, list[NewLine]]:
    new = NewOrder(
        pickup_point=point,
        pickup_date=group.pickup_date,
        contact_name=wish.contact.name,
        contact_phone=wish.contact.phone,
        remark=wish.remark,
        key=f"checkout:{new_id()}",  # the member's own key is the checkout's
        placed_at=wish.now,
        expires_at=pay_until(quote, wish.now),
        source_note=group.note,
        delivery=quote.delivery.kind,
        delivery_minor=group.delivery_minor,
        freight=group.freight.kept if group.freight else None,
        address=address_kept(quote),
        slot=slot_kept(quote, group.pickup_date),
        accepts_substitute=wish.accepts_substitute,
    )
    return new, [new_line(quote, line) for line in group.lines]
