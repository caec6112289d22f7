"""An order reserves everything it promises, or nothing at all."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.campaigns.models import CampaignItem, CampaignState
from tenants.catalog.models import ProductState
from tenants.inventory.models import Stock
from tenants.leaders.models import LeaderState, PickupPoint
from tenants.members.models import Member
from tenants.orders import services as order_services
from tenants.orders.models import Order, OrderState
from tenants.sales.services.cancel_order import cancel_order
from tenants.sales.services.place_order import (
    CampaignClosed,
    Contact,
    EmptyOrder,
    LimitReached,
    MixedPickupDays,
    NumbersUsedUp,
    OutOfStock,
    PointClosed,
    PriceChanged,
    place_order,
)
from tenants.sales.services.quote_lines import WantedLine
from tests.factories.campaigns import an_item_of, an_offer, an_open_campaign
from tests.factories.catalog import a_product
from tests.factories.leaders import a_leader_with_point, a_point_of
from tests.factories.members import a_member
from tests.factories.orders import a_pending_order
from tests.factories.times import NOW, TOMORROW


def place(
    *lines: tuple[CampaignItem, int],
    member: Member | None = None,
    point: PickupPoint | None = None,
    point_id: UUID | None = None,
    expected: int | None = None,
    key: str = "tap-1",
    now: object = NOW,
) -> Order:
    return place_order(
        member=member or a_member(),
        pickup_point_id=point_id or (point or a_leader_with_point()).id,
        lines=[WantedLine(item.id, quantity) for item, quantity in lines],
        contact=Contact(name="王阿姨", phone="13800000000"),
        remark="放门口",
        expected_total_minor=sum(i.price_minor * q for i, q in lines) if expected is None else expected,
        key=key,
        now=now,  # type: ignore[arg-type]
    )


def stock_of(item: CampaignItem) -> tuple[int, int]:
    stock = Stock.objects.get(sku=item.sku_id)
    return stock.on_hand, stock.reserved


def taken_of(item: CampaignItem) -> int:
    item.refresh_from_db()
    return item.taken


class TestPlaceOrder:
    def test_reserves_the_stock_and_quota_of_each_line(self, in_acme: StoreRef) -> None:
        apples, pears = an_offer(in_stock=10), an_offer(title="丰水梨", in_stock=5, quota=4, price_minor=990)

        order = place((apples, 2), (pears, 3))

        assert order.state == OrderState.PENDING_PAYMENT
        assert order.total_minor == 2 * 1290 + 3 * 990
        assert stock_of(apples) == (10, 2)
        assert stock_of(pears) == (5, 3)
        assert (taken_of(apples), taken_of(pears)) == (2, 3)

    def test_copies_what_was_agreed(self, in_acme: StoreRef) -> None:
        item, point = an_offer(), a_leader_with_point(name="李姐", point="阳光花园")

        order = place((item, 1), point=point)
        PickupPoint.objects.update(name="搬走了", address="别处")
        CampaignItem.objects.update(price_minor=1)
        order.refresh_from_db()

        assert (order.point_name, order.point_address) == ("阳光花园", "杭州市西湖区阳光花园 3 幢 101")
        assert (order.leader_name, order.leader_phone) == ("李姐", point.leader.phone)
        line = order.lines.get()
        assert (line.title, line.sku_label, line.unit_price_minor) == ("洛川苹果", "500g/份", 1290)

    def test_holds_the_goods_for_fifteen_minutes(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        assert order.expires_at == NOW + timedelta(minutes=15)

    def test_numbers_by_the_stores_own_day(self, in_acme: StoreRef) -> None:
        late_evening_in_utc = NOW.replace(hour=16, minute=30)  # past midnight in Shanghai

        order = place((an_offer(), 1), now=late_evening_in_utc - timedelta(hours=2))
        assert order.number.startswith("261120")
        campaign = an_open_campaign(cutoff_at=NOW + timedelta(days=1))
        order = place((campaign.items.get(), 1), now=late_evening_in_utc)
        assert order.number.startswith("261121")
        assert len(order.number) == 14

    def test_gives_the_same_order_for_the_same_key(self, in_acme: StoreRef) -> None:
        item, member = an_offer(in_stock=10), a_member()

        first = place((item, 2), member=member, key="tap-1")
        again = place((item, 2), member=member, key="tap-1")
        other = place((item, 2), member=member, key="tap-2")

        assert first == again != other
        assert stock_of(item) == (10, 4)

    def test_remembers_a_key_though_the_campaign_is_over(self, in_acme: StoreRef) -> None:
        item, member = an_offer(), a_member()
        first = place((item, 1), member=member, key="tap-1")

        again = place((item, 1), member=member, key="tap-1", now=NOW + timedelta(days=1))

        assert again == first

    def test_lets_two_members_use_the_same_key(self, in_acme: StoreRef) -> None:
        item = an_offer()
        assert place((item, 1), key="1") != place((item, 1), key="1")

    def test_draws_again_when_a_number_is_taken(self, in_acme: StoreRef, monkeypatch: pytest.MonkeyPatch) -> None:
        drawn = iter(["11111111", "11111111", "22222222"])
        monkeypatch.setattr(order_services, "new_digits", lambda count: next(drawn))
        item = an_offer()

        first, second = place((item, 1), key="1"), place((item, 1), key="2")

        assert (first.number, second.number) == ("26112011111111", "26112022222222")

    def test_stops_when_every_number_is_taken(self, in_acme: StoreRef, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(order_services, "new_digits", lambda count: "11111111")
        item = an_offer()
        place((item, 1), key="1")

        with pytest.raises(NumbersUsedUp):
            place((item, 1), key="2")

    def test_is_a_handful_of_statements(self, in_acme: StoreRef) -> None:
        offers = [an_offer(title=f"水果 {number}", per_member_limit=5) for number in range(8)]
        member, point = a_member(), a_leader_with_point()

        with CaptureQueriesContext(connection) as captured:
            place(*[(offer, 1) for offer in offers], member=member, point=point)

        statements = [q["sql"] for q in captured if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "SET "))]
        assert len(statements) <= 10


class TestGoodsRunOut:
    def test_says_how_many_are_left(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=2)

        with pytest.raises(OutOfStock) as refused:
            place((item, 3))

        (line,) = refused.value.facts["lines"]
        assert line["campaign_item_id"] == str(item.id)
        assert (line["code"], line["sentence"], line["available"]) == ("not_enough", "只剩 2 份", 2)
        assert str(refused.value) == "洛川苹果：只剩 2 份"
        assert stock_of(item) == (2, 0)

    def test_says_so_in_english_too(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=2)

        with override("en"), pytest.raises(OutOfStock) as refused:
            place((item, 3))

        assert str(refused.value) == "洛川苹果: Only 2 left"

    def test_says_that_nothing_is_left(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=1)
        place((item, 1), key="first")

        with pytest.raises(OutOfStock) as refused:
            place((item, 1), key="second")

        (line,) = refused.value.facts["lines"]
        assert (line["code"], line["sentence"]) == ("sold_out", "刚刚被抢完了")

    def test_obeys_the_quota_though_there_is_stock(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=100, quota=3)
        place((item, 2), key="first")

        with pytest.raises(OutOfStock) as refused:
            place((item, 2), key="second")

        assert refused.value.facts["lines"][0]["sentence"] == "只剩 1 份"
        assert taken_of(item) == 2

    def test_reserves_nothing_when_one_line_is_short(self, in_acme: StoreRef) -> None:
        plenty, scarce = an_offer(in_stock=9), an_offer(title="车厘子", in_stock=1)

        with pytest.raises(OutOfStock) as refused:
            place((plenty, 1), (scarce, 2))

        assert [line["title"] for line in refused.value.facts["lines"]] == ["车厘子"]
        assert (stock_of(plenty), stock_of(scarce)) == ((9, 0), (1, 0))
        assert Order.objects.count() == 0

    def test_adds_up_one_sku_offered_twice(self, in_acme: StoreRef) -> None:
        sku = a_product(in_stock=5)
        morning, evening = (an_open_campaign(sku, name=name).items.get() for name in ("早市", "晚市"))

        with pytest.raises(OutOfStock) as refused:
            place((morning, 3), (evening, 3))

        told = refused.value.facts["lines"]
        assert [(line["campaign_item_id"], line["available"]) for line in told] == [(str(evening.id), 2)]
        assert stock_of(morning) == (5, 0)
        assert (taken_of(morning), taken_of(evening)) == (0, 0)

    def test_adds_up_one_item_wanted_twice(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=5)

        order = place((item, 2), (item, 2))

        assert order.lines.get().quantity == 4

    def test_sku_without_a_stock_row_is_sold_out(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=0)
        Stock.objects.all().delete()

        with pytest.raises(OutOfStock):
            place((item, 1))


class TestMemberLimit:
    def test_counts_what_the_member_holds(self, in_acme: StoreRef) -> None:
        item, member = an_offer(per_member_limit=3), a_member()
        place((item, 2), member=member, key="first")

        with pytest.raises(LimitReached) as refused:
            place((item, 2), member=member, key="second")

        assert refused.value.facts["lines"][0]["sentence"] == "每人限购 3 份，你已买 2 份"
        assert place((item, 1), member=member, key="third")
        assert place((item, 3), key="somebody else")

    def test_forgets_what_was_given_up(self, in_acme: StoreRef) -> None:
        item, member = an_offer(per_member_limit=1), a_member()
        order = place((item, 1), member=member, key="first")
        cancel_order(order_id=order.id, member=member, reason="", now=NOW)

        assert place((item, 1), member=member, key="second")


class TestWhatStandsInTheWay:
    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"opens_at": NOW + timedelta(seconds=1)}, "not_open"),
            ({"cutoff_at": NOW}, "closed"),
            ({"state": CampaignState.PAUSED}, "paused"),
            ({"state": CampaignState.CANCELLED}, "off_sale"),
            ({"state": CampaignState.DRAFT}, "off_sale"),
        ],
    )
    def test_campaign_is_not_open(self, in_acme: StoreRef, change: dict[str, object], code: str) -> None:
        item = an_open_campaign(**change).items.get()  # type: ignore[arg-type]

        with pytest.raises(CampaignClosed) as refused:
            place((item, 1))

        assert refused.value.facts["lines"][0]["code"] == code

    def test_takes_orders_to_the_last_moment(self, in_acme: StoreRef) -> None:
        item = an_open_campaign(cutoff_at=NOW).items.get()
        assert place((item, 1), now=NOW - timedelta(microseconds=1))

    def test_product_is_off_the_shelf(self, in_acme: StoreRef) -> None:
        item = an_open_campaign(a_product(state=ProductState.OFF_SHELF)).items.get()
        with pytest.raises(CampaignClosed):
            place((item, 1))

    def test_price_is_not_the_one_seen(self, in_acme: StoreRef) -> None:
        item = an_offer(price_minor=1290)

        with pytest.raises(PriceChanged) as refused:
            place((item, 2), expected=2000)

        assert refused.value.facts["total"] == {"amount": 2580, "currency": "CNY"}
        assert refused.value.facts["lines"][0]["sentence"] == "现价 ¥12.90"

    def test_point_takes_no_orders(self, in_acme: StoreRef) -> None:
        item = an_offer()
        resting = a_leader_with_point(state=LeaderState.RESTING)
        closed = a_point_of(a_leader_with_point().leader, is_open=False)

        for point_id in (resting.id, closed.id, new_id()):
            with pytest.raises(PointClosed):
                place((item, 1), point_id=point_id)

    def test_goods_of_different_days(self, in_acme: StoreRef) -> None:
        tomorrow = an_offer()
        later = an_open_campaign(a_product(), pickup_date=TOMORROW + timedelta(days=1)).items.get()

        with pytest.raises(MixedPickupDays):
            place((tomorrow, 1), (later, 1))

    def test_basket_is_empty(self, in_acme: StoreRef) -> None:
        with pytest.raises(EmptyOrder):
            place()
        with pytest.raises(EmptyOrder):
            place((an_offer(), 0))

    def test_item_of_nowhere(self, in_acme: StoreRef) -> None:
        item = an_item_of(an_open_campaign(), a_product())
        item.id = new_id()
        with pytest.raises(CampaignClosed):
            place((item, 1))
