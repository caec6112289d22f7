"""Finding orders, reading one, and taking them away as a spreadsheet."""

from datetime import timedelta
from io import BytesIO
from typing import Any

from django.test import Client
from openpyxl import load_workbook

from kit.tenancy import StoreRef, in_store
from tenants.campaigns.models import CampaignItem
from tenants.orders.models import DiscountSource, LineDiscount, Order, OrderLine
from tenants.sales.services.settle_payment import settle_payment
from tests.factories.checkouts import a_checkout, orders_of
from tests.factories.orders import a_started_payment, news_of
from tests.tenants.backoffice.conftest import statements_of
from tests.tenants.shelf import NOON, a_campaign, a_point, a_sku, an_order


def page_of(answer: Any) -> str:
    return str(answer.content.decode())


def numbers_on(answer: Any) -> list[str]:
    return [order.number for order in answer.context["rows"]]


class TestList:
    def test_finds_by_state_words_point_and_day(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            item = a_campaign().items.get()
            far = a_point(name="万科")
            paid = an_order(item=item)
            unpaid = an_order(item=item, is_paid=False)
            there = an_order(item=item, point=far, placed_at=NOON - timedelta(days=3))
            Order.objects.filter(pk=unpaid.pk).update(contact_name="周叔", contact_phone="13700001111")

        def found(query: str) -> set[str]:
            return set(numbers_on(desk.get(f"/backoffice/orders?{query}")))

        assert found("") == {paid.number, unpaid.number, there.number}
        assert found("state=paid") == {paid.number, there.number}
        assert found(f"q={paid.number}") == {paid.number}
        assert found("q=0001111") == {unpaid.number}
        assert found("q=周叔") == {unpaid.number}
        assert found(f"point={far.pk}") == {there.number}
        assert found(f"leader={far.leader_id}&state=paid") == {there.number}
        assert found("since=2026-11-19&until=2026-11-19") == {there.number}
        assert found("pickup=2026-11-23") == {paid.number, unpaid.number, there.number}
        assert found("pickup=2026-11-24") == set()

    def test_counts_each_state_within_the_search(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            item = a_campaign().items.get()
            an_order(item=item)
            an_order(item=item, is_paid=False)

        tabs = {str(tab.label): tab.count for tab in desk.get("/backoffice/orders?state=paid").context["tabs"]}
        assert (tabs["全部"], tabs["待付款"], tabs["待提货"]) == (2, 1, 1)

    def test_pages_by_place_and_misses_none_when_new_ones_arrive(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            item = a_campaign(quota=None).items.get()
            point = a_point()
            placed = {
                an_order(item=item, point=point, placed_at=NOON - timedelta(minutes=number // 2)).number
                for number in range(45)
            }

        seen, page = [], "/backoffice/orders"
        while page:
            answer = desk.get(page)
            seen += numbers_on(answer)
            older = answer.context["older"]
            page = f"/backoffice/orders{older}" if older else ""
            with in_store(acme):
                item.refresh_from_db()
                an_order(item=item, point=point, placed_at=NOON + timedelta(hours=1))

        assert len(seen) == 45
        assert set(seen) == placed

    def test_begins_at_the_newest_when_the_place_is_nonsense(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            order = an_order(item=a_campaign().items.get())

        for after in (
            "x",
            "1~2",
            "nan~01900000-0000-7000-8000-000000000001",
            "9e99~01900000-0000-7000-8000-000000000001",
        ):
            assert numbers_on(desk.get("/backoffice/orders", {"after": after})) == [order.number]
        assert numbers_on(desk.get("/backoffice/orders?point=x&since=x&state=x")) == [order.number]

    def test_asks_as_much_for_many_as_for_one(self, acme: StoreRef, desk: Client) -> None:
        counts = []
        for _more in range(2):
            with in_store(acme):
                point = a_point()
                for number in range(8):
                    an_order(item=a_campaign(skus=[a_sku(title=f"菜{number}")]).items.get(), point=point)
            counts.append(statements_of(desk, "/backoffice/orders"))

        assert counts[0] == counts[1] <= 12

    def test_teaches_while_there_is_none(self, desk: Client) -> None:
        assert "还没有订单" in page_of(desk.get("/backoffice/orders"))


class TestDetail:
    def test_shows_goods_money_pickup_and_what_happened(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            order = an_order(item=a_campaign().items.get(), quantity=3)

        page = page_of(desk.get(f"/backoffice/orders/{order.pk}"))

        for word in (order.number, "红富士苹果", "¥29.70", "绿城一期自提点", "王阿姨", "13812345678", "李姐"):
            assert word in page

    def test_shows_what_came_off_and_what_a_line_really_cost(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            order = an_order(item=a_campaign().items.get(), quantity=3)
            line = order.lines.get()
            LineDiscount.objects.create(line=line, source=DiscountSource.COUPON, name="新客见面礼", off_minor=470)
            OrderLine.objects.filter(pk=line.pk).update(net_minor=2500)

        page = page_of(desk.get(f"/backoffice/orders/{order.pk}"))

        for word in ("优惠券", "新客见面礼", "-¥4.70", "¥25.00"):
            assert word in page


class TestExport:
    def test_gives_the_filtered_orders_and_lets_no_formula_through(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            item = a_campaign().items.get()
            order = an_order(item=item, quantity=2)
            Order.objects.filter(pk=order.pk).update(remark="=HYPERLINK(1)", contact_name="+1")
            item = CampaignItem.objects.get(pk=item.pk)
            an_order(item=item, is_paid=False)

        answer = desk.get("/backoffice/orders/export?state=paid")

        assert "attachment" in answer["Content-Disposition"]
        book: Any = load_workbook(BytesIO(answer.content))
        rows = list(book.active.iter_rows())
        assert [len(rows), rows[1][0].value, rows[1][10].value, rows[1][11].value] == [2, order.number, 2, 9.9]
        assert (rows[1][12].value, rows[1][13].value) == (19.8, 19.8)
        assert rows[1][3].data_type == "s"
        remark = rows[1][[head.value for head in rows[0]].index("备注")]
        assert (remark.value, remark.data_type) == ("=HYPERLINK(1)", "s")


class TestTogether:
    def test_an_order_shows_those_it_was_paid_with(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            first, second = orders_of(a_checkout())
            settle_payment(news=news_of(a_started_payment(first)), now=NOON)

        page = page_of(desk.get(f"/backoffice/orders/{first.pk}"))

        assert "一起付款的订单" in page
        assert second.number in page
        assert "合并付款 ¥19.80 中的" in page

    def test_one_placed_alone_shows_none(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            order = an_order(item=a_campaign().items.get())

        assert "一起付款的订单" not in page_of(desk.get(f"/backoffice/orders/{order.pk}"))

    def test_a_stuck_joint_payment_leads_to_one_of_its_orders(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            checkout = a_checkout()
            payment = a_started_payment(orders_of(checkout)[0])
            settle_payment(news=news_of(payment, amount_minor=1), now=NOON)

        page = page_of(desk.get("/backoffice/payments/stuck"))

        assert "合并付款 2 单" in page
        assert f"/backoffice/orders/{payment.first_order_id}" in page
