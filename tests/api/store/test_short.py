"""Short goods on a phone: agreed to at checkout, read by member and leader."""

from datetime import timedelta

from kit import clock
from kit.tenancy import in_store
from tenants.aftersales.models import Ending, ShareRule
from tenants.aftersales.services.tell_shortage import ToldShort, plan_shortage, tell_shortage
from tenants.backoffice.sheets import order_rows, orders_sheet
from tenants.fulfilment.models import AfterUnclaimed
from tenants.journal.services import Actor
from tenants.orders.models import Order
from tenants.orders.selectors import orders_for_desk
from tenants.sales.services.unclaimed import keep_unclaimed_rule
from tests.api.conftest import Shop
from tests.api.open.program import a_program
from tests.factories.catalog import a_product
from tests.factories.orders import a_paid_order, the_visit_of
from tests.factories.times import NOW, TOMORROW, later

AFTER = later(hours=12)
BOSS = Actor(kind="person", id="1", name="陈店长")


def tell(shop: Shop, **more: object) -> None:
    told = ToldShort(shop.item.sku_id, TOMORROW, 0, ShareRule.FIRST_PAID, "", **more)  # type: ignore[arg-type]
    seen = plan_shortage(told=told, now=AFTER).mark
    tell_shortage(told=told, seen=seen, key="k", actor=BOSS, now=AFTER)


def test_something_similar_is_agreed_to_with_the_order_alone_or_together(shop: Shop) -> None:
    placed = shop.phone.post("/orders", shop.order_words(accept_substitutes=True)).json()
    assert placed["accepts_substitutes"] is True
    assert shop.phone.post("/orders", shop.order_words()).json()["accepts_substitutes"] is False
    together = shop.phone.post("/checkouts", shop.order_words(accept_substitutes=True)).json()
    assert [one["accepts_substitutes"] for one in together["orders"]] == [True]
    with in_store(shop.ref):
        assert Order.objects.filter(accepts_substitute=True).count() == 2


def test_what_came_instead_is_read_by_member_leader_programs_and_in_the_desks_sheet(shop: Shop) -> None:
    with in_store(shop.ref):
        order = a_paid_order(shop.item, member=shop.member, point=shop.point, accepts_substitute=True)
        tell(shop, ending=Ending.SUBSTITUTE, substitute_id=a_product(title="千禧番茄", price_minor=1500).pk)
        visit = the_visit_of(order).pk
    note = ["缺货，1 份换成“千禧番茄 500g/份”"]
    with clock.at(AFTER):
        mine = shop.phone.get(f"/orders/{order.pk}").json()
        assert mine["lines"][0]["notes"] == note
        assert any("不用补差价" in step["sentence"] for step in mine["timeline"])
        assert shop.phone.get("/pickup-codes").json()["items"][0]["lines"][0]["notes"] == note
        assert shop.leader_phone.get(f"/leader/pickups/{visit}").json()["lines"][0]["notes"] == note
        program = a_program(shop.ref, "orders:read")
        assert program.get(f"/open/orders/{order.pk}").json()["lines"][0]["notes"] == note
    with in_store(shop.ref):
        (row,) = order_rows(orders_for_desk())
    assert row[list(orders_sheet().head).index("缺货说明")] == note[0]


def test_who_will_not_wait_for_the_next_wave_says_so_on_the_order(shop: Shop) -> None:
    with in_store(shop.ref):
        order = a_paid_order(shop.item, member=shop.member, point=shop.point, quantity=2)
        tell(shop, ending=Ending.LATER, later_on=TOMORROW + timedelta(days=2))
    with clock.at(AFTER):
        (line,) = shop.phone.get(f"/orders/{order.pk}").json()["lines"]
        assert line["later"] == {"quantity": 2, "pickup_date": "2026-11-23", "can_refuse": True}
        days = [
            (one["pickup_date"], one["lines"][0]["quantity"]) for one in shop.phone.get("/pickup-codes").json()["items"]
        ]
        assert days == [("2026-11-23", 2)]
        coming = shop.leader_phone.get("/leader/pickups?date=2026-11-23").json()["items"]
        assert [one["pieces"] for one in coming] == [2]
        assert shop.stranger.post(f"/order-lines/{line['id']}/refusal").status_code == 401
        refused = shop.phone.post(f"/order-lines/{line['id']}/refusal")
        assert (refused.status_code, refused.json()["refunded"]["amount"]) == (201, 0)
        assert refused.json()["lines"][0]["refunded"]["amount"] == 2 * 1290
        assert refused.json()["lines"][0]["later"] is None
        assert shop.phone.post(f"/order-lines/{line['id']}/refusal").json()["code"] == "nothing_to_refuse"
        assert shop.leader_phone.post(f"/order-lines/{line['id']}/refusal").status_code == 404


def test_what_goes_back_of_goods_nobody_fetches_is_told_before_the_order(shop: Shop) -> None:
    basket = {"lines": shop.order_words()["lines"], "pickup_point_id": str(shop.point.pk)}
    assert shop.phone.post("/quotes", basket).json()["unclaimed_rule"] == ""
    with in_store(shop.ref):
        keep_unclaimed_rule(
            remind_hours=24, decide_hours=48, outcome=AfterUnclaimed.ASK, back_ppm=800_000, by_name="", now=NOW
        )
    said = shop.phone.post("/quotes", basket).json()["unclaimed_rule"]
    assert said == "提货日晚上 8 点后 48 小时没来取，店里可以按 80% 退款。"
