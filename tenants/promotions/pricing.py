"""What a basket costs: campaign price, member price, item promotion, 满减, coupon, points, delivery, in this order.

Every discount is spread over the lines it came from by largest remainder, so that the shares add up to it exactly and
any later refund of a line gives back what that line really cost.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from kit.money import allocate, rate_of
from tenants.promotions.offers import CouponOffer, Line, NextPiece, Offers, Scope, SpendAndSave

_WHOLE = 1_000_000


class Source(StrEnum):
    MEMBER = "member"
    NEXT_PIECE = "next_piece"
    SPEND_AND_SAVE = "spend_and_save"
    COUPON = "coupon"
    POINTS = "points"


@dataclass(frozen=True, slots=True)
class Share:
    """What one discount takes off one line, in minor units."""

    source: Source
    source_id: UUID | None
    name: str
    off_minor: int


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line and what it costs: ``net_minor`` = ``total_minor`` − its shares of every discount."""

    key: Hashable
    group: Hashable
    quantity: int
    unit_minor: int  # the price each piece is sold at, before discounts
    is_member_price: bool
    total_minor: int
    net_minor: int
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class PricedGroup:
    group: Hashable
    goods_minor: int  # before discounts
    off_minor: int
    delivery_minor: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class PricedCart:
    """A whole basket. ``total_minor`` is what is paid."""

    lines: tuple[PricedLine, ...]
    groups: tuple[PricedGroup, ...]
    goods_minor: int
    off_minor: int
    delivery_minor: int
    total_minor: int
    coupon_problem: str = ""  # "threshold" or "scope": why the coupon takes nothing off
    coupon_short_minor: int = 0  # what is missing to its threshold


@dataclass(slots=True)
class _Open:
    """A line while it is priced."""

    line: Line
    unit_minor: int
    is_member_price: bool
    left_minor: int
    shares: list[Share] = field(default_factory=list)


def price_cart(lines: Sequence[Line], offers: Offers) -> PricedCart:
    """Price a basket. Pure, and the order in which lines or offers are given does not matter.

    :raises ValueError: a quantity below one, a negative price, or the same key twice.
    """
    _check(lines)
    opened = [_open(line) for line in sorted(lines, key=_by_key)]
    for piece in sorted(offers.next_pieces, key=lambda one: one.id):
        _take_next_piece(opened, piece)
    for group in _groups(opened):
        _take_spend_and_save([one for one in opened if one.line.group == group], offers.spend_and_save)
    problem, short = _take_coupon(opened, offers.coupon) if offers.coupon else ("", 0)
    most = sum(one.left_minor for one in opened) * offers.points_share_ppm // _WHOLE
    _spread(opened, min(offers.points_minor, most), Share(Source.POINTS, None, "", 0))
    return _closed(lines, opened, dict(offers.delivery_minor), problem, short)


def _check(lines: Sequence[Line]) -> None:
    if any(line.quantity < 1 or line.campaign_minor < 0 or (line.member_minor or 0) < 0 for line in lines):
        raise ValueError("a line has no quantity, or a negative price")
    if len({line.key for line in lines}) != len(lines):
        raise ValueError("a line is there twice")


def _by_key(line: Line) -> str:
    return str(line.key)


def _open(line: Line) -> _Open:
    is_member = line.member_minor is not None and line.member_minor < line.campaign_minor
    unit = line.member_minor if is_member and line.member_minor is not None else line.campaign_minor
    return _Open(line, unit, is_member, unit * line.quantity)


def _groups(opened: Iterable[_Open]) -> list[Hashable]:
    return list(dict.fromkeys(one.line.group for one in opened))


def _counted(opened: Iterable[_Open], scope: Scope) -> list[_Open]:
    return [one for one in opened if scope.holds(one.line.product, one.line.categories)]


def _take_next_piece(opened: Sequence[_Open], piece: NextPiece) -> None:
    """Only one such promotion applies to a line: the first that holds it."""
    for one in _counted(opened, piece.scope):
        if any(share.source == Source.NEXT_PIECE for share in one.shares):
            continue
        cheaper = one.line.quantity // piece.every
        off = min(rate_of(one.unit_minor, piece.off_ppm) * cheaper, one.left_minor)
        _spread([one], off, Share(Source.NEXT_PIECE, piece.id, piece.name, 0))


def _take_spend_and_save(group: Sequence[_Open], offers: Iterable[SpendAndSave]) -> None:
    """Of several, the one that saves most counts, and of equals the older: they never add up."""
    best: tuple[int, str, SpendAndSave, list[_Open]] | None = None
    for offer in offers:
        counted = _counted(group, offer.scope)
        spent = sum(one.left_minor for one in counted)
        off = max((tier.off_minor for tier in offer.tiers if counted and spent >= tier.from_minor), default=0)
        rank = (min(off, spent), str(offer.id))
        if rank[0] and (best is None or (-rank[0], rank[1]) < (-best[0], best[1])):
            best = (*rank, offer, counted)
    if best:
        off, _id, offer, counted = best
        _spread(counted, off, Share(Source.SPEND_AND_SAVE, offer.id, offer.name, 0))


def _take_coupon(opened: Sequence[_Open], coupon: CouponOffer) -> tuple[str, int]:
    counted = _counted(opened, coupon.scope)
    spent = sum(one.left_minor for one in counted)
    if not counted:
        return "scope", 0
    if spent < coupon.threshold_minor:
        return "threshold", coupon.threshold_minor - spent
    off = coupon.off_minor or rate_of(spent, coupon.off_ppm)
    if coupon.cap_minor is not None:
        off = min(off, coupon.cap_minor)
    # No way to pay takes nothing, so a coupon leaves the smallest coin
    most = min(spent, sum(one.left_minor for one in opened) - 1)
    _spread(counted, min(off, most), Share(Source.COUPON, coupon.id, coupon.name, 0))
    return "", 0


def _spread(opened: Sequence[_Open], off_minor: int, share: Share) -> None:
    weights = [one.left_minor for one in opened]
    if off_minor <= 0 or not sum(weights):
        return
    for one, part in zip(opened, allocate(off_minor, weights), strict=True):
        if part:
            one.left_minor -= part
            one.shares.append(Share(share.source, share.source_id, share.name, part))


def _closed(
    lines: Sequence[Line], opened: Sequence[_Open], fees: dict[Hashable, int], problem: str, short: int
) -> PricedCart:
    by_key = {one.line.key: one for one in opened}
    priced = tuple(_priced(by_key[line.key]) for line in lines)
    groups = tuple(_priced_group(group, priced, fees.get(group, 0)) for group in _groups(opened))
    goods = sum(line.total_minor for line in priced)
    net = sum(line.net_minor for line in priced)
    delivery = sum(group.delivery_minor for group in groups)
    return PricedCart(priced, groups, goods, goods - net, delivery, net + delivery, problem, short)


def _priced(one: _Open) -> PricedLine:
    total = one.unit_minor * one.line.quantity
    return PricedLine(
        key=one.line.key,
        group=one.line.group,
        quantity=one.line.quantity,
        unit_minor=one.unit_minor,
        is_member_price=one.is_member_price,
        total_minor=total,
        net_minor=one.left_minor,
        shares=tuple(one.shares),
    )


def _priced_group(group: Hashable, lines: Iterable[PricedLine], fee: int) -> PricedGroup:
    mine = [line for line in lines if line.group == group]
    goods = sum(line.total_minor for line in mine)
    net = sum(line.net_minor for line in mine)
    return PricedGroup(group, goods, goods - net, fee, net + fee)
