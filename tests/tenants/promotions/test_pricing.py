"""What a basket costs: worked examples, and what holds for every basket."""

from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.promotions.offers import CouponOffer, Line, NextPiece, Offers, Scope, SpendAndSave, Tier
from tenants.promotions.pricing import PricedCart, Source, price_cart

FRUIT, MEAT = UUID(int=101), UUID(int=102)
APPLE, LAMB, EGGS = UUID(int=1), UUID(int=2), UUID(int=3)
EVERYTHING = Scope()


def _line(key: str, product: UUID, price: int, quantity: int = 1, group: str = "today", **more: object) -> Line:
    return Line(key=key, group=group, product=product, quantity=quantity, campaign_minor=price, **more)  # type: ignore[arg-type]


def _nets(cart: PricedCart) -> dict[str, int]:
    return {str(line.key): line.net_minor for line in cart.lines}


def test_the_lower_of_campaign_and_member_price_is_taken_and_said() -> None:
    cart = price_cart(
        [_line("a", APPLE, 1990, 2, member_minor=1890), _line("b", EGGS, 990, member_minor=1090)], Offers()
    )
    assert [(line.unit_minor, line.is_member_price) for line in cart.lines] == [(1890, True), (990, False)]
    assert cart.total_minor == 2 * 1890 + 990


def test_the_second_piece_at_half_price_counts_pairs_only() -> None:
    half = NextPiece(UUID(int=9), "第二件半价", Scope(products=frozenset([APPLE])), every=2, off_ppm=500_000)
    cart = price_cart([_line("a", APPLE, 1995, 5), _line("b", LAMB, 3500, 2)], Offers(next_pieces=(half,)))
    assert _nets(cart) == {"a": 5 * 1995 - 2 * 998, "b": 7000}


def test_spend_and_save_takes_the_highest_tier_of_each_group_and_spreads_it() -> None:
    offer = SpendAndSave(UUID(int=9), "满50减5，满100减15", EVERYTHING, (Tier(5000, 500), Tier(10000, 1500)))
    lines = [
        _line("a", APPLE, 3333),
        _line("b", LAMB, 3333),
        _line("c", EGGS, 3334),
        _line("d", EGGS, 4999, group="tomorrow"),
    ]
    cart = price_cart(lines, Offers(spend_and_save=(offer,)))
    assert _nets(cart) == {"a": 2833, "b": 2833, "c": 2834, "d": 4999}
    assert [(group.group, group.off_minor) for group in cart.groups] == [("today", 1500), ("tomorrow", 0)]


def test_of_two_spend_and_saves_the_better_counts_never_both() -> None:
    small = SpendAndSave(UUID(int=8), "满减", EVERYTHING, (Tier(1000, 100),))
    large = SpendAndSave(UUID(int=9), "水果满减", Scope(categories=frozenset([FRUIT])), (Tier(1000, 300),))
    lines = [
        _line("a", APPLE, 2000, categories=frozenset([FRUIT])),
        _line("b", LAMB, 2000, categories=frozenset([MEAT])),
    ]
    assert _nets(price_cart(lines, Offers(spend_and_save=(small, large)))) == {"a": 1700, "b": 2000}


def test_a_coupon_counts_what_is_left_after_the_earlier_steps() -> None:
    save = SpendAndSave(UUID(int=8), "满50减10", EVERYTHING, (Tier(5000, 1000),))
    coupon = CouponOffer(UUID(int=9), "满45减5", EVERYTHING, threshold_minor=4500, off_minor=500)
    cart = price_cart([_line("a", APPLE, 5000)], Offers(spend_and_save=(save,), coupon=coupon))
    assert cart.coupon_problem == "threshold"
    assert cart.total_minor == 4000
    cart = price_cart([_line("a", APPLE, 5500)], Offers(spend_and_save=(save,), coupon=coupon))
    assert cart.total_minor == 4000


def test_a_percent_coupon_stops_at_its_cap_and_skips_what_is_excluded() -> None:
    scope = Scope(excluded_products=frozenset([LAMB]))
    coupon = CouponOffer(UUID(int=9), "九折", scope, off_ppm=100_000, cap_minor=300)
    lines = [_line("a", APPLE, 2000), _line("b", LAMB, 9000)]
    assert _nets(price_cart(lines, Offers(coupon=coupon))) == {"a": 1800, "b": 9000}
    lines[0] = _line("a", APPLE, 8000)
    assert _nets(price_cart(lines, Offers(coupon=coupon))) == {"a": 7700, "b": 9000}
    assert price_cart([lines[1]], Offers(coupon=coupon)).coupon_problem == "scope"


def test_points_come_last_and_delivery_is_never_discounted() -> None:
    cart = price_cart([_line("a", APPLE, 300)], Offers(points_minor=1000, delivery_minor=(("today", 500),)))
    assert (cart.off_minor, cart.delivery_minor, cart.total_minor) == (300, 500, 500)


