"""Who comes into the back office, and how."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from control.merchants.models import Merchant
from control.people.models import Person, Role, Seat
from control.people.services import give_seat, issue_pass
from kit import clock
from kit.tenancy import StoreRef, in_control
from tests.tenants.backoffice.conftest import PASSWORD, SignIn, anonymous
from tests.tenants.shelf import NOON

ANY_ID = "01900000-0000-7000-8000-0000000000aa"
OPEN_DOORS = {"/backoffice/login", "/backoffice/enter", "/backoffice/logout"}
# a supplier has no seat, and who forgot a password cannot sign in: the address itself is signed, or tells nothing
SIGNED_DOORS = ("/backoffice/supply/", "/backoffice/password/")


def every_page() -> list[str]:
    """List every address of the back office, ids filled in."""
    found: list[str] = []

    def walk(patterns: list[URLPattern | URLResolver], prefix: str) -> None:
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, path)
            else:
                found.append("/backoffice/" + _filled(path))

    walk(get_resolver("tenants.backoffice.urls").url_patterns, "")
    return sorted(page for page in set(found) - OPEN_DOORS if not page.startswith(SIGNED_DOORS))


def asked(client: Client, page: str, **options: Any) -> Any:
    """Ask for a page, or post to it where it only takes posts."""
    answer = client.get(page, **options)
    return client.post(page, **options) if answer.status_code == 405 else answer


def _filled(path: str) -> str:
    parts = [
        ANY_ID if part.startswith("<uuid") else "1" if part.startswith("<int") else part for part in path.split("/")
    ]
    return "/".join("x" if part.startswith("<") else part for part in parts)


class TestEveryPage:
    def test_there_are_pages(self) -> None:
        assert len(every_page()) > 20

    def test_sends_a_stranger_to_the_login_page_and_back(self, acme: StoreRef) -> None:
        for page in every_page():
            answer = asked(anonymous(), page, headers={"referer": "http://acme.linli.test/backoffice/orders?q=1"})
            assert answer.status_code == 302, page
            assert answer["Location"].startswith("/backoffice/login?next=%2Fbackoffice%2F"), page

    def test_takes_nothing_from_a_stranger(self, acme: StoreRef) -> None:
        for page in every_page():
            assert anonymous().post(page).status_code in (302, 405), page

    def test_forbids_the_boss_of_another_store(self, acme: StoreRef, stranger: Person) -> None:
        client = anonymous()
        _sign_in_without_a_seat(client, stranger)
        for page in every_page():
            assert asked(client, page).status_code == 403, page

    def test_a_supplier_without_the_signature_finds_nothing(self, acme: StoreRef) -> None:
        assert asked(anonymous(), f"{SIGNED_DOORS[0]}{ANY_ID}/x").status_code == 404
        assert anonymous().post(f"{SIGNED_DOORS[0]}{ANY_ID}/x").status_code == 404

    def test_knows_no_ids_of_nobody(self, desk: Client) -> None:
        for page in every_page():
            if ANY_ID in page:
                assert asked(desk, page, follow=True).status_code == 404, page


class TestLogin:
    def test_leads_back_to_the_page_asked_for(self, acme: StoreRef, boss: Person) -> None:
        client = anonymous()
        asked = client.get("/backoffice/orders?state=paid", follow=True)
        assert asked.status_code == 200
        assert "登录商家后台" in asked.content.decode()

        answer = client.post(
            "/backoffice/login",
            {"email": "BOSS@acme.test", "password": PASSWORD, "next": "/backoffice/orders?state=paid"},
        )

        assert answer["Location"] == "/backoffice/orders?state=paid"
        assert client.get("/backoffice/").status_code == 200

    @pytest.mark.parametrize("where", ["https://evil.test/", "//evil.test", "javascript:alert(1)", "/\\evil.test"])
    def test_leads_nowhere_else(self, acme: StoreRef, boss: Person, where: str) -> None:
        answer = anonymous().post("/backoffice/login", {"email": boss.email, "password": PASSWORD, "next": where})

        assert answer["Location"] == "/backoffice/"

    def test_says_what_is_wrong_beside_the_field_and_keeps_the_email(self, acme: StoreRef, boss: Person) -> None:
        answer = anonymous().post("/backoffice/login", {"email": boss.email, "password": "wrong"})

        assert answer.status_code == 422
        page = answer.content.decode()
        assert "邮箱或密码不对，请再试一次。" in page
        assert f'value="{boss.email}"' in page
        assert "wrong" not in page.split("id_password")[1].split(">")[0]

    def test_asks_a_guesser_to_wait(self, acme: StoreRef, boss: Person) -> None:
        for _guess in range(5):
            anonymous().post("/backoffice/login", {"email": boss.email, "password": "wrong"})

        answer = anonymous().post("/backoffice/login", {"email": boss.email, "password": PASSWORD})
        assert answer.status_code == 429
        assert "秒后再试" in answer.content.decode()

        with clock.at(NOON + timedelta(minutes=2)):
            assert anonymous().post("/backoffice/login", {"email": boss.email, "password": PASSWORD}).status_code == 302

    def test_opens_no_session_for_the_boss_next_door(self, acme: StoreRef, stranger: Person) -> None:
        client = anonymous()

        answer = client.post("/backoffice/login", {"email": stranger.email, "password": PASSWORD})

        assert answer.status_code == 422
        assert "不是本店的员工" in answer.content.decode()
        assert client.get("/backoffice/").status_code == 302

    def test_ends(self, desk: Client) -> None:
        assert desk.get("/backoffice/").status_code == 200
        desk.post("/backoffice/logout")
        assert desk.get("/backoffice/").status_code == 302


class TestEnter:
    def test_takes_a_pass_once(self, acme: StoreRef, boss: Person) -> None:
        with in_control():
            token = issue_pass(person=boss, merchant_id=acme.merchant_id, now=NOON)
        first, second = anonymous(), anonymous()

        assert (
            first.get("/backoffice/enter", {"pass": token, "next": "/backoffice/shop"})["Location"]
            == "/backoffice/shop"
        )
        assert first.get("/backoffice/").status_code == 200
        refused = second.get("/backoffice/enter", {"pass": token}, follow=True)
        assert "登录链接已失效" in refused.content.decode()
        assert second.get("/backoffice/").status_code == 302

    def test_refuses_a_pass_of_another_store(self, acme: StoreRef, rival: StoreRef, stranger: Person) -> None:
        with in_control():
            token = issue_pass(person=stranger, merchant_id=rival.merchant_id, now=NOON)

        assert anonymous().get("/backoffice/enter", {"pass": token})["Location"] == "/backoffice/login"


class TestExpiredSession:
    def test_sends_a_fragment_to_the_login_page_and_back_to_the_page_it_was_on(self, acme: StoreRef) -> None:
        answer = anonymous().get(
            "/backoffice/leaders/new",
            headers={"HX-Request": "true", "HX-Current-URL": "http://acme.linli.test/backoffice/leaders?state=active"},
        )

        assert answer["HX-Redirect"] == "/backoffice/login?next=%2Fbackoffice%2Fleaders%3Fstate%3Dactive"

    def test_brings_someone_who_posted_back_to_the_page_with_the_button(self, acme: StoreRef) -> None:
        button = {"referer": "http://acme.linli.test/backoffice/orders?state=paid"}
        elsewhere = {"referer": "http://evil.test/backoffice/orders"}

        answer = anonymous().post("/backoffice/shop", headers=button)
        assert answer["Location"] == "/backoffice/login?next=%2Fbackoffice%2Forders%3Fstate%3Dpaid"
        answer = anonymous().post("/backoffice/shop", headers=elsewhere)
        assert answer["Location"] == "/backoffice/login?next=%2Fbackoffice%2Fshop"

    def test_leaves_nobody_on_a_button_that_only_takes_posts_to_a_page(self, sign_in: SignIn, boss: Person) -> None:
        for action in ("pause", "resume", "close", "cancel", "copy"):
            answer = sign_in(boss).get(f"/backoffice/campaigns/{ANY_ID}/{action}")
            assert answer["Location"] == f"/backoffice/campaigns/{ANY_ID}"


def _sign_in_without_a_seat(client: Client, person: Person) -> None:
    """Give a browser at acme's host a session of somebody who has no seat there (one that lost it since)."""
    with in_control():
        merchant = Merchant.objects.get(slug="acme")
        give_seat(person=person, merchant_id=merchant.pk, role=Role.CLERK, now=NOON)
        token = issue_pass(person=person, merchant_id=merchant.pk, now=NOON)
    client.get("/backoffice/enter", {"pass": token})
    with in_control():
        Seat.objects.filter(person=person, merchant_id=merchant.pk).delete()
