"""Signing in through the API, and where a token is good."""

from datetime import timedelta
from typing import Any

import pytest

from control.merchants.directory import forget
from control.merchants.models import Merchant, MerchantState
from control.post.models import Letter
from kit import clock
from kit.tenancy import StoreRef, in_control, in_store
from tenants.members.models import Member
from tests.api.conftest import Shop
from tests.api.phone import Phone, signed_in
from tests.factories.members import a_member
from tests.factories.times import NOW, later

PHONE = "13912340001"


@pytest.fixture
def phone(acme: StoreRef) -> Phone:
    return Phone(acme)


@pytest.fixture
def code(phone: Phone, django_capture_on_commit_callbacks: Any) -> str:
    """The code a phone was sent."""
    with django_capture_on_commit_callbacks(execute=True):
        sent = phone.post("/auth/sms-codes", {"phone": PHONE})
    assert sent.status_code == 202
    assert sent.json() == {"retry_after_seconds": 60, "expires_at": "2026-11-20T12:05:00+08:00"}
    with in_control():
        text = Letter.objects.get(sent_to=PHONE).text
    return "".join(letter for letter in text.partition("验证码")[2] if letter.isdigit())[:6]


class TestSignIn:
    def test_gives_a_token_that_opens_me(self, phone: Phone, code: str) -> None:
        session = phone.post("/auth/sessions", {"phone": PHONE, "code": code})

        assert session.status_code == 201
        assert session.json()["member"] == {
            "id": session.json()["member"]["id"],
            "nickname": "邻居0001",
            "phone_masked": "139****0001",
            "is_leader": False,
        }
        phone.token = session.json()["token"]
        assert phone.get("/me").json()["member"] == session.json()["member"]

    def test_waits_between_two_codes(self, phone: Phone, code: str) -> None:
        refusal = phone.post("/auth/sms-codes", {"phone": PHONE})

        assert (refusal.status_code, refusal.json()["code"]) == (429, "too_many_codes")
        assert refusal.json()["retry_after_seconds"] == 60
        assert refusal.headers["Retry-After"] == "60"

    @pytest.mark.parametrize(
        ("words", "status", "field"),
        [
            ({}, 400, "phone"),
            ({"phone": ""}, 400, "phone"),
            ({"phone": None}, 400, "phone"),
            ({"phone": "12345"}, 422, "phone"),
            ({"phone": "9" * 33}, 400, "phone"),
            ({"phone": PHONE, "country": "CN"}, 400, "country"),
        ],
    )
    def test_says_what_is_wrong_with_a_phone(
        self, phone: Phone, words: dict[str, Any], status: int, field: str
    ) -> None:
        refusal = phone.post("/auth/sms-codes", words)

        assert (refusal.status_code, list(refusal.json()["errors"])) == (status, [field])

    def test_refuses_a_wrong_code_beside_the_field(self, phone: Phone, code: str) -> None:
        wrong = "000000"

        refusal = phone.post("/auth/sessions", {"phone": PHONE, "code": wrong})

        assert (refusal.status_code, refusal.json()["code"]) == (422, "wrong_code")
        assert refusal.json()["errors"] == {"code": ["验证码不正确或已过期，请重新获取。"]}

    def test_slows_down_one_address(self, phone: Phone) -> None:
        answers = [
            phone.ask("POST", "/auth/sms-codes", {"phone": "1"}, x_forwarded_for=f"10.0.0.{number}").status_code
            for number in range(31)
        ]

        assert answers == [422] * 30 + [429]

    def test_signs_out(self, shop: Shop) -> None:
        assert shop.phone.delete("/auth/sessions/current").status_code == 204

        refusal = shop.phone.get("/me")
        assert (refusal.status_code, refusal.json()["code"]) == (401, "session_ended")


class TestClosedStore:
    def test_is_told_in_the_apis_own_words(self, shop: Shop) -> None:
        with in_control():
            Merchant.objects.filter(pk=shop.ref.merchant_id).update(state=MerchantState.SUSPENDED)
        forget()

        try:
            refusal = shop.phone.get("/campaigns")
        finally:
            forget()

        assert (refusal.status_code, refusal.json()["code"]) == (503, "store_closed")
        assert refusal.json()["request_id"] == refusal.headers["X-Request-Id"]


class TestToken:
    def test_of_another_store_opens_nothing(self, shop: Shop, rival: StoreRef) -> None:
        with in_store(rival):
            twin = a_member(phone=shop.member.phone)
        at_home = signed_in(rival, twin)
        abroad = Phone(shop.ref, at_home.token)

        assert at_home.get("/me").status_code == 200
        assert abroad.get("/me").status_code == 401
        assert abroad.post("/orders", shop.order_words()).status_code == 401

    def test_opens_nothing_when_it_is_over(self, shop: Shop) -> None:
        with clock.at(NOW + timedelta(days=30)):
            assert shop.phone.get("/me").status_code == 401

    @pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic abc", "Bearer " + "x" * 201, "x", "Bearer é"])
    def test_must_be_well_formed(self, shop: Shop, header: str) -> None:
        refusal = shop.stranger.get("/me", authorization=header)

        assert (refusal.status_code, refusal.json()["code"]) == (401, "session_ended")
        assert refusal.headers["WWW-Authenticate"] == 'Bearer realm="store"'

    def test_is_asked_for(self, shop: Shop) -> None:
        refusal = shop.stranger.get("/orders")

        assert (refusal.status_code, refusal.json()["code"]) == (401, "not_signed_in")

    def test_notes_the_visit(self, shop: Shop) -> None:
        with clock.at(later(hours=2)):
            shop.phone.get("/me")

        with in_store(shop.ref):
            assert Member.objects.get(pk=shop.member.pk).last_seen_at == later(hours=2)
