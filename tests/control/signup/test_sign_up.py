"""A stranger becomes a merchant, through the pages."""

import re
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from control.merchants.models import Merchant
from control.people.models import Person, PhoneCode, Seat
from control.post.models import Letter
from control.provisioning.models import PooledSchema
from kit.tenancy import in_control, in_store
from tenants.content.models import StoreProfile
from tests.database import BORN

PLATFORM = {"host": "linli.test"}
PHONE = "13812345678"


@pytest.fixture
def stranger(db: None) -> Client:
    return Client(headers=PLATFORM)


def _code_sent_to(stranger: Client, phone: str = PHONE) -> str:
    stranger.post("/signup/code", {"phone": phone})
    with in_control():
        letter = Letter.objects.filter(sent_to=phone).latest("sent_at")
    found = re.search(r"\d{6}", letter.text)
    assert found
    return found.group()


def _form(**changed: Any) -> dict[str, Any]:
    return {
        "phone": PHONE,
        "email": "wang@example.com",
        "password": "green-leaf-88",
        "store_name": "老王果园",
        "slug": "laowang",
        "accepted_terms": "on",
        **changed,
    }


class TestSignUp:
    def test_opens_a_store_and_carries_the_owner_into_its_back_office(self, stranger: Client) -> None:
        with in_control():
            ready = PooledSchema.objects.count()
        code = _code_sent_to(stranger)

        answer = stranger.post("/signup", _form(code=code))

        assert answer.status_code == 302
        assert answer["Location"].startswith("http://laowang.linli.test/backoffice/enter?pass=")
        with in_control():
            merchant = Merchant.objects.get(slug="laowang")
            assert Seat.objects.get(merchant_id=merchant.id).person.email == "wang@example.com"
            assert PooledSchema.objects.count() == ready - 1  # claimed, not built: that is why it takes no time
        with in_store(merchant.ref):
            assert StoreProfile.objects.get().name == "老王果园"

        at_store = Client(headers={"host": "laowang.linli.test"})
        inside = at_store.get(answer["Location"].partition(".linli.test")[2])
        assert inside.status_code in (302, 303)
        assert at_store.get("/backoffice/").status_code == 200
        again = Client(headers={"host": "laowang.linli.test"}).get(answer["Location"].partition(".linli.test")[2])
        assert "/backoffice/login" in again.get("Location", "") or again.status_code in (403, 422)

    @pytest.mark.parametrize(
        ("changed", "field", "sentence"),
        [
            ({"slug": "acme"}, "slug", "已经被别的店铺使用"),
            ({"slug": "www"}, "slug", "保留"),
            ({"slug": "1店"}, "slug", "小写字母"),
            ({"code": "000000"}, "code", "验证码不正确"),
            ({"phone": "12"}, "phone", "手机号"),
            ({"email": "nope"}, "email", ""),
            ({"password": "12345678"}, "password", ""),
            ({"store_name": ""}, "store_name", ""),
            ({"accepted_terms": ""}, "accepted_terms", "同意"),
        ],
    )
    def test_says_what_is_wrong_beside_the_field_and_keeps_the_rest(
        self, stranger: Client, changed: dict[str, str], field: str, sentence: str
    ) -> None:
        code = _code_sent_to(stranger)

        answer = stranger.post("/signup", _form(**{"code": code, **changed}))

        page = answer.content.decode()
        assert answer.status_code == 422
        assert answer.context["form"].errors[field]
        assert sentence in page
        assert "老王果园" in page or field == "store_name"
        with in_control():
            assert not Person.objects.filter(email="wang@example.com").exists()
            assert not Merchant.objects.exclude(slug__in=["acme", "rival"]).exists()

    def test_a_refusal_does_not_cost_the_code(self, stranger: Client) -> None:
        code = _code_sent_to(stranger)
        assert stranger.post("/signup", _form(code=code, password="12345678")).status_code == 422

        assert stranger.post("/signup", _form(code=code)).status_code == 302

        assert stranger.post("/signup", _form(code=code, slug="laowang2", email="b@example.com")).status_code == 422

    def test_offers_three_free_addresses(self, stranger: Client) -> None:
        page = stranger.get("/signup/address", {"slug": "acme", "store_name": "绿家生鲜"}).content.decode()

        offered = re.findall(r'data-with="([^"]+)"', page)
        assert len(offered) == 3
        assert "acme" not in offered

    def test_five_wrong_codes_burn_the_right_one(self, stranger: Client) -> None:
        code = _code_sent_to(stranger)
        for _try in range(5):
            stranger.post("/signup", _form(code="000000"))

        assert stranger.post("/signup", _form(code=code)).status_code == 422

    def test_the_same_email_is_sent_to_the_login(self, stranger: Client) -> None:
        assert stranger.post("/signup", _form(code=_code_sent_to(stranger))).status_code == 302

        answer = stranger.post(
            "/signup", _form(code=_code_sent_to(stranger, "13912345678"), phone="13912345678", slug="b88")
        )

        assert answer.status_code == 422
        assert "已经注册过" in answer.content.decode()

    def test_a_store_that_could_not_be_opened_at_once_is_finished_later(
        self, stranger: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(**_given: Any) -> None:
            raise DatabaseError("the disk is slow")

        monkeypatch.setattr("control.signup.services.sign_up.open_store", fails)

        page = stranger.post("/signup", _form(code=_code_sent_to(stranger)))

        assert page.status_code == 200
        assert "正在开店" in page.content.decode()
        assert Client(headers={"host": "laowang.linli.test"}).get("/").status_code == 404


class TestFindMyStore:
    def test_lists_the_stores_of_a_proven_phone(self, stranger: Client) -> None:
        stranger.post("/signup", _form(code=_code_sent_to(stranger)))

        stranger = Client(headers=PLATFORM)
        with in_control():
            PhoneCode.objects.update(sent_at=BORN)  # long enough ago to ask again
        code = _code_sent_to(stranger)

        wrong = stranger.post("/login", {"phone": PHONE, "code": "000000"}).content.decode()
        right = stranger.post("/login", {"phone": PHONE, "code": code}).content.decode()

        assert "laowang" not in wrong
        assert "http://laowang.linli.test/backoffice/" in right
