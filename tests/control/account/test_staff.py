"""Staff: seated, moved and unseated by the owner; the plan's last seat leads on; a neighbour's are not there."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext

from control.audit.models import AuditEntry
from control.merchants.models import Merchant
from control.people.models import Person, Role, Seat
from control.people.services import give_seat, register_person
from control.post.models import Letter
from kit import clock
from kit.tenancy import StoreRef, in_control
from tests.control.people.letters import link_to
from tests.isolation.visitors import signed_in_staff

HERE = "/backoffice/account/staff"
TYPED = {"email": "Zhang@acme.test", "name": "小张", "phone": "138 1234 5678", "role": "clerk"}


@pytest.fixture
def owner(acme: StoreRef) -> Client:
    return signed_in_staff(acme)


def seat_of(email: str, store: StoreRef) -> Seat:
    with in_control():
        return Seat.objects.select_related("person").get(person__email=email, merchant_id=store.merchant_id)


def plan(store: StoreRef, **limits: Any) -> None:
    with in_control():
        Merchant.objects.filter(pk=store.merchant_id).update(limits=limits)


def added(owner: Client, **typed: str) -> str:
    """Invite somebody, and set the password by the letter's link; return it."""
    asked = {**TYPED, **typed}
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert owner.post(f"{HERE}/new", asked).status_code == 303
    stranger = Client(headers={"host": "acme.linli.test"})
    chosen = {"password": "豆角-茄子-77", "again": "豆角-茄子-77"}
    assert stranger.post(link_to(asked["email"].lower()), chosen).status_code == 302
    return chosen["password"]


def logged_in(email: str, password: str) -> Client:
    client = Client(headers={"host": "acme.linli.test"})
    client.post("/backoffice/login", {"email": email, "password": password})
    return client


class TestAdd:
    def test_a_newcomer_sets_a_password_by_the_letters_link(self, owner: Client, acme: StoreRef) -> None:
        password = added(owner)

        clerk = logged_in("zhang@acme.test", password)
        assert "小张" in clerk.get(HERE).content.decode()
        assert clerk.post(f"{HERE}/new", {**TYPED, "email": "more@acme.test"}).status_code == 403
        with in_control():
            assert AuditEntry.objects.get(what="staff.added").detail["role"] == "clerk"
            assert Person.objects.get(email="zhang@acme.test").phone == "13812345678"

    def test_who_is_known_to_us_keeps_the_password(self, owner: Client, acme: StoreRef, rival: StoreRef) -> None:
        with in_control():
            person = register_person(
                email="li@rival.test", phone="13900000001", password="白菜-豆腐-66", name="小李", now=clock.now()
            )
            give_seat(person=person, merchant_id=rival.merchant_id, role=Role.CLERK, now=clock.now())

        answer = owner.post(f"{HERE}/new", {**TYPED, "email": "LI@rival.test"})
        assert answer.status_code == 303
        assert logged_in("li@rival.test", "白菜-豆腐-66").get(HERE).status_code == 200
        assert owner.post(f"{HERE}/new", {**TYPED, "email": "li@rival.test"}).status_code == 422

    def test_an_invitation_is_sent_again_by_the_owner_until_it_is_taken(self, owner: Client, acme: StoreRef) -> None:
        start = clock.now()
        with clock.at(start):
            owner.post(f"{HERE}/new", TYPED)
        seat = seat_of("zhang@acme.test", acme)
        assert "等待设置密码" in owner.get(HERE).content.decode()

        with clock.at(start + timedelta(seconds=30)):
            assert owner.post(f"{HERE}/{seat.pk}/invitation").status_code == 429  # a letter went a moment ago
        with clock.at(start + timedelta(minutes=2)), TestCase.captureOnCommitCallbacks(execute=True):
            assert owner.post(f"{HERE}/{seat.pk}/invitation").status_code == 303
        with in_control():
            assert Letter.objects.filter(sent_to="zhang@acme.test").count() == 1  # the first had no commit here
            assert AuditEntry.objects.filter(what="staff.invited").count() == 1

    def test_who_has_a_password_is_not_invited_again(self, owner: Client, acme: StoreRef, rival: StoreRef) -> None:
        added(owner)
        seat = seat_of("zhang@acme.test", acme)

        assert owner.post(f"{HERE}/{seat.pk}/invitation").status_code == 409
        assert signed_in_staff(rival).post(f"{HERE}/{seat.pk}/invitation").status_code == 404

    @pytest.mark.parametrize(
        "wrong", [{"email": "x"}, {"name": ""}, {"phone": "12"}, {"role": "owner"}, {"role": "boss"}]
    )
    def test_nonsense_is_told_and_nothing_is_written(self, owner: Client, wrong: dict[str, str]) -> None:
        with in_control():
            before = (Person.objects.count(), Seat.objects.count())
        assert owner.post(f"{HERE}/new", {**TYPED, **wrong}).status_code == 422
        with in_control():
            assert (Person.objects.count(), Seat.objects.count()) == before

    def test_a_seat_more_than_the_plan_has_shows_the_way_up(self, owner: Client, acme: StoreRef) -> None:
        with in_control():
            used = Seat.objects.filter(merchant_id=acme.merchant_id).count()
        plan(acme, staff=used + 1)
        added(owner)

        for answer in (owner.get(f"{HERE}/new"), owner.post(f"{HERE}/new", {**TYPED, "email": "late@acme.test"})):
            assert answer.status_code == 402
            assert "员工名额用完了" in answer.content.decode()
            assert "/backoffice/account/plans" in answer.content.decode()
        with in_control():
            assert not Person.objects.filter(email="late@acme.test").exists()  # nobody half registered


