"""Who shops here: found by name and phone, with what each bought, and all there is about one of them."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from control.people.models import Person
from kit.ids import new_id
from kit.tenancy import StoreRef, in_store
from tenants.delivery.models import Address
from tenants.leaders.models import LeaderBinding
from tenants.members.models import Member
from tenants.orders.models import Order
from tenants.payments.models import Balance
from tenants.points.models import Purse
from tests.factories.aftersales import an_after_sale, fetched
from tests.factories.campaigns import an_offer
from tests.factories.orders import a_paid_order
from tests.factories.points import a_member_with_points
from tests.factories.promotions import a_coupon
from tests.tenants.backoffice.conftest import SignIn, anonymous, statements_of
from tests.tenants.backoffice.goods import text_of
from tests.tenants.shelf import NOON, a_campaign, a_leader, a_member, a_point, an_order

PAGE = "/backoffice/members"


def names(desk: Client, query: str = "") -> list[str]:
    return [line[0].nickname for line in desk.get(f"{PAGE}?{query}").context["lines"]]


@pytest.fixture
def crowd(acme: StoreRef) -> dict[str, Member]:
    """A regular, one who stopped coming, one who never bought, one with points who joined long ago."""
    with in_store(acme):
        item, point = a_campaign(quota=None).items.get(), a_point(leader=a_leader(name="团长李姐"))
        crowd = {
            "regular": a_member(phone="13800001111", nickname="常客"),
            "gone": a_member(phone="13900002222", nickname="不来了"),
            "looker": a_member(phone="13700003333", nickname="看看"),
            "saver": a_member_with_points(120),
        }
        Member.objects.exclude(pk=crowd["looker"].pk).update(joined_at=NOON - timedelta(days=90))
        Member.objects.filter(pk=crowd["saver"].pk).update(nickname="攒分")
        for quantity in (1, 2):
            an_order(item=item, point=point, member=crowd["regular"], quantity=quantity)
        an_order(item=item, point=point, member=crowd["regular"], quantity=5, is_paid=False)
        an_order(item=item, point=point, member=crowd["gone"], placed_at=NOON - timedelta(days=31))
    return crowd


class TestList:
    def test_says_what_each_paid_for_and_when(self, crowd: dict[str, Member], desk: Client) -> None:
        lines = {line[0].nickname: line for line in desk.get(PAGE).context["lines"]}

        assert (lines["常客"][2].orders, lines["常客"][2].gmv_minor, lines["常客"][2].last_at) == (2, 2970, NOON)
        assert (lines["看看"][2].orders, lines["看看"][2].last_at) == (0, None)
        assert lines["攒分"][3] == 120
        page = text_of(desk.get(f"{PAGE}?q=常客"))
        for word in ("常客", "13800001111", "¥29.70", "2026-11-22"):
            assert word in page

    def test_finds_by_name_phone_and_its_end(self, crowd: dict[str, Member], desk: Client) -> None:
        assert names(desk, "q=不来") == ["不来了"]
        assert names(desk, "q=13800001111") == ["常客"]
        assert names(desk, "q=2222") == ["不来了"]
        assert names(desk, "q=1380") == []  # the beginning of a number says nothing about a person
        assert "没有符合条件的记录" in text_of(desk.get(f"{PAGE}?q=9999"))

    def test_tells_new_silent_never_and_those_with_points(self, crowd: dict[str, Member], desk: Client) -> None:
        assert set(names(desk, "state=new")) == {"看看"}
        assert names(desk, "state=silent") == ["不来了"]
        assert set(names(desk, "state=never")) == {"看看", "攒分", "团长李姐"}
        assert names(desk, "state=points") == ["攒分"]
        assert len(names(desk, "state=x")) == 5

    def test_asks_as_much_for_many_as_for_one(self, acme: StoreRef, crowd: dict[str, Member], desk: Client) -> None:
        before = statements_of(desk, PAGE)
        with in_store(acme):
            item, point = a_campaign(quota=None).items.get(), a_point()
            for _number in range(12):
                an_order(item=item, point=point, member=a_member_with_points(5))

        assert statements_of(desk, PAGE) == before <= 12

    def test_goes_out_whole_with_numbers(self, crowd: dict[str, Member], desk: Client) -> None:
        book: Any = load_workbook(BytesIO(desk.get(f"{PAGE}?state=silent&export=xlsx").content))
        head, row = book.active.iter_rows(values_only=True)

        assert head[:5] == ("顾客", "手机号", "订单", "累计成交", "最近下单")
        assert row[:5] == ("不来了", "13900002222", 1, 19.8, "2026-10-22 12:00")

    def test_teaches_while_there_is_none(self, desk: Client) -> None:
        assert "还没有顾客" in text_of(desk.get(PAGE))


class TestOne:
    def test_shows_all_there_is(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            asked = an_after_sale(fetched(a_paid_order(an_offer())))
            member = asked.member
            leader = a_leader(name="李姐")
            LeaderBinding.objects.create(member=member, leader=leader, bound_at=NOON)
            Purse.objects.create(member=member, balance=88)
            Balance.objects.create(member=member, amount_minor=1234, currency="CNY")
            coupon = a_coupon(member=member)
            Address.objects.create(
                member=member,
                name="王小明",
                phone="13512345678",
                city="上海",
                detail="花木路 409 号 2 幢 301",
                saved_at=NOON,
            )

        page = text_of(desk.get(f"{PAGE}/{member.pk}"))

        order = asked.order
        for word in (
            order.number,
            asked.order_line.title,
            "李姐",
            "88",
            "¥12.34",
            coupon.kind.name,
            "上海花木路",
            "王**",
        ):
            assert word in page
        for hidden in ("王小明", "13512345678", "301"):
            assert hidden not in page
        assert f'href="/backoffice/orders/{order.pk}"' in desk.get(f"{PAGE}/{member.pk}").content.decode()

    def test_says_so_when_there_is_nothing_and_another_stores_member_is_none(
        self, acme: StoreRef, rival: StoreRef, desk: Client
    ) -> None:
        with in_store(acme):
            member = a_member()
        with in_store(rival):
            foreign = a_member()

        page = text_of(desk.get(f"{PAGE}/{member.pk}"))

        for word in ("这位顾客还没有下过单", "没有售后", "没有优惠券", "没有保存收货地址"):
            assert word in page
        for missing in (foreign.pk, new_id()):
            assert desk.get(f"{PAGE}/{missing}").status_code == 404

    def test_asks_as_much_for_many_orders_as_for_one(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            item, point, member = a_campaign(quota=None).items.get(), a_point(), a_member()
            an_order(item=item, point=point, member=member)
        page = f"{PAGE}/{member.pk}"
        before = statements_of(desk, page)
        with in_store(acme):
            for _number in range(15):
                an_order(item=item, point=point, member=member)
            assert Order.objects.filter(member=member).count() == 16

        assert statements_of(desk, page) == before


def test_a_clerk_sees_the_ends_of_phones_on_pages_and_in_files(
    acme: StoreRef, crowd: dict[str, Member], sign_in: SignIn, clerk: Person
) -> None:
    phone = sign_in(clerk)

    for page in (PAGE, f"{PAGE}/{crowd['regular'].pk}"):
        shown = text_of(phone.get(page))
        assert "138****1111" in shown
        assert "13800001111" not in shown
    book: Any = load_workbook(BytesIO(phone.get(f"{PAGE}?q=1111&export=xlsx").content))
    assert book.active["B2"].value == "138****1111"
    assert anonymous().get(PAGE).status_code == 302
