"""Money adds up to the fen however it is split: some thousand splits of each kind here, a million nightly.

Every kind of split that the product makes is thrown by dice of one seed. There is no exchange of currencies in the
product, so none is split here.
"""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from random import Random
from uuid import UUID

import pytest

from billing.proration import part_of
from billing.sharing import split
from billing.tax import added_to, included_in
from kit.money import PPM, allocate, rate_of
from tenants.orders.models import OrderLine
from tenants.promotions.offers import CouponOffer, Line, Offers, Scope, SpendAndSave, Tier
from tenants.promotions.pricing import price_cart
from tenants.sales.services.refund_lines import WantedRefund, take_from

HERE, MILLION = 2_000, 1_000_000
EVERYTHING = Scope()


def of_an_amount_by_weights(dice: Random) -> int:
    amount = dice.choice([dice.randint(-300, 300), dice.randint(-(10**9), 10**9)])
    weights = [dice.choice([0, 1, dice.randint(1, 10**6)]) for _part in range(dice.randint(1, 9))] + [1]
    parts, whole = allocate(amount, weights), sum(weights)
    assert all(abs(part - Fraction(amount * weight, whole)) < 1 for part, weight in zip(parts, weights, strict=True))
    return sum(parts) - amount


def of_a_price_into_net_and_tax(dice: Random) -> int:
    listed, ppm = dice.randint(-(10**8), 10**8), dice.choice([0, 10_000, 60_000, 90_000, 130_000, 77_777])
    inside, on_top = included_in(listed, ppm=ppm), added_to(listed, ppm=ppm)
    assert on_top.tax_minor == rate_of(listed, ppm)
    return abs(inside.gross_minor - listed) + abs(on_top.net_minor - listed)


def of_an_order_between_four(dice: Random) -> int:
    left, fee = dice.randint(0, 10**7), dice.randint(0, 500)
    shared = split(
        left,
        platform_fee_minor=fee,
        channel_fee_ppm=dice.choice([0, 3_800, 6_000]),
        payer_share_ppm=dice.randint(0, PPM),
    )
    parts = shared.platform_fee_minor, shared.channel_fee_minor, shared.payer_minor, shared.partner_minor
    return sum(parts) - left


def of_a_period_by_days(dice: Random) -> int:
    price, days = dice.randint(0, 10**8), dice.choice([28, 29, 30, 31, 365, 366])
    cuts = sorted({0, days, *(dice.randint(0, days) for _cut in range(dice.randint(0, 5)))})
    return sum(part_of(price, first=first, until=until, days=days) for first, until in pairwise(cuts)) - price


def of_a_line_given_back_in_pieces(dice: Random) -> int:
    line = OrderLine(quantity=dice.randint(1, 6), total_minor=10**6, net_minor=dice.randint(0, 10**5))
    back = 0
    while line.refunded_quantity < line.quantity:
        if dice.random() < 0.3 and line.left_minor:
            wish = WantedRefund(line.pk, amount_minor=dice.randint(1, line.left_minor))
        else:
            wish = WantedRefund(line.pk, quantity=dice.randint(1, line.quantity - line.refunded_quantity))
        back += take_from(wish, line).amount_minor
    return back - line.net_minor


def of_discounts_over_a_basket(dice: Random) -> int:
    lines = [
        Line(number, dice.choice("ab"), UUID(int=number), dice.randint(1, 5), dice.randint(1, 20_000))
        for number in range(dice.randint(1, 5))
    ]
    tiers = (Tier(dice.randint(1, 10_000), dice.randint(1, 3_000)),)
    coupon = CouponOffer(UUID(int=99), "券", EVERYTHING, 0, off_ppm=dice.randint(1, 500_000))
    offers = Offers(
        spend_and_save=(SpendAndSave(UUID(int=98), "满减", EVERYTHING, tiers),),
        coupon=dice.choice([None, coupon]),
        points_minor=dice.choice([0, dice.randint(1, 5_000)]),
    )
    cart = price_cart(lines, offers)
    off = [line.total_minor - line.net_minor - sum(share.off_minor for share in line.shares) for line in cart.lines]
    assert all(line.net_minor >= 0 for line in cart.lines)
    return sum(map(abs, off)) + abs(sum(line.net_minor for line in cart.lines) - cart.total_minor)


# How many of a million are of each kind: the dearest to work out are the fewest
KINDS: list[tuple[Callable[[Random], int], int]] = [
    (of_an_amount_by_weights, 300_000),
    (of_a_price_into_net_and_tax, 200_000),
    (of_an_order_between_four, 150_000),
    (of_a_period_by_days, 150_000),
    (of_a_line_given_back_in_pieces, 100_000),
    (of_discounts_over_a_basket, 100_000),
]


@pytest.mark.parametrize(("kind", "many"), KINDS, ids=[kind.__name__ for kind, _many in KINDS])
@pytest.mark.parametrize(
    "of_million", [HERE, pytest.param(MILLION, marks=pytest.mark.nightly)], ids=["thousands", "million"]
)
def test_no_split_loses_or_makes_money(kind: Callable[[Random], int], many: int, of_million: int) -> None:
    dice = Random(f"{kind.__name__} {of_million}")

    assert sum(abs(kind(dice)) for _split in range(many * of_million // MILLION)) == 0


def test_the_kinds_make_a_million() -> None:
    assert sum(many for _kind, many in KINDS) == MILLION
