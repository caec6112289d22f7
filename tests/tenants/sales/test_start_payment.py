"""Going to pay: one charge, whatever is tapped twice and whatever dies half way."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from kit.tenancy import StoreRef
from tenants.orders.models import OrderState
from tenants.orders.selectors import OrderMissing
from tenants.payments.methods import METHODS, sandbox
from tenants.payments.models import Payment, PaymentState, SandboxCharge
from tenants.payments.news import MethodUnreachable
from tenants.sales.services.cancel_order import cancel_order
from tenants.sales.services.start_payment import NotPayable, OrderClosed, StartedPayment, UnknownMethod, start_payment
from tenants.sales.services.watch_payments import watch_payments
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order, a_pending_order
from tests.factories.times import NOW, later


def start(order: Any, *, key: str = "tap-1", **changed: Any) -> StartedPayment:
    asked = {"order_id": order.id, "member": order.member, "method": "sandbox", "key": key, "now": NOW}
    return start_payment(**(asked | changed))


@pytest.fixture
def a_method(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Replace some of the sandbox's answers."""

    def replace(**answers: Any) -> None:
        own = {name: getattr(sandbox, name) for name in ("open_charge", "read_charge", "close_charge", "refund")}
        monkeypatch.setitem(METHODS, "sandbox", SimpleNamespace(**(own | answers)))

    return replace


def silence(**_asked: Any) -> Any:
    raise MethodUnreachable


class TestStartPayment:
    def test_sends_the_member_to_the_cashier(self, in_acme: StoreRef) -> None:
        order = a_pending_order()

        started = start(order)

        charge = SandboxCharge.objects.get()
        assert started.redirect_path == f"/pay/sandbox/{charge.key}"
        assert (charge.amount_minor, charge.state) == (1290, "open")
        assert (started.payment.state, started.payment.attempt) == (PaymentState.PROCESSING, 1)
        assert started.payment.next_look_at == later(seconds=30)

    def test_charges_once_however_often_it_is_tapped(self, in_acme: StoreRef) -> None:
        order = a_pending_order()

        first, same_key, other_key = start(order), start(order), start(order, key="tap-2")

        assert first.payment == same_key.payment == other_key.payment
        assert first.redirect_path == other_key.redirect_path
        assert SandboxCharge.objects.count() == 1

    def test_remembers_how_an_attempt_ended(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        key = start(order, key="tap-1").payment.key
        sandbox.sandbox_decide(key=key, decision="fail", now=NOW)
        watch_payments(now=later(seconds=30))

        again = start(order, key="tap-1")
        fresh = start(order, key="tap-2")

        assert (again.payment.key, again.payment.state, again.redirect_path) == (key, PaymentState.FAILED, "")
        assert (fresh.payment.attempt, fresh.payment.state) == (2, PaymentState.PROCESSING)

    def test_remembers_a_key_though_the_order_is_closed(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        begun = start(order).payment
        cancel_order(order_id=order.id, member=order.member, reason="", now=NOW)

        again = start(order).payment

        assert (again, again.state) == (begun, PaymentState.CANCELLED)

    def test_outlives_the_cutoff(self, in_acme: StoreRef) -> None:
        order = a_pending_order(now=later(hours=10, minutes=55))
        assert start(order, now=later(hours=11, minutes=1)).redirect_path

    def test_refuses_an_order_whose_time_is_over(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        with pytest.raises(OrderClosed):
            start(order, now=later(minutes=15))
        assert Payment.objects.count() == 0

    def test_refuses_what_needs_no_payment(self, in_acme: StoreRef) -> None:
        given_up = a_pending_order()
        cancel_order(order_id=given_up.id, member=given_up.member, reason="", now=NOW)
        with pytest.raises(OrderClosed):
            start(given_up)
        with pytest.raises(NotPayable):
            start(a_paid_order())

    def test_refuses_somebody_elses_order(self, in_acme: StoreRef) -> None:
        with pytest.raises(OrderMissing):
            start(a_pending_order(), member=a_member())

    def test_refuses_a_method_that_is_not_there(self, in_acme: StoreRef) -> None:
        with pytest.raises(UnknownMethod):
            start(a_pending_order(), method="barter")


class TestHalfWay:
    def test_a_silent_provider_leaves_it_unknown(self, in_acme: StoreRef, a_method: Callable[..., None]) -> None:
        order = a_pending_order()
        a_method(open_charge=silence)

        started = start(order)

        assert (started.payment.state, started.redirect_path) == (PaymentState.UNKNOWN, "")

    def test_asks_the_same_charge_of_a_provider_that_woke_up(
        self, in_acme: StoreRef, a_method: Callable[..., None]
    ) -> None:
        order = a_pending_order()
        a_method(open_charge=silence)
        unknown = start(order).payment
        a_method()

        started = start(order, key="tap-2")

        assert started.payment == unknown
        assert started.redirect_path.endswith(unknown.key)

    def test_dies_before_it_asks(self, in_acme: StoreRef, a_method: Callable[..., None]) -> None:
        def die(**_asked: Any) -> str:
            raise SystemExit

        order = a_pending_order()
        a_method(open_charge=die)
        with pytest.raises(SystemExit):
            start(order)
        assert Payment.objects.get().state == PaymentState.CREATED

        a_method()
        watch_payments(now=later(seconds=30))
        assert start(order).redirect_path
        assert Payment.objects.count() == 1

    def test_dies_after_the_provider_was_asked(self, in_acme: StoreRef, a_method: Callable[..., None]) -> None:
        def ask_and_die(**asked: Any) -> str:
            sandbox.open_charge(**asked)
            raise SystemExit

        order = a_pending_order()
        a_method(open_charge=ask_and_die)
        with pytest.raises(SystemExit):
            start(order)
        a_method()
        sandbox.sandbox_decide(key=Payment.objects.get().key, decision="silent", now=NOW)

        watch_payments(now=later(seconds=30))

        order.refresh_from_db()
        assert order.state == OrderState.PAID
