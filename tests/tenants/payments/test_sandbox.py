"""The sandbox plays a payment company: it charges once, refunds once, and signs what it says."""

import json

import pytest

from kit.tenancy import StoreRef, in_store
from tenants.payments.methods import sandbox
from tenants.payments.methods.sandbox import BadSignature, ChargeDecided, ChargeMissing, sandbox_decide
from tenants.payments.models import PaymentState, RefundState, SandboxCharge
from tests.factories.times import NOW


def a_charge(*, key: str = "26112012345678-abc", amount_minor: int = 1290) -> str:
    sandbox.open_charge(key=key, amount_minor=amount_minor, currency="CNY", now=NOW)
    return key


def state_of(key: str) -> PaymentState | None:
    news = sandbox.read_charge(key=key)
    return news.state if news else None


class TestCharge:
    def test_is_opened_once(self, in_acme: StoreRef) -> None:
        for _time in range(2):
            opened = sandbox.open_charge(key="k", amount_minor=1290, currency="CNY", now=NOW)
            assert opened.redirect_url == "/pay/sandbox/k"
        assert SandboxCharge.objects.get().amount_minor == 1290

    def test_is_read(self, in_acme: StoreRef) -> None:
        assert state_of("nobody") is None
        assert state_of(a_charge()) == PaymentState.PROCESSING

    def test_is_closed_unless_paid(self, in_acme: StoreRef) -> None:
        unpaid, paid = a_charge(key="unpaid"), a_charge(key="paid")
        sandbox_decide(key=paid, decision="pay", now=NOW)

        closed, stays = sandbox.close_charge(key=unpaid), sandbox.close_charge(key=paid)

        assert closed
        assert stays
        assert (closed.state, stays.state) == (PaymentState.CANCELLED, PaymentState.SUCCEEDED)
        assert sandbox.close_charge(key="nobody") is None


class TestDecision:
    def test_pays_and_tells(self, in_acme: StoreRef) -> None:
        key = a_charge()

        notice = sandbox_decide(key=key, decision="pay", now=NOW)

        assert notice
        assert (notice["kind"], notice["key"], notice["amount_minor"]) == ("charge.paid", key, 1290)
        assert state_of(key) == PaymentState.SUCCEEDED
        assert sandbox_decide(key=key, decision="pay", now=NOW) == notice

    def test_fails_and_tells(self, in_acme: StoreRef) -> None:
        key = a_charge()

        notice = sandbox_decide(key=key, decision="fail", now=NOW)

        assert notice
        assert notice["kind"] == "charge.failed"
        assert state_of(key) == PaymentState.FAILED

    def test_pays_and_tells_nobody(self, in_acme: StoreRef) -> None:
        key = a_charge()
        assert sandbox_decide(key=key, decision="silent", now=NOW) is None
        assert state_of(key) == PaymentState.SUCCEEDED

    def test_is_made_once(self, in_acme: StoreRef) -> None:
        key = a_charge()
        sandbox_decide(key=key, decision="fail", now=NOW)
        with pytest.raises(ChargeDecided):
            sandbox_decide(key=key, decision="pay", now=NOW)

    def test_of_nothing_is_refused(self, in_acme: StoreRef) -> None:
        with pytest.raises(ChargeMissing):
            sandbox_decide(key="nobody", decision="pay", now=NOW)


class TestRefund:
    def test_pays_each_key_back_once(self, in_acme: StoreRef) -> None:
        key = a_charge()
        sandbox_decide(key=key, decision="pay", now=NOW)

        answers = [sandbox.refund(key=name, charge_key=key, amount_minor=500) for name in ("r1", "r1", "r2")]

        assert {answer.state for answer in answers} == {RefundState.SUCCEEDED}
        assert SandboxCharge.objects.get().refunded_minor == 1000

    def test_refuses_more_than_was_paid(self, in_acme: StoreRef) -> None:
        key = a_charge()
        sandbox_decide(key=key, decision="pay", now=NOW)
        assert sandbox.refund(key="r1", charge_key=key, amount_minor=1291).state == RefundState.FAILED

    def test_refuses_what_was_not_paid(self, in_acme: StoreRef) -> None:
        assert sandbox.refund(key="r1", charge_key=a_charge(), amount_minor=1).state == RefundState.FAILED


class TestSignature:
    def test_is_good_for_this_store_alone(self, acme: StoreRef, rival: StoreRef) -> None:
        body = json.dumps({"key": "k"}).encode()
        with in_store(acme):
            signature = sandbox.sign_notice(body=body)
            assert sandbox.verify_notice(body=body, signature=signature) == {"key": "k"}

        with in_store(rival), pytest.raises(BadSignature):
            sandbox.verify_notice(body=body, signature=signature)

    @pytest.mark.parametrize("signature", ["", "0" * 64, "签名"])
    def test_refuses_what_it_did_not_sign(self, in_acme: StoreRef, signature: str) -> None:
        with pytest.raises(BadSignature):
            sandbox.verify_notice(body=b"{}", signature=signature)

    def test_covers_every_byte(self, in_acme: StoreRef) -> None:
        signature = sandbox.sign_notice(body=b'{"amount_minor": 1290}')
        with pytest.raises(BadSignature):
            sandbox.verify_notice(body=b'{"amount_minor": 1291}', signature=signature)
