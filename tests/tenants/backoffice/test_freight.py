"""The store says to where parcels go and for how much, and sends them with a number."""

from typing import Any

from django.test import Client

from control.people.models import Person
from kit.tenancy import StoreRef, in_store
from tenants.delivery.models import FreightZone
from tests.tenants.backoffice.conftest import SignIn
from tests.tenants.backoffice.test_orders import page_of
from tests.tenants.sales.test_delivery import paid
from tests.tenants.sales.test_express import a_zone, sent

TYPED = {
    "name": "江浙沪",
    "words": "上海、江苏、浙江",
    "first_grams": "1",
    "first_minor": "8",
    "step_grams": "0.5",
    "step_minor": "1.5",
    "free_from_minor": "",
    "is_on": "on",
}


def set_zone(desk: Client, where: str = "new", **words: Any) -> Any:
    return desk.post(f"/backoffice/delivery/freight/{where}", {**TYPED, **words})


class TestZones:
    def test_are_added_shown_with_what_they_cost_changed_and_removed(self, acme: StoreRef, desk: Client) -> None:
        assert "还没有运费地区" in page_of(desk.get("/backoffice/delivery/freight"))
        assert set_zone(desk).status_code == 303
        page = page_of(desk.get("/backoffice/delivery/freight"))
        for text in ("上海、江苏、浙江", "1 kg ¥8.00", "500 g ¥1.50", "¥14.00", "¥35.00", "每件按 500 g 算"):
            assert text in page

        with in_store(acme):
            zone = FreightZone.objects.get()
        drawer = page_of(desk.get(f"/backoffice/delivery/freight/{zone.pk}"))
        assert 'value="0.5"' in drawer
        assert "¥35.00" in drawer
        assert set_zone(desk, str(zone.pk), step_grams="2", free_from_minor="99", is_on="").status_code == 303
        with in_store(acme):
            zone.refresh_from_db()
        assert (zone.step_grams, zone.free_from_minor, zone.is_on) == (2000, 9900, False)
        assert "暂不配送" in page_of(desk.get("/backoffice/delivery/freight"))

        assert desk.post(f"/backoffice/delivery/freight/{zone.pk}/removal").status_code == 303
        assert "还没有运费地区" in page_of(desk.get("/backoffice/delivery/freight"))

    def test_the_example_follows_what_is_typed(self, acme: StoreRef, desk: Client) -> None:
        where = "/backoffice/delivery/freight/example"
        shown = desk.get(where, {**TYPED, "name": "", "words": "", "step_minor": "2"}).content.decode()
        assert [fee in shown for fee in ("1 kg", "¥8.00", "3 kg", "¥16.00", "10 kg", "¥44.00")] == [True] * 6
        for half in ({"first_grams": ""}, {"step_minor": "x"}, {"step_grams": "0"}):
            assert "填好首重和续重" in desk.get(where, {**TYPED, **half}).content.decode()

    def test_nonsense_stays_beside_its_field(self, acme: StoreRef, desk: Client) -> None:
        wrong = {"first_grams": "很重", "step_grams": "0", "step_minor": "-1", "words": "", "first_minor": ""}
        for name, text in wrong.items():
            assert set_zone(desk, **{name: text}).status_code == 422
        assert set_zone(desk).status_code == 303
        refused = set_zone(desk, name="上海", words="上海")
        assert "「上海」已经在「江浙沪」里了" in refused.content.decode()

    def test_express_is_switched_on_and_off(self, acme: StoreRef, desk: Client) -> None:
        assert desk.post("/backoffice/delivery/freight/on").status_code == 409
        with in_store(acme):
            a_zone()
        assert desk.post("/backoffice/delivery/freight/on").status_code == 303
        assert "按重量和地区算运费，首重 1 kg ¥8.00 起" in page_of(desk.get("/backoffice/delivery"))
        assert "关闭快递" in page_of(desk.get("/backoffice/delivery/freight"))
        assert desk.post("/backoffice/delivery/freight/off").status_code == 303
        assert "开启快递" in page_of(desk.get("/backoffice/delivery/freight"))
        assert desk.get("/backoffice/delivery/express")["Location"] == "/backoffice/delivery/freight"

    def test_a_clerk_changes_nothing(self, acme: StoreRef, sign_in: SignIn, clerk: Person) -> None:
        with in_store(acme):
            zone = a_zone()
        desk = sign_in(clerk)
        assert set_zone(desk).status_code == 403
        for where in ("on", "off", f"{zone.pk}/removal"):
            assert desk.post(f"/backoffice/delivery/freight/{where}").status_code == 403
        assert desk.get("/backoffice/delivery/freight").status_code == 200


class TestSending:
    def test_asks_for_courier_and_number_and_lets_them_be_put_right(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            order = paid(sent())
        page, drawer = f"/backoffice/orders/{order.pk}", f"/backoffice/orders/{order.pk}/dispatch"
        assert "首重 1 kg" in page_of(desk.get(page))
        assert desk.post(drawer, {"courier": "顺丰速运", "number": ""}).status_code == 422
        assert desk.post(drawer, {"courier": "顺丰速运", "number": "12"}).status_code == 422
        assert desk.post(drawer, {"courier": "顺丰速运", "number": "SF1234567"}).status_code == 303
        assert "SF1234567" in page_of(desk.get(page))
        assert "更正快递" in page_of(desk.get(drawer))
        assert desk.post(drawer, {"courier": "圆通", "number": "YT7654321"}).status_code == 303
        shown = page_of(desk.get(page))
        assert "SF1234567" in shown  # in its story
        assert "快递更正为 圆通，单号 YT7654321" in shown
        assert desk.post(f"{page}/brought").status_code == 303

    def test_is_not_brought_before_it_left(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            order = paid(sent())
        assert desk.post(f"/backoffice/orders/{order.pk}/brought").status_code == 409
