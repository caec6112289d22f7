"""The sandbox provider tells us of a payment: believed when signed, acted on once."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from control.inbox.models import OutsideEvent
from kit import clock
from kit.tenancy import StoreRef, in_control, in_store
from tenants.orders.models import Order
from tenants.payments.methods.sandbox import sandbox_decide, sign_notice
from tenants.payments.models import Payment
from tests.api.conftest import Shop
from tests.api.phone import Phone
from tests.factories.orders import a_pending_order, a_started_payment
from tests.factories.times import NOW, later


@pytest.fixture
def payment(shop: Shop) -> Payment:
    """An order waiting at the cashier."""
    with in_store(shop.ref):
        return a_started_payment(a_pending_order(shop.item, member=shop.member, point=shop.point))


@pytest.fixture
def notice(shop: Shop, payment: Payment) -> dict[str, Any]:
    """What the provider says when the shopper has paid."""
    with in_store(shop.ref):
        said = sandbox_decide(key=payment.key, decision="pay", now=NOW)
    assert said
    return said


def tell(phone: Phone, ref: StoreRef, notice: dict[str, Any], *, signature: str | None = None) -> Any:
    body = json.dumps(notice).encode()
    with in_store(ref):
        signed = sign_notice(body=body)
    return phone.post("/webhooks/sandbox", body, x_sandbox_signature=signed if signature is None else signature)


def state_of(shop: Shop, payment: Payment) -> str:
    with in_store(shop.ref):
        return Order.objects.get(pk=payment.first_order_id).state


class TestNotice:
    def test_pays_the_order(self, shop: Shop, payment: Payment, notice: dict[str, Any]) -> None:
        answer = tell(shop.stranger, shop.ref, notice)

        assert (answer.status_code, answer.json()) == (200, {"received": True})
        assert state_of(shop, payment) == "paid"
        with in_control():
            event = OutsideEvent.objects.get()
        assert (event.provider, event.account, event.state) == ("sandbox", str(shop.ref.merchant_id), "done")

    def test_may_come_twenty_times(self, shop: Shop, payment: Payment, notice: dict[str, Any]) -> None:
        assert {tell(shop.stranger, shop.ref, notice).status_code for _ in range(20)} == {200}

        with in_control():
            assert OutsideEvent.objects.count() == 1
        with in_store(shop.ref):
            order = Order.objects.get(pk=payment.first_order_id)
            assert (order.paid_minor, order.refunded_minor) == (payment.amount_minor, 0)

    @pytest.mark.parametrize("signature", ["", "0" * 64, "WECHATPAY/SIGNTEST/abc", "é"])
    def test_without_the_right_signature_is_refused(
        self, shop: Shop, payment: Payment, notice: dict[str, Any], signature: str
    ) -> None:
        refusal = tell(shop.stranger, shop.ref, notice, signature=signature)

        assert (refusal.status_code, refusal.json()["code"]) == (403, "bad_signature")
        assert state_of(shop, payment) == "pending_payment"
        with in_control():
            assert not OutsideEvent.objects.exists()

    def test_signed_for_another_store_is_refused(
        self, shop: Shop, payment: Payment, notice: dict[str, Any], rival: StoreRef
    ) -> None:
        body = json.dumps(notice).encode()
        with in_store(rival):
            signed = sign_notice(body=body)

        at_home = tell(shop.stranger, shop.ref, notice, signature=signed)
        at_the_rivals = tell(Phone(rival), shop.ref, notice)

        assert (at_home.status_code, at_the_rivals.status_code) == (403, 403)
        assert state_of(shop, payment) == "pending_payment"

    def test_a_signature_that_names_no_store_would_be_seen(
        self, shop: Shop, payment: Payment, notice: dict[str, Any], rival: StoreRef, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from kit import signing

        monkeypatch.setattr(signing, "scope_salt", lambda purpose: purpose)

        assert tell(Phone(rival), shop.ref, notice).status_code == 200  # the mutant believes a neighbour's notice

    @pytest.mark.parametrize(("wait", "status"), [(-301, 403), (-300, 200), (300, 200), (301, 403)])
    def test_is_good_for_five_minutes(self, shop: Shop, notice: dict[str, Any], wait: int, status: int) -> None:
        with clock.at(datetime.fromisoformat(notice["sent_at"]) + timedelta(seconds=wait)):
            assert tell(shop.stranger, shop.ref, notice).status_code == status

    def test_with_another_amount_is_asked_about_and_not_believed(
        self, shop: Shop, payment: Payment, notice: dict[str, Any]
    ) -> None:
        tell(shop.stranger, shop.ref, {**notice, "amount_minor": 1})

        with in_store(shop.ref):
            assert Order.objects.get(pk=payment.first_order_id).paid_minor == payment.amount_minor

    def test_too_large_is_not_read(self, shop: Shop, notice: dict[str, Any]) -> None:
        assert tell(shop.stranger, shop.ref, {**notice, "more": "x" * 70_000}).status_code == 413

    def test_in_silence_the_janitor_finds_out(self, shop: Shop, payment: Payment) -> None:
        from tenants.sales.services.watch_payments import watch_payments

        with in_store(shop.ref):
            assert sandbox_decide(key=payment.key, decision="silent", now=NOW) is None
            watch_payments(now=later(seconds=31))

        assert state_of(shop, payment) == "paid"
