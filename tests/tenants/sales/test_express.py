"""An express costs what its goods weigh and where they go, and leaves with a number; its fee ends by one rule."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kit.errors import Refused
from kit.tenancy import StoreRef
from tenants.catalog.models import Product, Sku
from tenants.delivery.freight_desk import (
    DefaultThere,
    NoZones,
    WeightWrong,
    WordTaken,
    ZoneDraft,
    ZoneMissing,
    ZoneNamesNothing,
    example_fees,
    forget_zone,
    save_zone,
    switch_express,
)
from tenants.delivery.models import FreightZone, WayKind
from tenants.delivery.ways import Wanted, all_ways, cheapest_zone, words_about
from tenants.fulfilment.selectors import codes_of_orders, pickups_of_member
from tenants.fulfilment.services.dispatch import NeedsTracking, NumberWrong, Tracking, dispatch_order
from tenants.fulfilment.services.hand_over import HandedLine, hand_over
from tenants.members.models import Member
from tenants.orders.models import Order, OrderState
from tenants.orders.selectors import timeline_of
from tenants.sales.books import check
from tenants.sales.services.cancel_order import cancel_order
from tenants.sales.services.deliver_order import deliver_order
from tenants.sales.services.place_order import CannotDeliver, Contact, PriceChanged, place_order
from tenants.sales.services.quote_lines import Quote, WantedLine, quote_lines
from tenants.sales.services.unclaimed import look_for_unclaimed
from tenants.sales.services.watch_payments import watch_payments
from tests.factories.campaigns import an_offer, an_open_campaign
from tests.factories.catalog import a_product
from tests.factories.checkouts import a_checkout, an_offer_for, orders_of
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order, the_visit_of
from tests.factories.times import NOW, later
from tests.tenants.sales.test_delivery import an_address, paid, sales_of
from tests.tenants.sales.test_sourcing import BOSS
from tests.tenants.sales.test_unclaimed import REMINDED

SF = Tracking("顺丰速运", "sf 1234567890")


def a_zone(name: str = "江浙沪", words: tuple[str, ...] = ("浙江",), **other: Any) -> FreightZone:
    """A kilogram costs 8.00, each further one 2.00."""
    usual: dict[str, Any] = {"is_default": False, "first_grams": 1000, "first_minor": 800}
    usual |= {"step_grams": 1000, "step_minor": 200}
    zone_id = other.pop("zone_id", None)
    return save_zone(draft=ZoneDraft(name, words, **{**usual, **other}), now=NOW, by_name="老板", zone_id=zone_id)


def express(member: Member, **place: Any) -> Wanted:
    """Express to 杭州, offered by the store."""
    if not FreightZone.objects.exists():
        a_zone()
    switch_express(is_on=True, now=NOW, by_name="老板")
    return Wanted(WayKind.EXPRESS, an_address(member, None, **{"province": "浙江省", **place}).pk)


def weighing(grams: int | None, *, storage: str = "", title: str = "洛川苹果") -> Sku:
    sku = a_product(title=title)
    Sku.objects.filter(pk=sku.pk).update(weight_grams=grams)
    Product.objects.filter(pk=sku.product_id).update(storage=storage)
    return sku


def quoted(*skus: Sku, quantity: int = 1, **place: Any) -> Quote:
    member = a_member()
    items = an_open_campaign(*skus).items.all()
    return quote_lines(
        lines=[WantedLine(item.pk, quantity) for item in items],
        member=member,
        pickup_point_id=a_leader_with_point().pk,
        now=NOW,
        wanted_delivery=express(member, **place),
    )


def sent(*, quantity: int = 2, fee: int = 800, sku: Sku | None = None, **place: Any) -> Order:
    """Pieces of 12.90 that go by express."""
    member = a_member()
    return place_order(
        member=member,
        pickup_point_id=a_leader_with_point().pk,
        lines=[WantedLine(an_open_campaign(sku or weighing(500)).items.get().pk, quantity)],
        contact=Contact(name="王阿姨", phone="13800000000"),
        remark="",
        expected_total_minor=1290 * quantity + fee,
        key="tap",
        now=NOW,
        delivery=express(member, **place),
    )


def send(order: Order, tracking: Tracking | None = SF, actor: Any = BOSS) -> Order:
    return dispatch_order(order_id=order.pk, tracking=tracking, actor=actor, now=NOW)


class TestQuote:
    def test_goes_by_what_the_days_goods_weigh_together(self, in_acme: StoreRef) -> None:
        quote = quoted(weighing(1100), weighing(150), quantity=2)
        assert (quote.delivery_minor, quote.total_minor, quote.can_order) == (1200, 4 * 1290 + 1200, True)
        (freight,) = quote.freights.values()
        assert (freight.grams, freight.guessed, freight.steps) == (2500, 0, 2)

    def test_a_piece_nobody_weighed_counts_as_a_pound(self, in_acme: StoreRef) -> None:
        (freight,) = quoted(weighing(None), weighing(700)).freights.values()
        assert (freight.grams, freight.guessed) == (1200, 1)

    def test_a_box_of_them_weighs_so_many_and_the_scale_knows_its_own(self, in_acme: StoreRef) -> None:
        base, weighed = a_product(), weighing(None)
        box = Sku.objects.create(product=base.product, label="箱", price_minor=1290, base_sku=base, factor=4)
        Sku.objects.filter(pk=weighed.pk).update(estimated_grams=650, weighed_per_grams=500, weighed_price_minor=990)
        quote = quoted(box, weighed)
        assert [(one.grams, one.guessed) for one in quote.freights.values()] == [(2650, 4)]

    def test_enough_goods_travel_for_nothing(self, in_acme: StoreRef) -> None:
        a_zone(free_from_minor=2580)
        assert quoted(weighing(500), quantity=2).delivery_minor == 0
        assert quoted(weighing(500), quantity=1).delivery_minor == 800

    def test_the_zone_decides_and_where_none_goes_it_is_said(self, in_acme: StoreRef) -> None:
        a_zone()
        a_zone("西北", ("新疆",), first_minor=2500, is_on=False)
        assert quoted(weighing(500)).delivery_minor == 800
        for province, city in (("新疆", "伊宁市"), ("湖北省", "武汉市")):
            quote = quoted(weighing(500), province=province, city=city)
            assert (quote.delivery_problem, quote.can_order) == ("暂不配送到这里", False)
        a_zone("其他", (), is_default=True, first_minor=1500)
        assert quoted(weighing(500), province="湖北省", city="武汉市").delivery_minor == 1500

    def test_an_address_without_its_province_is_asked_for_it(self, in_acme: StoreRef) -> None:
        quote = quoted(weighing(500), province="")
        assert quote.delivery_problem == "请编辑收货地址补上省份，才能算快递费"

    def test_what_must_stay_cold_is_named(self, in_acme: StoreRef) -> None:
        goods = (
            weighing(500, storage="冷藏", title="鲜牛奶"),
            weighing(500, storage="常温"),
            weighing(500, storage="冷冻"),
        )
        quote = quoted(*goods)
        assert (quote.delivery_problem, quote.can_order) == ("「鲜牛奶」、「洛川苹果」要冷藏或冷冻，不能走快递", False)
        assert quoted(weighing(500, storage="常温")).delivery_problem == ""

    def test_off_is_off(self, in_acme: StoreRef) -> None:
        member = a_member()
        wanted = express(member)
        switch_express(is_on=False, now=NOW, by_name="老板")
        quote = quote_lines(
            lines=[WantedLine(an_offer().pk, 1)],
            member=member,
            pickup_point_id=a_leader_with_point().pk,
            now=NOW,
            wanted_delivery=wanted,
        )
        assert (quote.delivery_problem, quote.delivery_minor) == ("本店暂不支持这种配送方式", 0)


class TestOrder:
    def test_keeps_how_its_fee_came_about(self, in_acme: StoreRef) -> None:
        order = sent(quantity=4, fee=1000)
        a_zone("江浙沪", ("浙江",), first_minor=9900, zone_id=FreightZone.objects.get().pk)
        order.refresh_from_db()
        assert order.freight is not None
        assert (order.delivery, order.delivery_minor, order.freight["grams"]) == ("express", 1000, 2000)
        assert order.address is not None
        assert order.address["text"] == "浙江省杭州市文三路 1 号 2-301"
        assert order.state_label(NOW) == "待付款"
        assert paid(order).state_label(NOW) == "待发货"

    def test_a_fee_that_moved_is_told(self, in_acme: StoreRef) -> None:
        with pytest.raises(PriceChanged):
            sent(fee=500)

    @pytest.mark.parametrize(
        ("place", "storage", "sentence"),
        [
            ({"province": "湖北省"}, "", "暂不配送到这里"),
            ({"province": ""}, "", "补上省份"),
            ({}, "冷冻", "不能走快递"),
        ],
    )
    def test_what_cannot_go_is_refused_with_its_reason(
        self, in_acme: StoreRef, place: dict[str, Any], storage: str, sentence: str
    ) -> None:
        with pytest.raises(CannotDeliver, match=sentence):
            sent(sku=weighing(500, storage=storage), **place)
        assert Order.objects.count() == 0

    def test_of_a_checkout_each_day_is_a_parcel_of_its_own(self, in_acme: StoreRef) -> None:
        member = a_member()
        items = an_offer_for(0, title="苹果"), an_offer_for(1)
        checkout = a_checkout((items[0], 5), (items[1], 1), member=member, expected=7940, delivery=express(member))
        assert [order.delivery_minor for order in orders_of(checkout)] == [1200, 800]
        assert [order.freight and order.freight["grams"] for order in orders_of(checkout)] == [2500, 500]

    def test_what_is_fetched_reads_nothing_of_it(self, in_acme: StoreRef) -> None:
        member = a_member()
        wanted, item, point = express(member), an_offer(), a_leader_with_point()
        for delivery, reads in ((None, 0), (wanted, 1)):
            with CaptureQueriesContext(connection) as captured:
                quote_lines(
                    lines=[WantedLine(item.pk, 1)],
                    member=member,
                    pickup_point_id=point.pk,
                    now=NOW,
                    wanted_delivery=delivery,
                )
            assert sum("delivery_freightzone" in query["sql"] for query in captured) == reads
            assert sum("delivery_deliveryslot" in query["sql"] for query in captured) == 0


class TestSending:
    def test_needs_a_courier_and_a_number(self, in_acme: StoreRef) -> None:
        order = paid(sent())
        for tracking in (None, Tracking("顺丰", " "), Tracking(" ", "SF1234567")):
            with pytest.raises(NeedsTracking):
                send(order, tracking)
        for number in ("123", "单号1234567", "1" * 41):
            with pytest.raises(NumberWrong):
                send(order, Tracking("顺丰", number))
        order.refresh_from_db()
        assert (order.dispatched_at, order.tracking_number) == (None, "")

    def test_is_told_and_earns_the_fee(self, in_acme: StoreRef) -> None:
        order = send(paid(sent()))
        assert (order.courier, order.tracking_number) == ("顺丰速运", "SF1234567890")
        assert (order.state_label(NOW), sales_of(order)) == ("已发货", 800)
        assert timeline_of(order)[-1].sentence == "顺丰速运 已揽件，单号 SF1234567890"

    def test_a_wrong_number_is_put_right_and_both_stay_in_the_story(self, in_acme: StoreRef) -> None:
        order = paid(sent())
        for number in ("SF0000001", "SF0000001", "SF0000002"):
            send(order, Tracking("顺丰速运", number))
        order.refresh_from_db()
        assert (order.tracking_number, sales_of(order)) == ("SF0000002", 800)
        told = [(one.sentence, one.by_name) for one in timeline_of(order)][-2:]
        assert told == [
            ("顺丰速运 已揽件，单号 SF0000001", BOSS.name),
            ("快递更正为 顺丰速运，单号 SF0000002", BOSS.name),
        ]

    def test_nobody_says_it_arrived_before_it_left(self, in_acme: StoreRef) -> None:
        order = paid(sent())
        visit, line = the_visit_of(order), order.lines.get()
        with pytest.raises(NeedsTracking):
            deliver_order(order_id=order.pk, by_name="小张", now=NOW)
        with pytest.raises(NeedsTracking):
            hand_over(pickup_id=visit.pk, leader=order.leader, lines=[HandedLine(line.pk, 2)], by_name="李姐", now=NOW)
        send(order)
        assert deliver_order(order_id=order.pk, by_name="小张", now=NOW).state == OrderState.PICKED_UP
        assert sales_of(order) == 3380

    def test_passes_no_point(self, in_acme: StoreRef) -> None:
        order = paid(sent())
        assert codes_of_orders([order]) == {}
        assert pickups_of_member(member=order.member, now=NOW) == []
        fetched = a_paid_order(member=order.member, point=order.pickup_point)
        (visit,) = pickups_of_member(member=order.member, now=NOW)
        assert [line.order_id for line in visit.lines] == [fetched.pk]


class TestUnclaimed:
    def test_what_is_brought_waits_for_nobody(self, in_acme: StoreRef, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tenants.sales.services.unclaimed.send_store_sms.delay", lambda **words: None)
        order = paid(sent())
        assert look_for_unclaimed(now=REMINDED) == 0
        a_paid_order(member=order.member, point=order.pickup_point)
        assert look_for_unclaimed(now=REMINDED) == 1
        assert [one.what for one in timeline_of(order)][-1] == "order.paid"


class TestFee:
    def test_goes_back_with_the_whole_order_before_it_leaves(self, in_acme: StoreRef) -> None:
        order = paid(sent())
        cancel_order(order_id=order.pk, member=order.member, reason="", now=NOW)
        watch_payments(now=later(minutes=1))
        order.refresh_from_db()
        assert (order.state, order.refunded_minor) == (OrderState.CANCELLED, 3380)

    def test_is_earned_once_it_left(self, in_acme: StoreRef) -> None:
        order = send(paid(sent()))
        cancel_order(order_id=order.pk, member=order.member, reason="", now=NOW)
        watch_payments(now=later(minutes=1))
        order.refresh_from_db()
        assert (order.refunded_minor, sales_of(order)) == (2580, 800)


class TestBooks:
    @pytest.mark.parametrize(
        ("bend", "count"),
        [
            (lambda order: {"freight": {**order.freight, "grams": 1001}}, 1),
            (lambda order: {"freight": {**order.freight, "is_free": True}}, 1),
            (lambda order: {"freight": None}, 2),
            (lambda order: {"delivery": "next_day"}, 1),
            (lambda order: {"tracking_number": ""}, 1),
        ],
    )
    def test_a_fee_its_weight_does_not_explain_and_a_parcel_without_a_number_are_found(
        self, in_acme: StoreRef, broken_books: None, bend: Any, count: int
    ) -> None:
        order = send(paid(sent()))
        assert check(NOW) == []
        Order.objects.filter(pk=order.pk).update(**bend(order))
        assert [finding.subject for finding in check(NOW)] == [order.number] * count


class TestDesk:
    @pytest.mark.parametrize(
        ("words", "refusal"),
        [
            ({"words": ("上海", "浙江")}, WordTaken),
            ({"words": ()}, ZoneNamesNothing),
            ({"words": (), "is_default": True}, DefaultThere),
            ({"words": ("上海",), "first_grams": 0}, WeightWrong),
            ({"words": ("上海",), "step_grams": 1_000_001}, WeightWrong),
        ],
    )
    def test_what_cannot_be_is_refused(self, in_acme: StoreRef, words: dict[str, Any], refusal: type[Refused]) -> None:
        first = a_zone()
        a_zone("其他", ("不算",), is_default=True)
        with pytest.raises(refusal):
            a_zone("又一个", **words)
        assert a_zone("改名", ("浙江", "上海"), zone_id=first.pk).name == "改名"
        assert [zone.words for zone in FreightZone.objects.all()] == [["浙江", "上海"], []]

    def test_is_not_offered_to_nowhere(self, in_acme: StoreRef) -> None:
        with pytest.raises(NoZones):
            switch_express(is_on=True, now=NOW, by_name="老板")
        zone = a_zone()
        switch_express(is_on=True, now=NOW, by_name="老板")
        forget_zone(zone_id=zone.pk, now=NOW, by_name="老板")
        with pytest.raises(ZoneMissing):
            forget_zone(zone_id=zone.pk, now=NOW, by_name="老板")
        assert cheapest_zone() is None

    def test_says_what_it_costs(self, in_acme: StoreRef) -> None:
        zone = a_zone()
        way = next(one for one in all_ways() if one.kind == WayKind.EXPRESS)
        assert words_about(way, cheapest_zone()) == "按重量和地区算运费，首重 1 kg ¥8.00 起"
        assert words_about(way) == "按重量和地区算运费"
        assert example_fees(zone) == [(1000, 800), (3000, 1200), (10_000, 2600)]
