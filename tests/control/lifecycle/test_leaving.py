"""T12: a merchant takes the store's records along, also when it is closed; nobody else's, by nobody else's hand."""

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from control.lifecycle.models import ExportLink, JobKind, JobState, StoreExport, StoreJob
from control.lifecycle.services import jobs
from control.lifecycle.services.jobs import DOES, NoLongerAllowed, ask_job, run_job
from control.merchants.models import Merchant
from control.people.models import Person, Role, Seat
from kit import clock
from kit.tenancy import StoreRef, in_control
from tests.control.lifecycle.conftest import ASKS, LATER, NOW
from tests.isolation.visitors import signed_in_staff, staff_of


def exported(owner: Client) -> str:
    """Ask for an export (the tests' tasks run at once) and say which it is."""
    assert owner.post("/backoffice/account/exports/new").status_code == 303
    with in_control():
        return str(StoreExport.objects.latest("begun_at").pk)


def way_to(owner: Client, export: str) -> str:
    answer = owner.post(f"/backoffice/account/exports/{export}/link")
    assert answer.status_code == 303
    return str(answer["Location"])


def read(browser: Client, address: str) -> int:
    """Take a file to its end, so that it is closed."""
    answer: Any = browser.get(address)
    assert b"".join(answer.streaming_content)
    return int(answer.status_code)


class TestTakingAlong:
    def test_the_owner_of_a_suspended_store_takes_it_all_along_once(self, closed_acme: StoreRef) -> None:
        owner = signed_in_staff(closed_acme)
        address = way_to(owner, exported(owner))

        taken: Any = owner.get(address)

        with zipfile.ZipFile(io.BytesIO(b"".join(taken.streaming_content))) as packed:
            assert b"MARKA" in packed.read("tables/members_member.jsonl")
        assert owner.get(address).status_code == 404  # the same way a second time

    def test_a_way_is_good_for_ten_minutes_here_and_for_one_person(
        self, closed_acme: StoreRef, rival: StoreRef
    ) -> None:
        owner, neighbour = signed_in_staff(closed_acme), signed_in_staff(rival)
        partner = signed_in_staff(closed_acme, email="partner@acme.example")
        export = exported(owner)
        address = way_to(owner, export)

        assert neighbour.get(address).status_code == 404
        assert neighbour.post(f"/backoffice/account/exports/{export}/link").status_code == 404
        assert partner.get(address).status_code == 404
        with clock.at(clock.now() + timedelta(minutes=10)):
            assert owner.get(address).status_code == 404
        assert read(owner, address) == 200

    def test_a_way_that_anybody_may_use_would_be_seen(
        self, closed_acme: StoreRef, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from control.account import views_exports
        from control.lifecycle.services.links import use_link

        owner = signed_in_staff(closed_acme)
        partner = signed_in_staff(closed_acme, email="partner@acme.example")
        address = way_to(owner, exported(owner))
        with in_control():
            whose = ExportLink.objects.get().person_id

        monkeypatch.setattr(views_exports, "use_link", lambda **said: use_link(**{**said, "person_id": whose}))

        assert read(partner, address) == 200

    def test_a_clerk_may_not(self, acme: StoreRef) -> None:
        clerk = signed_in_staff(acme)
        with in_control():
            Seat.objects.filter(merchant_id=acme.merchant_id).update(role=Role.CLERK)

        assert clerk.post("/backoffice/account/exports/new").status_code == 403
        assert "只有店主可以导出" in clerk.get("/backoffice/account/exports").content.decode()

    def test_a_stranger_is_asked_to_sign_in(self, acme: StoreRef) -> None:
        assert Client(headers={"host": "acme.linli.test"}).get("/backoffice/account/exports").status_code == 302


class TestWhoAskedIsAskedAboutAgain:
    def job_of(self, acme: StoreRef, person: Person, *, as_operator: bool = False) -> StoreJob:
        return ask_job(
            kind=JobKind.EXPORT, merchant_id=acme.merchant_id, actor=person, as_operator=as_operator, now=NOW
        )

    def test_an_owner_who_is_one_still(self, acme: StoreRef) -> None:
        job = self.job_of(acme, staff_of(acme))

        assert run_job(job_id=job.pk, does=DOES, now=NOW).state == JobState.DONE
        assert run_job(job_id=job.pk, does=DOES, now=LATER).done_at == NOW

    def test_an_owner_who_is_one_no_more(self, acme: StoreRef) -> None:
        job = self.job_of(acme, staff_of(acme))
        with in_control():
            Seat.objects.filter(merchant_id=acme.merchant_id).update(role=Role.CLERK)

        ended = run_job(job_id=job.pk, does=DOES, now=NOW)

        assert ended.state == JobState.REFUSED
        assert ended.error
        with in_control():
            assert not StoreExport.objects.exists()

    def test_an_operator_who_is_one_no_more(self, acme: StoreRef, operators: tuple[str, str]) -> None:
        with in_control():
            person = Person.objects.get(email=ASKS)
        job = self.job_of(acme, person, as_operator=True)
        with in_control():
            Person.objects.filter(pk=person.pk).update(is_operator=False)

        assert run_job(job_id=job.pk, does=DOES, now=NOW).state == JobState.REFUSED

    def test_nobody_of_another_store(self, acme: StoreRef, rival: StoreRef) -> None:
        with pytest.raises(NoLongerAllowed):
            self.job_of(acme, staff_of(rival))

    def test_one_who_is_not_asked_about_would_be_seen(self, acme: StoreRef, monkeypatch: pytest.MonkeyPatch) -> None:
        job = self.job_of(acme, staff_of(acme))
        with in_control():
            Seat.objects.filter(merchant_id=acme.merchant_id).delete()
        monkeypatch.setattr(jobs, "refuse_unless_allowed", lambda _job: None)

        assert run_job(job_id=job.pk, does=DOES, now=NOW).state == JobState.DONE

    def test_asked_twice_it_is_one_job(self, acme: StoreRef) -> None:
        person = staff_of(acme)

        assert self.job_of(acme, person).pk == self.job_of(acme, person).pk

    def test_an_actor_who_is_gone_leaves_the_store_as_it_was(self, closed_acme: StoreRef) -> None:
        person = staff_of(closed_acme)
        job = self.job_of(closed_acme, person)
        with in_control():
            Person.objects.filter(pk=person.pk).update(is_active=False)
            run_job(job_id=job.pk, does=DOES, now=NOW)
            assert Merchant.objects.get(pk=closed_acme.merchant_id).state == "suspended"
