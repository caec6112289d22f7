"""称重结算 through its page: typed, settled, shown, and said beside the box what is wrong."""

from collections.abc import Iterator

import pytest
from django.test import Client

from control.people.models import Person
from kit import clock
from kit.tenancy import StoreRef, in_store
from tenants.aftersales.models import Weighing
from tests.factories.orders import a_paid_order, line_id_of
from tests.factories.times import NOW
from tests.tenants.aftersales.test_weighing import ribs
from tests.tenants.backoffice.conftest import SignIn

PAGE = "/backoffice/orders/weighing?date=2026-11-21"


@pytest.fixture(autouse=True)
def _noon_of_the_shop() -> Iterator[None]:
    with clock.at(NOW):
        yield


def test_weights_are_typed_and_settled(desk: Client, acme: StoreRef, sign_in: SignIn, clerk: Person) -> None:
    assert "这一天没有要称重的商品" in desk.get("/backoffice/orders/weighing").content.decode()
    with in_store(acme):
        first, second = (line_id_of(a_paid_order(ribs())) for _order in range(2))
    assert f"grams_{first}" in desk.get(PAGE).content.decode()

    wrong = desk.post(PAGE, {f"grams_{first}": "450", f"grams_{second}": "99999"})
    assert wrong.status_code == 422
    assert "重量和预估差得太多" in wrong.content.decode()
    assert desk.post(PAGE, {f"grams_{second}": "1.5"}).status_code == 422
    assert desk.post(PAGE, {f"grams_{second}": ""}).status_code == 303

    shown = desk.get(PAGE).content.decode()
    assert f"grams_{first}" not in shown
    assert "¥3.00" in shown
    with in_store(acme):
        assert Weighing.objects.get().by_name == "老板"
    assert desk.get("/backoffice/orders/weighing?date=nonsense").status_code == 200
    assert sign_in(clerk).post(PAGE, {f"grams_{second}": "450"}).status_code == 403
