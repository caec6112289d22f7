"""缺货处理 through its pages: seen before it is confirmed, then listed with who goes without."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client

from control.people.models import Person
from kit import clock
from kit.tenancy import StoreRef, in_store
from tenants.aftersales.models import Shortage
from tenants.aftersales.services.tell_shortage import settle_short
from tenants.orders.models import OrderLine
from tests.factories.campaigns import an_offer
from tests.factories.catalog import a_product
from tests.factories.leaders import a_leader_with_point
from tests.factories.orders import a_paid_order
from tests.factories.times import NOW, later
from tests.tenants.backoffice.conftest import SignIn

LIST = "/backoffice/orders/shortages"


@pytest.fixture(autouse=True)
def _after_the_cut_off() -> Iterator[None]:
    with clock.at(later(hours=12)):
        yield


def test_who_goes_without_is_seen_then_done(desk: Client, acme: StoreRef, sign_in: SignIn, clerk: Person) -> None:
    assert "没有待交付的商品" in desk.get(LIST).content.decode()
    assert LIST in desk.get("/backoffice/orders").content.decode()
    with in_store(acme):
        item, point = an_offer(in_stock=9), a_leader_with_point()
        orders = [a_paid_order(item, quantity=2, point=point, now=later(minutes=turn)) for turn in range(2)]
    page = f"{LIST}/new/{item.sku_id}/2026-11-21"
    assert page in desk.get(LIST).content.decode()
    assert "待交付 4 份" in desk.get(page).content.decode()

    too_many = desk.post(page, {"there": "4", "rule": "first_paid", "ending": "refund", "key": "k"})
    assert too_many.status_code == 422
    assert "要填 0 到 3" in too_many.content.decode()
    typed = {"there": "3", "rule": "first_paid", "ending": "refund", "reason": "产地断货", "key": "k"}
    shown = desk.post(page, typed).content.decode()
    assert orders[1].number in shown
    assert orders[0].number not in shown
    assert "确认退款 ¥12.90" in shown
    with in_store(acme):
        assert not Shortage.objects.exists()

    seen = re.search(r'name="seen" value="([0-9a-f]+)"', shown)
    assert seen
    done = desk.post(page, {**typed, "seen": seen[1]})
    assert done.status_code == 303
    told = desk.get(done["Location"]).content.decode()
    assert "产地断货" in told
    assert orders[1].number in told
    assert "已登记缺 1 份" in desk.get(LIST).content.decode()
    assert "缺货：产地断货" in desk.get(f"/backoffice/orders/{orders[1].pk}").content.decode()
    assert desk.post(f"{done['Location']}/again").status_code == 303
    with in_store(acme):
        refunded = OrderLine.objects.order_by("order__placed_at").values_list("refunded_quantity", flat=True)
        assert list(refunded) == [0, 1]
        assert settle_short(shortage_id=Shortage.objects.get().pk, now=NOW) == (0, 0)
    assert sign_in(clerk).post(page, typed).status_code == 403


def test_something_similar_is_chosen_seen_and_shown_on_the_order(desk: Client, acme: StoreRef) -> None:
    with in_store(acme):
        item, point = an_offer(in_stock=9), a_leader_with_point()
        cherry = a_product(title="千禧番茄", price_minor=1500, in_stock=3)
        agreed = a_paid_order(item, point=point, accepts_substitute=True)
        other = a_paid_order(item, point=point, now=later(minutes=1))
    page = f"{LIST}/new/{item.sku_id}/2026-11-21"
    asked = desk.get(page).content.decode()
    assert "2 单里有 1 单的顾客同意缺货时换同类商品" in asked
    assert "千禧番茄 500g/份（¥15.00，可用 3 份）" in asked
    typed = {"there": "0", "rule": "first_paid", "ending": "substitute", "substitute": str(cherry.pk), "key": "k"}
    assert "请选一种价格不低于原商品" in desk.post(page, {**typed, "substitute": ""}).content.decode()
    shown = desk.post(page, typed).content.decode()
    assert "确认补 1 份、退款 ¥12.90" in shown
    assert "补给顾客的 1 份马上从库存扣出" in shown
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', shown)
    assert seen
    # what was seen was another number: shown again, nothing done
    desk.post(page, {**typed, "there": "1", "seen": seen[1]})
    with in_store(acme):
        assert not Shortage.objects.exists()
    done = desk.post(page, {**typed, "seen": seen[1]})
    assert done.status_code == 303
    assert "千禧番茄" in desk.get(done["Location"]).content.decode()
    mine = desk.get(f"/backoffice/orders/{agreed.pk}").content.decode()
    assert "缺货，1 份换成“千禧番茄 500g/份”" in mine
    assert "可换同类商品" in mine
    assert "换成" not in desk.get(f"/backoffice/orders/{other.pk}").content.decode()


def test_the_next_wave_is_named_seen_and_told(desk: Client, acme: StoreRef) -> None:
    with in_store(acme):
        item, point = an_offer(in_stock=9), a_leader_with_point()
        order = a_paid_order(item, point=point, quantity=2)
    page = f"{LIST}/new/{item.sku_id}/2026-11-21"
    typed = {"there": "1", "rule": "first_paid", "ending": "later", "later_on": "2026-11-23", "key": "k"}
    assert "下一批的提货日要晚于今天" in desk.post(page, {**typed, "later_on": "2026-11-21"}).content.decode()
    shown = desk.post(page, typed).content.decode()
    assert "确认补 1 份" in shown
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', shown)
    assert seen
    done = desk.post(page, {**typed, "seen": seen[1]})
    assert done.status_code == 303
    assert "下一批送达" in desk.get(done["Location"]).content.decode()
    assert f"{LIST}/new/{item.sku_id}/2026-11-23" in desk.get(LIST).content.decode()
    mine = desk.get(f"/backoffice/orders/{order.pk}").content.decode()
    assert "1 份改到 11-23 提货" in mine
    assert "缺货 1 份，改到 11-23 提货" in mine


@pytest.mark.parametrize("day", ["nonsense", "2026-13-01", "2026-11-22"])
def test_goods_nobody_waits_for_are_not_there(desk: Client, acme: StoreRef, day: str) -> None:
    with in_store(acme):
        item = an_offer(in_stock=9)
        a_paid_order(item)
    assert desk.get(f"{LIST}/new/{item.sku_id}/{day}").status_code == 404
