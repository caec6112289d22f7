"""A parcel costs what a person with a pencil says, never less for more weight, and goes where its address lies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.delivery.freight import Freight, Parcel, freight_kept, freight_to, weight_text
from tenants.delivery.freight_desk import words_in
from tenants.delivery.models import Address, FreightZone
from tenants.delivery.zones import PROVINCES, SHORT_NAMES, is_vague, zone_of

AMOUNTS = st.integers(0, 100_000)
GRAMS = st.integers(0, 200_000)


@st.composite
def zones(draw: st.DrawFn) -> FreightZone:
    weights = st.integers(1, 5_000)
    return FreightZone(
        name="江浙沪",
        first_grams=draw(weights),
        first_minor=draw(AMOUNTS),
        step_grams=draw(weights),
        step_minor=draw(AMOUNTS),
        free_from_minor=draw(st.none() | AMOUNTS),
    )


def by_hand(zone: FreightZone, grams: int, goods_minor: int) -> int:
    """Put one step after another on the scale until it holds the parcel."""
    if zone.free_from_minor is not None and goods_minor >= zone.free_from_minor:
        return 0
    fee, holds = zone.first_minor, zone.first_grams
    while holds < grams:
        fee, holds = fee + zone.step_minor, holds + zone.step_grams
    return fee


class TestFee:
    @given(zone=zones(), grams=st.integers(0, 30_000), goods=AMOUNTS)
    def test_is_what_a_person_works_out(self, zone: FreightZone, grams: int, goods: int) -> None:
        freight = freight_to(zone, parcel=Parcel(grams), goods_minor=goods)
        assert freight.fee_minor == by_hand(zone, grams, goods)
        assert sum(step.amount_minor for step in freight.explained("CNY")) == freight.fee_minor

    @given(zone=zones(), grams=GRAMS, more=GRAMS, goods=AMOUNTS)
    def test_never_falls_with_weight(self, zone: FreightZone, grams: int, more: int, goods: int) -> None:
        light, heavy = (freight_to(zone, parcel=Parcel(weight), goods_minor=goods) for weight in (grams, grams + more))
        assert light.fee_minor <= heavy.fee_minor

    @given(zone=zones(), grams=GRAMS, goods=AMOUNTS)
    def test_is_read_again_as_it_was_kept(self, zone: FreightZone, grams: int, goods: int) -> None:
        freight = freight_to(zone, parcel=Parcel(grams, 2), goods_minor=goods)
        assert freight_kept(freight.kept) == freight
        assert freight_kept(None) is None

    def test_is_told_step_by_step(self) -> None:
        freight = Freight("江浙沪", 2600, 1, 1000, 800, 1000, 200, 9900, is_free=True)
        assert [(step.sentence, step.amount_minor) for step in freight.explained("CNY")] == [
            ("江浙沪，商品共重 2.6 kg（1 件没填重量，每件按 500 g 算）", 0),
            ("首重 1 kg", 800),
            ("续重 2 × 1 kg", 400),
            ("满 ¥99.00 免运费", -1200),
        ]

    @pytest.mark.parametrize(
        ("grams", "text"), [(5, "5 g"), (999, "999 g"), (1000, "1 kg"), (1050, "1.05 kg"), (10_000, "10 kg")]
    )
    def test_weights_are_written_as_people_say_them(self, grams: int, text: str) -> None:
        assert weight_text(grams) == text


def an_area(name: str, *words: str, is_default: bool = False) -> FreightZone:
    return FreightZone(name=name, words=list(words), is_default=is_default)


def lying(city: str, *, province: str = "", district: str = "") -> Address:
    return Address(province=province, city=city, district=district)


AREAS = (
    an_area("默认", is_default=True),
    an_area("江浙沪", "江苏", "浙江省", "上海"),
    an_area("苏州", "苏州"),
    an_area("园区", "工业园区"),
    an_area("远", "新疆", "西藏", "内蒙古", "海南"),
)


class TestZone:
    @pytest.mark.parametrize(
        ("address", "zone"),
        [
            (lying("杭州市", province="浙江省"), "江浙沪"),
            (lying("杭州市", province="浙江"), "江浙沪"),
            (lying("浙江省杭州市"), "江浙沪"),
            (lying("上海市"), "江浙沪"),
            (lying("上海市", province="上海"), "江浙沪"),
            (lying("苏州市", province="江苏省"), "苏州"),
            (lying("苏州市"), "苏州"),
            (lying("苏州市", province="江苏省", district="工业园区"), "园区"),
            (lying("乌鲁木齐市", province="新疆维吾尔自治区"), "远"),
            (lying("内蒙古自治区呼和浩特市"), "远"),
            (lying("海口市", province="海南省"), "远"),
            (lying("海南藏族自治州", province="青海省"), "默认"),
            (lying("武汉市", province="湖北省"), "默认"),
            (lying("Penang", province="Pulau Pinang"), "默认"),
        ],
    )
    def test_is_the_one_that_names_the_address_best(self, address: Address, zone: str) -> None:
        found = zone_of(address, AREAS)
        assert found is not None
        assert found.name == zone
        assert not is_vague(address, AREAS)

    def test_is_none_where_nobody_names_it_and_there_is_no_default(self) -> None:
        assert zone_of(lying("武汉市", province="湖北省"), AREAS[1:]) is None
        assert zone_of(lying("武汉市"), ()) is None

    def test_is_asked_for_the_province_only_where_it_tells(self) -> None:
        assert is_vague(lying("杭州市"), AREAS)
        assert not is_vague(lying("苏州市"), AREAS)
        assert not is_vague(lying("杭州市"), AREAS[:1])

    def test_provinces_are_all_there_once(self) -> None:
        assert len(set(PROVINCES)) == 34


def test_places_are_read_as_people_divide_them() -> None:
    assert words_in(" 上海、江苏, 浙江，上海；苏州\n杭州 ") == ("上海", "江苏", "浙江", "苏州", "杭州")
    assert words_in(" ") == ()


def test_short_names_are_written_out_because_no_address_begins_with_them() -> None:
    assert words_in("江浙沪、鲁") == ("江苏", "浙江", "上海", "山东")
    assert words_in("沪 上海") == ("上海",)
    assert {name for names in SHORT_NAMES.values() for name in names} == set(PROVINCES)
    assert (SHORT_NAMES["蒙"], SHORT_NAMES["琼"], SHORT_NAMES["澳"]) == (("内蒙古",), ("海南",), ("澳门",))
