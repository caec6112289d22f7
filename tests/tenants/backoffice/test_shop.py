"""The shop's words, its address, and what leaders earn."""

from typing import Any

from django.test import Client

from control.people.models import Person
from kit.tenancy import StoreRef, in_store
from tenants.commissions.models import CommissionRule
from tenants.content.models import StoreProfile
from tests.tenants.backoffice.conftest import SignIn, statements_of
from tests.tenants.shelf import a_campaign, a_sku, an_order

TYPED = {"name": "绿家生鲜", "notice": "下雨照常送", "service_phone": "021-61234567", "brand_color": "#0b7a3b"}


def page_of(answer: Any) -> str:
    return str(answer.content.decode())


class TestShop:
    def test_saves_the_words(self, acme: StoreRef, desk: Client) -> None:
        assert desk.post("/backoffice/shop", TYPED).status_code == 303
        with in_store(acme):
            assert StoreProfile.objects.get().notice == "下雨照常送"

    def test_offers_a_readable_colour_for_one_that_is_not(self, acme: StoreRef, desk: Client) -> None:
        answer = desk.post("/backoffice/shop", {**TYPED, "brand_color": "#ffcc00"})

        assert answer.status_code == 422
        assert "白色文字在这个颜色上看不清" in page_of(answer)
        assert "下雨照常送" in page_of(answer)
        readable = answer.context["readable"]
        # the browser sends the field first and the pressed button after it
        desk.post("/backoffice/shop", {**TYPED, "brand_color": ["#ffcc00", readable]})
        with in_store(acme):
            assert StoreProfile.objects.get().brand_color == readable

    def test_shows_the_shops_address_as_link_and_picture(self, desk: Client) -> None:
        page = page_of(desk.get("/backoffice/shop"))

        assert "http://acme.linli.test/m/" in page
        assert "data:image/svg+xml" in page

    def test_is_read_only_for_clerks(self, acme: StoreRef, sign_in: SignIn, clerk: Person) -> None:
        client = sign_in(clerk)

        assert client.get("/backoffice/shop").status_code == 200
        assert client.post("/backoffice/shop", TYPED).status_code == 403


class TestCommission:
    def test_sets_the_rate_and_keeps_the_history(self, acme: StoreRef, desk: Client) -> None:
        assert "还没有设置佣金" in page_of(desk.get("/backoffice/commission"))
        for rate in ("6", "8.5%"):
            assert desk.post("/backoffice/commission", {"rate": rate}).status_code == 303

        page = page_of(desk.get("/backoffice/commission"))
        assert "8.5%" in page
        assert "6%" in page
        with in_store(acme):
            assert [rule.rate_ppm for rule in CommissionRule.objects.order_by("id")] == [60_000, 85_000]

    def test_refuses_more_than_the_cap_beside_the_field(self, acme: StoreRef, desk: Client) -> None:
        for rate in ("31", "-1", "abc", "", "8.123"):
            answer = desk.post("/backoffice/commission", {"rate": rate})
            assert answer.status_code == 422, rate
            assert 'aria-invalid="true"' in page_of(answer)
        with in_store(acme):
            assert not CommissionRule.objects.exists()

    def test_calculates(self, desk: Client) -> None:
        page = page_of(desk.get("/backoffice/commission?sale=88.80&at_rate=8"))

        assert "¥7.10" in page  # 7.104, rounded down
        assert desk.get("/backoffice/commission?sale=x&at_rate=y").status_code == 200

    def test_is_not_set_by_clerks(self, acme: StoreRef, sign_in: SignIn, clerk: Person) -> None:
        assert sign_in(clerk).post("/backoffice/commission", {"rate": "8"}).status_code == 403
        with in_store(acme):
            assert not CommissionRule.objects.exists()


class TestOverview:
    def test_leads_a_new_store_to_its_first_order(self, acme: StoreRef, desk: Client) -> None:
        page = page_of(desk.get("/backoffice/"))
        assert "已完成 0 / 5" in page
        assert "这 7 天还没有成交" in page
        assert "现在没有在售的团期" in page

        with in_store(acme):
            an_order(item=a_campaign().items.get())
        page = page_of(desk.get("/backoffice/"))
        assert "已完成 4 / 5" in page
        assert "¥19.80" in page
        assert "11 小时 0 分" in page

    def test_asks_a_fixed_number_of_times(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            for number in range(5):
                an_order(item=a_campaign(skus=[a_sku(title=f"菜{number}")]).items.get())
        assert statements_of(desk, "/backoffice/") <= 30

    def test_finds_goods_orders_and_leaders(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            order = an_order(item=a_campaign().items.get())

        page = page_of(desk.get("/backoffice/search?q=苹果"))
        assert f"/backoffice/orders/{order.pk}" in page
        assert "/backoffice/products/" in page
        assert "李姐" in page_of(desk.get("/backoffice/search?q=李"))
        assert "没有找到" in page_of(desk.get("/backoffice/search?q=zzz"))

    def test_speaks_english_when_asked(self, desk: Client) -> None:
        desk.cookies["lang"] = "en"

        assert "Overview" in page_of(desk.get("/backoffice/"))
