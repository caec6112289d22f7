"""What a basket's goods cost after everything that comes off them, told step by step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from kit.tenancy import current_store
from kit.web.format import money
from tenants.campaigns.selectors import Offer
from tenants.delivery.ways import FETCHED, Delivery
from tenants.members.models import Member
from tenants.points.worth import PointsOffer
from tenants.promotions.models import Coupon
from tenants.promotions.offers import Line, Offers
from tenants.promotions.pricing import PricedCart, Share, Source, price_cart
from tenants.promotions.selectors import coupon_offer, usable_coupons
from tenants.sales.parcels import parcel_of
from tenants.sales.selectors import BasketFacts

MOST_COUPONS = 50


@dataclass(frozen=True, slots=True)
class Step:
    """One discount over the whole basket, in minor units, and in a sentence."""

    source: str
    source_id: UUID | None
    name: str
    off_minor: int
    sentence: str


@dataclass(frozen=True, slots=True)
class CouponChoice:
    """One of a member's coupons for this basket: what it takes off, or in a sentence why nothing."""

    coupon: Coupon
    off_minor: int
    sentence: str

    @property
    def fits(self) -> bool:
        return self.off_minor > 0


@dataclass(frozen=True, slots=True)
class PointsChoice:
    """The member's points for this basket: how many it would spend, and what they take off."""

    free: int
    points: int
    off_minor: int
    is_used: bool


def price_basket(
    *,
    facts: BasketFacts,
    quantities: Mapping[UUID, int],
    coupon: Coupon | None = None,
    points: PointsOffer | None = None,
    delivery: Delivery = FETCHED,
) -> PricedCart:
    """Price the items that are there. Pure: it reads what ``facts`` hold. Delivery costs what it does by pickup day."""
    offers = Offers(
        next_pieces=facts.next_pieces,
        spend_and_save=facts.spend_and_save,
        coupon=coupon_offer(coupon) if coupon else None,
        points_minor=points.worth_minor if points else 0,
        points_share_ppm=points.max_share_ppm if points else 0,
    )
    lines = [_line(offer, quantities[item_id], facts.is_member) for item_id, offer in facts.offers.items()]
    cart = price_cart(lines, offers)
    if delivery.way is None:
        return cart
    fees = tuple(
        (group.group, delivery.fee_for(group.total_minor, parcel_of(group.group, facts.offers, quantities)))
        for group in cart.groups
    )
    return price_cart(lines, replace(offers, delivery_minor=fees))


def steps_of(cart: PricedCart) -> tuple[Step, ...]:
    """Tell a priced basket's discounts in the order in which they were taken."""
    summed: dict[tuple[Source, UUID | None], tuple[Share, int]] = {}
    for share in (share for line in cart.lines for share in line.shares):
        known = summed.get((share.source, share.source_id))
        summed[share.source, share.source_id] = (share, share.off_minor + (known[1] if known else 0))
    ordered = sorted(summed.values(), key=lambda one: list(Source).index(one[0].source))
    return tuple(Step(share.source, share.source_id, share.name, off, _sentence(share, off)) for share, off in ordered)


def coupon_problem(cart: PricedCart) -> str:
    """Say in a sentence why the coupon takes nothing off; empty when it does."""
    match cart.coupon_problem:
        case "threshold":
            return _("还差 %(amount)s 可用") % {"amount": money(cart.coupon_short_minor, current_store().currency)}
        case "scope":
            return _("不适用于所选商品")
    return ""


def points_choice(cart: PricedCart, offer: PointsOffer, *, is_used: bool) -> PointsChoice:
    """Say what a basket that was priced with points spends of them."""
    off = sum(share.off_minor for line in cart.lines for share in line.shares if share.source == Source.POINTS)
    return PointsChoice(offer.free, offer.points_for(off), off, is_used)


def coupons_for_basket(
    *, facts: BasketFacts, quantities: Mapping[UUID, int], member: Member, now: datetime
) -> Sequence[CouponChoice]:
    """Try each coupon the member holds on this basket, the one that saves most first. One statement."""
    choices = []
    for coupon in usable_coupons(member=member, now=now)[:MOST_COUPONS]:
        cart = price_basket(facts=facts, quantities=quantities, coupon=coupon)
        off = sum(step.off_minor for step in steps_of(cart) if step.source == Source.COUPON)
        sentence = coupon_problem(cart) or _("可抵 %(amount)s") % {"amount": money(off, current_store().currency)}
        choices.append(CouponChoice(coupon, off, sentence))
    return sorted(choices, key=lambda choice: (-choice.off_minor, choice.coupon.expires_at))


def _line(offer: Offer, quantity: int, is_member: bool) -> Line:
    product = offer.item.sku.product
    return Line(
        key=offer.item.id,
        group=offer.item.campaign.pickup_date,
        product=product.id,
        quantity=quantity,
        campaign_minor=offer.item.price_minor,
        member_minor=offer.item.sku.member_price_minor if is_member else None,
        categories=offer.shelves,
    )


def _sentence(share: Share, off_minor: int) -> str:
    words = {"name": share.name, "amount": money(off_minor, current_store().currency)}
    match share.source:
        case Source.NEXT_PIECE:
            return _("「%(name)s」优惠 %(amount)s") % words
        case Source.SPEND_AND_SAVE:
            return _("满减「%(name)s」减 %(amount)s") % words
        case Source.COUPON:
            return _("优惠券「%(name)s」抵 %(amount)s") % words
        case Source.POINTS:
            return _("积分抵 %(amount)s") % words
    return _("优惠 %(amount)s") % words
