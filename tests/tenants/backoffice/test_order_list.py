"""The head of the list of orders: a person's own filters; and remarks of the staff on many orders at once."""

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from control.people.models import Person
from kit import clock
from kit.tenancy import StoreRef, in_store
from tenants.journal.models import JournalEntry
from tenants.orders.models import Order, SavedFilter, StaffRemark
from tenants.orders.saved_filters import MOST
from tenants.orders.selectors import timeline_of
from tests.api.phone import signed_in
from tests.tenants.backoffice.conftest import SignIn
from tests.tenants.backoffice.goods import text_of
from tests.tenants.shelf import NOON, a_campaign, an_order

LIST = "/backoffice/orders"
NEW, REMARKS = f"{LIST}/filters/new", f"{LIST}/remarks"


def shortcuts_on(desk: Client) -> list[tuple[str, str]]:
    return [(one.name, one.asked) for one in desk.get(LIST).context["shortcuts"]]


class TestSavedFilters:
    def test_are_saved_from_the_list_and_lead_back_to_it(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            item = a_campaign().items.get()
            paid, waiting = an_order(item=item), an_order(item=item, is_paid=False)
        assert "保存为常用筛选" not in text_of(desk.get(LIST))
        assert "保存为常用筛选" in text_of(desk.get(f"{LIST}?state=paid"))

        answer = desk.post(f"{NEW}?state=paid&q=&after=x&point=nonsense&evil=1", {"name": " 待  提货 "})

        assert answer["Location"] == f"{LIST}?state=paid"
        assert shortcuts_on(desk) == [("待 提货", "state=paid")]
        page = text_of(desk.get(answer["Location"]))
        assert 'aria-current="true">待 提货</a>' in page
        assert paid.number in page
        assert waiting.number not in page

    def test_days_move_on_with_the_calendar_where_that_was_asked(self, desk: Client) -> None:
        asked = "pickup=2026-11-23&since=2026-11-20&state=paid"
        desk.post(f"{NEW}?{asked}", {"name": "明天", "follows_today": "on"})
        desk.post(f"{NEW}?{asked}", {"name": "那天"})
        assert shortcuts_on(desk) == [("明天", asked), ("那天", asked)]

        with clock.at(NOON + timedelta(days=9)):
            assert shortcuts_on(desk) == [("明天", "pickup=2026-12-02&since=2026-11-29&state=paid"), ("那天", asked)]

    def test_the_question_about_days_is_asked_only_where_there_are_some(self, desk: Client) -> None:
        assert "日期跟着今天走" in text_of(desk.get(f"{NEW}?pickup=2026-11-23"))
        assert "日期跟着今天走" not in text_of(desk.get(f"{NEW}?state=paid"))

    def test_one_of_the_same_name_gives_way(self, desk: Client) -> None:
        desk.post(f"{NEW}?state=paid", {"name": "常看"})
        desk.post(f"{NEW}?q=苹果", {"name": "常看"})
        assert shortcuts_on(desk) == [("常看", "q=%E8%8B%B9%E6%9E%9C")]

    def test_nothing_asked_and_no_name_are_refused_in_words(self, acme: StoreRef, desk: Client) -> None:
        assert "先选好筛选条件" in text_of(desk.post(NEW, {"name": "空"}))
        assert "请填写名称" in text_of(desk.post(f"{NEW}?state=paid", {"name": "  "}))
        with in_store(acme):
            assert not SavedFilter.objects.exists()

    def test_a_person_keeps_so_many(self, desk: Client) -> None:
        for number in range(MOST):
            desk.post(f"{NEW}?state=paid", {"name": f"筛选{number}"})

        assert "最多保存 20 个" in text_of(desk.post(f"{NEW}?state=paid", {"name": "再一个"}))
        assert desk.post(f"{NEW}?state=closed", {"name": "筛选3"}).status_code == 303
        assert len(shortcuts_on(desk)) == MOST

    def test_are_their_persons_own(
        self, acme: StoreRef, desk: Client, boss: Person, clerk: Person, sign_in: SignIn
    ) -> None:
        desk.post(f"{NEW}?state=paid", {"name": "老板的"})
        other = sign_in(clerk)
        other.post(f"{NEW}?state=closed", {"name": "老板的"})
        with in_store(acme):
            bosss = SavedFilter.objects.get(person_id=boss.pk)

        assert shortcuts_on(desk) == [("老板的", "state=paid")]
        assert shortcuts_on(other) == [("老板的", "state=closed")]
        assert other.post(f"{LIST}/filters/{bosss.pk}/removal").status_code == 404
        assert desk.post(f"{LIST}/filters/{bosss.pk}/removal").status_code == 303
        assert shortcuts_on(desk) == []
        assert shortcuts_on(other) == [("老板的", "state=closed")]

    def test_the_neighbours_are_not_found(self, acme: StoreRef, rival: StoreRef, desk: Client, boss: Person) -> None:
        with in_store(rival):
            theirs = SavedFilter.objects.create(
                person_id=boss.pk, name="隔壁的", asked="state=paid", follows_today=False, saved_on=NOON.date()
            )

        assert shortcuts_on(desk) == []
        assert desk.post(f"{LIST}/filters/{theirs.pk}/removal").status_code == 404


@pytest.fixture
def three(acme: StoreRef) -> list[Order]:
    with in_store(acme):
        item = a_campaign(quota=None).items.get()
        return [an_order(item=item) for _number in range(3)]


def asked(orders: list[Order], words: str, how: str = "replace") -> dict[str, Any]:
    return {"ids": [str(one.pk) for one in orders], "words": words, "how": how}


def confirm(desk: Client, wish: dict[str, Any]) -> Any:
    seen = re.search(r'name="seen" value="(\w+)"', desk.post(REMARKS, wish).content.decode())
    return desk.post(REMARKS, {**wish, "seen": seen[1] if seen else ""})


def remarks_in(store: StoreRef) -> dict[str, str]:
    with in_store(store):
        return dict(StaffRemark.objects.values_list("order__number", "words"))


class TestRemarks:
    def test_are_seen_then_written_then_taken_back(self, acme: StoreRef, desk: Client, three: list[Order]) -> None:
        one, two, other = (order.number for order in three)
        wish = asked(three[:2], "  放冷柜 \n 第二层 ")
        page = text_of(desk.post(REMARKS, wish))
        assert "将改 2 个订单的备注" in page
        assert "<b>放冷柜 第二层</b>" in page
        assert remarks_in(acme) == {}

        assert confirm(desk, wish).status_code == 303
        assert remarks_in(acme) == {one: "放冷柜 第二层", two: "放冷柜 第二层"}
        assert "商家备注：放冷柜 第二层" in text_of(desk.get(LIST))

        confirm(desk, asked(three, "老客户", "append"))
        assert remarks_in(acme) == {one: "放冷柜 第二层；老客户", two: "放冷柜 第二层；老客户", other: "老客户"}

        desk.post(f"{REMARKS}/undo")
        assert remarks_in(acme) == {one: "放冷柜 第二层", two: "放冷柜 第二层"}
        assert "没有可以撤销的操作了" in text_of(desk.post(f"{REMARKS}/undo", follow=True))

        confirm(desk, asked(three, "", "clear"))
        assert remarks_in(acme) == {}

    def test_stand_in_the_staffs_timeline_and_the_sheet_and_never_in_the_shoppers(
        self, acme: StoreRef, desk: Client, three: list[Order]
    ) -> None:
        confirm(desk, asked(three[:1], "爱退货"))
        confirm(desk, asked(three[:1], "", "clear"))
        confirm(desk, asked(three[:2], "=1+1"))

        page = text_of(desk.get(f"{LIST}/{three[0].pk}"))
        for sentence in ("商家备注：爱退货", "清除了商家备注", "商家备注：=1+1", "老板"):
            assert sentence in page
        sheet: Any = load_workbook(BytesIO(desk.get(f"{LIST}/export").content)).active
        heads, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        told = {row[0]: row[heads.index("商家备注")] for row in rows}
        assert told == {three[0].number: "=1+1", three[1].number: "=1+1", three[2].number: None}
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
        with in_store(acme):
            order = Order.objects.get(pk=three[0].pk)
            assert not [one for one in timeline_of(order) if "备注" in one.sentence]
            phone = signed_in(acme, order.member)
        for path in (f"/orders/{order.pk}", "/orders"):
            answer = phone.get(path)
            assert answer.status_code == 200
            assert "爱退货" not in answer.content.decode()
            assert "1+1" not in answer.content.decode()

    def test_are_not_written_over_what_somebody_noted_meanwhile(
        self, acme: StoreRef, desk: Client, three: list[Order]
    ) -> None:
        wish = asked(three, "统一备注")
        seen = re.search(r'name="seen" value="(\w+)"', desk.post(REMARKS, wish).content.decode())
        assert seen
        with in_store(acme):
            StaffRemark.objects.create(order=three[1], words="别人写的", by_name="小张", at=NOON)

        answer = desk.post(REMARKS, {**wish, "seen": seen[1]})

        assert answer.status_code == 409
        assert "请再看一遍" in text_of(answer)
        assert remarks_in(acme) == {three[1].number: "别人写的"}

    def test_taking_back_over_a_later_remark_is_refused_whole(
        self, acme: StoreRef, desk: Client, three: list[Order]
    ) -> None:
        confirm(desk, asked(three, "统一备注"))
        with in_store(acme):
            StaffRemark.objects.filter(order=three[1]).update(words="后来改的")

        assert desk.post(f"{REMARKS}/undo").status_code == 409
        assert len(remarks_in(acme)) == 3

    def test_an_empty_or_endless_one_is_refused_and_the_order_named(
        self, acme: StoreRef, desk: Client, three: list[Order]
    ) -> None:
        assert "请填写备注" in text_of(desk.post(REMARKS, asked(three, " ")))
        assert desk.post(REMARKS, asked(three, "长" * 201)).status_code == 422
        confirm(desk, asked(three[:1], "长" * 150))
        answer = desk.post(REMARKS, asked(three, "再" * 60, "append"))
        assert answer.status_code == 422
        assert f"订单 {three[0].number} 的备注会超过 200 个字" in text_of(answer)
        assert "都没有变化" in text_of(desk.post(REMARKS, asked(three[:1], "长" * 150)))

    def test_are_written_on_all_that_a_filter_finds(self, acme: StoreRef, desk: Client, three: list[Order]) -> None:
        with in_store(acme):
            Order.objects.filter(pk=three[2].pk).update(contact_name="周叔")
        assert "/backoffice/orders/remarks?all=1&amp;q=" in text_of(desk.get(f"{LIST}?q=周叔"))

        page = desk.get(f"{REMARKS}?all=1&q=周叔")

        assert page.context["ids"] == [three[2].pk]
        assert desk.get(f"{REMARKS}?all=1&state=closed").context["ids"] == []

    def test_picked_orders_go_on_to_the_remark_or_the_sheet(self, desk: Client, three: list[Order]) -> None:
        ids = [str(one.pk) for one in three[:2]]
        query = "&".join(f"ids={one}" for one in ids)
        assert desk.post(f"{LIST}/batch", {"action": "remark", "ids": ids})["Location"] == f"{REMARKS}?{query}"
        export = desk.post(f"{LIST}/batch", {"action": "export", "ids": ids})["Location"]
        sheet: Any = load_workbook(BytesIO(desk.get(export).content)).active
        assert {row[0].value for row in sheet.iter_rows(min_row=2)} == {one.number for one in three[:2]}
        back = desk.post(f"{LIST}/batch", {"action": "remark", "back": "state=paid"})
        assert back["Location"] == f"{LIST}?state=paid"

    def test_clerks_may_and_the_neighbours_orders_are_not_touched(
        self, acme: StoreRef, rival: StoreRef, sign_in: SignIn, clerk: Person, three: list[Order]
    ) -> None:
        with in_store(rival):
            theirs = an_order(item=a_campaign().items.get())
        other = sign_in(clerk)

        assert confirm(other, asked([theirs], "越界")).status_code == 409
        assert confirm(other, asked(three[:1], "小张看过")).status_code == 303

        assert remarks_in(rival) == {}
        with in_store(acme):
            assert StaffRemark.objects.get().by_name == "小张"
            assert JournalEntry.objects.filter(what="order.remarked").count() == 1