class TestSeats:
    def test_a_role_counts_at_once_and_an_owners_is_not_touched(self, owner: Client, acme: StoreRef) -> None:
        password = added(owner)
        seat = seat_of("zhang@acme.test", acme)
        clerk = logged_in("zhang@acme.test", password)
        assert clerk.get("/backoffice/leaders/new").status_code == 403

        assert owner.post(f"{HERE}/{seat.pk}/role", {"role": "manager"}).status_code == 303
        assert clerk.get("/backoffice/leaders/new").status_code == 200
        assert owner.post(f"{HERE}/{seat.pk}/role", {"role": "owner"}).status_code == 422
        with in_control():
            mine = Seat.objects.get(merchant_id=acme.merchant_id, role=Role.OWNER)
        assert owner.post(f"{HERE}/{mine.pk}/role", {"role": "clerk"}).status_code == 404
        assert owner.post(f"{HERE}/{mine.pk}/removal").status_code == 404

    def test_who_is_removed_is_out_with_the_next_click(self, owner: Client, acme: StoreRef) -> None:
        clerk = logged_in("zhang@acme.test", added(owner))
        assert clerk.get(HERE).status_code == 200

        seat = seat_of("zhang@acme.test", acme)
        assert owner.post(f"{HERE}/{seat.pk}/removal").status_code == 303
        assert clerk.get(HERE).status_code == 403
        assert owner.post(f"{HERE}/{seat.pk}/removal").status_code == 404

    def test_another_shops_people_are_not_there(self, owner: Client, acme: StoreRef, rival: StoreRef) -> None:
        added(owner)
        seat = seat_of("zhang@acme.test", acme)
        neighbour = signed_in_staff(rival)

        assert "zhang@acme.test" not in neighbour.get(HERE).content.decode()
        assert neighbour.post(f"{HERE}/{seat.pk}/role", {"role": "manager"}).status_code == 404
        assert neighbour.post(f"{HERE}/{seat.pk}/removal").status_code == 404
        assert seat_of("zhang@acme.test", acme).role == Role.CLERK

    def test_the_list_costs_the_same_for_more(self, owner: Client) -> None:
        counts = []
        for number in range(2):
            added(owner, email=f"a{number}@acme.test")
            with CaptureQueriesContext(connection) as made:
                owner.get(HERE)
            counts.append(len(made))
        assert counts[0] == counts[1]