@pytest.mark.parametrize("bad", [{"quantity": 0}, {"quantity": -1}, {"campaign_minor": -1}])
def test_a_basket_that_cannot_be_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="line"):
        price_cart([replace(_line("a", APPLE, 100), **bad)], Offers())


_PRODUCTS = [UUID(int=n) for n in range(1, 6)]
_scopes = st.builds(
    Scope,
    products=st.frozensets(st.sampled_from(_PRODUCTS), max_size=2),
    categories=st.frozensets(st.sampled_from([FRUIT, MEAT]), max_size=1),
    excluded_products=st.frozensets(st.sampled_from(_PRODUCTS), max_size=2),
)
_ids = st.integers(1, 50).map(lambda n: UUID(int=n))
_lines = st.lists(
    st.builds(
        Line,
        key=st.integers(0, 99),
        group=st.sampled_from(["today", "tomorrow", "express"]),
        product=st.sampled_from(_PRODUCTS),
        quantity=st.integers(1, 99),
        campaign_minor=st.integers(0, 99_999),
        member_minor=st.none() | st.integers(0, 99_999),
        categories=st.frozensets(st.sampled_from([FRUIT, MEAT])),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda line: line.key,
)


def _own_id(offer: NextPiece | SpendAndSave) -> UUID:
    return offer.id


_tiers = st.lists(st.builds(Tier, st.integers(0, 100_000), st.integers(0, 50_000)), max_size=3).map(tuple)
_offers = st.builds(
    Offers,
    next_pieces=st.lists(
        st.builds(NextPiece, _ids, st.just("n"), _scopes, st.integers(1, 4), st.integers(0, 1_000_000)),
        max_size=2,
        unique_by=_own_id,
    ).map(tuple),
    spend_and_save=st.lists(
        st.builds(SpendAndSave, _ids, st.just("s"), _scopes, _tiers), max_size=3, unique_by=_own_id
    ).map(tuple),
    coupon=st.none()
    | st.builds(
        CouponOffer,
        _ids,
        st.just("c"),
        _scopes,
        threshold_minor=st.integers(0, 100_000),
        off_minor=st.integers(0, 50_000),
        off_ppm=st.integers(0, 1_000_000),
        cap_minor=st.none() | st.integers(0, 10_000),
    ),
    points_minor=st.integers(0, 100_000),
    delivery_minor=st.just((("today", 500), ("express", 1200))),
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # drawing the offers is slow on a busy machine
@given(_lines, _offers)
def test_every_basket_adds_up(lines: list[Line], offers: Offers) -> None:
    cart = price_cart(lines, offers)
    for line in cart.lines:
        assert 0 <= line.net_minor <= line.total_minor == line.unit_minor * line.quantity
        assert line.net_minor == line.total_minor - sum(share.off_minor for share in line.shares)
        assert all(share.off_minor > 0 for share in line.shares)
    assert cart.goods_minor - cart.off_minor + cart.delivery_minor == cart.total_minor
    assert cart.total_minor == sum(group.total_minor for group in cart.groups)
    assert [line.key for line in cart.lines] == [line.key for line in lines]
    points = sum(s.off_minor for line in cart.lines for s in line.shares if s.source == Source.POINTS)
    assert points <= offers.points_minor


@given(_lines, _offers, st.randoms(use_true_random=False))
def test_the_order_of_lines_and_offers_changes_nothing(lines: list[Line], offers: Offers, random: Random) -> None:
    mixed = random.sample(lines, len(lines))
    other = Offers(
        next_pieces=tuple(random.sample(offers.next_pieces, len(offers.next_pieces))),
        spend_and_save=tuple(random.sample(offers.spend_and_save, len(offers.spend_and_save))),
        coupon=offers.coupon,
        points_minor=offers.points_minor,
        delivery_minor=offers.delivery_minor,
    )
    one, two = price_cart(lines, offers), price_cart(mixed, other)
    assert {line.key: line for line in one.lines} == {line.key: line for line in two.lines}
    assert one.total_minor == two.total_minor


@given(_lines, _offers)
def test_a_better_coupon_is_never_dearer(lines: list[Line], offers: Offers) -> None:
    if offers.coupon is None or not offers.coupon.off_minor:
        return
    coupon = offers.coupon
    better = CouponOffer(
        coupon.id, coupon.name, coupon.scope, coupon.threshold_minor, coupon.off_minor + 100, 0, coupon.cap_minor
    )
    same = CouponOffer(
        coupon.id, coupon.name, coupon.scope, coupon.threshold_minor, coupon.off_minor, 0, coupon.cap_minor
    )
    assert _with(offers, better, lines) <= _with(offers, same, lines)


def _with(offers: Offers, coupon: CouponOffer, lines: list[Line]) -> int:
    return price_cart(
        lines, Offers(offers.next_pieces, offers.spend_and_save, coupon, offers.points_minor, offers.delivery_minor)
    ).total_minor
