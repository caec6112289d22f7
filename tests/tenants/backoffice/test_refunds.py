"""The desk gives lines back: it sees what that does, then does that and nothing else."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client

from control.people.models import Person, Role
from kit import clock
from kit.ids import new_id
from kit.tenancy import StoreRef, in_store
from tenants.commissions.services.set_store_rate import set_store_rate
from tenants.journal.services import Actor
from tenants.orders.models import Order, OrderRefund, OrderState
from tenants.payments.models import Refund
from tenants.sales.services.refund_lines import refund_whole
from tenants.sales.services.watch_payments import watch_payments
from tests.factories.campaigns import an_offer
from tests.factories.orders import a_paid_order, a_pending_order
from tests.factories.times import NOW
from tests.tenants.backoffice.conftest import SignIn, _seated


@pytest.fixture(autouse=True)
def _noon_of_the_shop() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def order(acme: StoreRef) -> Order:
    with in_store(acme):
        set_store_rate(rate_ppm=100_000, by_name="陈店长", now=NOW)
        return a_paid_order(an_offer(price_minor=1000), quantity=3)


def words(**changes: str) -> dict[str, str]:
    return {"quantity_0": "2", "amount_0": "", "reason": "有两份坏了", "key": str(new_id()), **changes}


def test_shows_the_effect_first_and_writes_nothing(desk: Client, acme: StoreRef, order: Order) -> None:
    page = desk.post(f"/backoffice/orders/{order.pk}/refund", words())

    assert page.status_code == 200
    effect = page.context["effect"]
    assert (effect.amount_minor, effect.commission_minor, effect.returned, effect.lost) == (2000, 200, 2, 0)
    assert "确认退款 ¥20.00" in page.content.decode()
    with in_store(acme):
        assert not OrderRefund.objects.exists()
        assert order.lines.get().refunded_quantity == 0


def test_does_what_was_seen_once(desk: Client, acme: StoreRef, order: Order) -> None:
    confirmed = words(seen="2000")
    for _tap in range(2):
        answer = desk.post(f"/backoffice/orders/{order.pk}/refund", confirmed)
    assert answer.status_code in (303, 422)  # the second finds one piece left and its own key
    with in_store(acme):
        assert Refund.objects.get().amount_minor == 2000
        assert OrderRefund.objects.get().by_name == "老板"
    shown = desk.get(f"/backoffice/orders/{order.pk}").content.decode()
    assert "已退 2 份，¥20.00" in shown
    assert "退款 ¥20.00 处理中：有两份坏了" in shown


def test_asks_again_when_the_total_is_another_than_was_seen(desk: Client, acme: StoreRef, order: Order) -> None:
    assert desk.post(f"/backoffice/orders/{order.pk}/refund", words(seen="1000")).status_code == 200
    with in_store(acme):
        assert not OrderRefund.objects.exists()


def test_gives_a_whole_order_back(desk: Client, acme: StoreRef, order: Order) -> None:
    page = desk.get(f"/backoffice/orders/{order.pk}/refund?all=1")
    assert 'value="3"' in page.content.decode()
    desk.post(f"/backoffice/orders/{order.pk}/refund", words(quantity_0="3", seen="3000"))
    with in_store(acme):
        order.refresh_from_db()
    assert (order.state, order.close_reason) == (OrderState.CANCELLED, "有两份坏了")
    assert "?all=1" not in desk.get(f"/backoffice/orders/{order.pk}").content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"quantity_0": "4"},
        {"quantity_0": "-1"},
        {"quantity_0": "1.5"},
        {"quantity_0": "999999999999999999999"},
        {"quantity_0": ""},
        {"quantity_0": "", "amount_0": "-1"},
        {"quantity_0": "", "amount_0": "30.01"},
        {"quantity_0": "", "amount_0": "0.001"},
        {"amount_0": "1"},
        {"reason": ""},
    ],
)
def test_says_what_is_wrong(desk: Client, acme: StoreRef, order: Order, wrong: dict[str, str]) -> None:
    page = desk.post(f"/backoffice/orders/{order.pk}/refund", words(seen="2000", **wrong))
    assert page.status_code == 422
    with in_store(acme):
        assert not OrderRefund.objects.exists()


def test_is_not_offered_for_an_unpaid_order_nor_to_a_clerk(
    desk: Client, acme: StoreRef, sign_in: SignIn, clerk: Person, order: Order
) -> None:
    with in_store(acme):
        waiting = a_pending_order()
    assert (
        f"/backoffice/orders/{waiting.pk}/refund" not in desk.get(f"/backoffice/orders/{waiting.pk}").content.decode()
    )
    assert desk.post(f"/backoffice/orders/{waiting.pk}/refund", words(quantity_0="1")).status_code == 422
    at_the_counter = sign_in(clerk)
    assert at_the_counter.get(f"/backoffice/orders/{order.pk}/refund").status_code == 403
    assert at_the_counter.post(f"/backoffice/orders/{order.pk}/refund", words(seen="2000")).status_code == 403
    assert "/refund" not in at_the_counter.get(f"/backoffice/orders/{order.pk}").content.decode()
    assert desk.get(f"/backoffice/orders/{new_id()}/refund").status_code == 404


def test_a_failed_refund_paid_by_hand_is_confirmed_by_a_colleague(
    desk: Client, acme: StoreRef, sign_in: SignIn, order: Order
) -> None:
    with in_store(acme):
        refund_whole(order_id=order.pk, reason="坏了", actor=Actor(kind="person"), key="k", now=NOW)
        watch_payments(now=NOW + timedelta(minutes=1))
        failed = Refund.objects.get()
    colleague = sign_in(_seated(acme, email="second@acme.test", name="小周", role=Role.MANAGER))
    form = f"/backoffice/refunds/{failed.pk}/hand"

    assert desk.get(form).status_code == 200
    assert desk.post(form, {"note": ""}).status_code == 422
    assert desk.post(form, {"note": "现金退还"}).status_code == 303
    assert "老板 已线下退款：现金退还" in colleague.get("/backoffice/payments/stuck").content.decode()
    assert desk.post(f"{form}/confirm").status_code == 403
    assert colleague.post(f"{form}/confirm").status_code == 303
    with in_store(acme):
        assert Refund.objects.get().state == "succeeded"
    assert colleague.get(form).status_code == 404
