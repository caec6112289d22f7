"""Erased means gone: from every schema, table and file, by two people, whatever happens in between."""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from control.audit.models import AuditEntry
from control.domains.models import CustomDomain
from control.domains.services.claim_domain import DomainQuarantined, claim_domain
from control.inbox.services import accept_event
from control.lifecycle.manifest import signature_of
from control.lifecycle.models import Erasure, ExportKind
from control.lifecycle.selectors import erasure_of
from control.lifecycle.services.approve_erasure import NothingRequested, SamePerson, approve_erasure
from control.lifecycle.services.archive_store import StillClosing, archive_store
from control.lifecycle.services.erase_store import erase_store
from control.lifecycle.services.export_store import keep_export
from control.lifecycle.services.finish_erasure import STEPS, finish_erasure
from control.lifecycle.services.request_erasure import NotAnOperator, ReasonMissing, WrongName, request_erasure
from control.lifecycle.services.resume_store import resume_store
from control.lifecycle.services.suspend_store import suspend_store
from control.lifecycle.services.withdraw_erasure import withdraw_erasure
from control.lifecycle.tasks import finish_erasures
from control.merchants.models import Domain, Merchant, MerchantState
from control.merchants.services import MoveRefused
from control.people.models import Person, Seat
from control.people.services import give_seat
from kit.tenancy import StoreRef, in_control
from tests.control.lifecycle.children import outcome
from tests.control.lifecycle.conftest import APPROVES, ASKS, LATER, NOW
from tests.control.lifecycle.looking import checksums, places_of

pytestmark = pytest.mark.usefixtures("operators")


def erased(ref: StoreRef, *, requested_by: str = ASKS, approved_by: str = APPROVES, slug: str = "acme") -> dict:  # type: ignore[type-arg]
    return erase_store(
        merchant_id=ref.merchant_id,
        typed_slug=slug,
        requested_by=requested_by,
        approved_by=approved_by,
        reason="the merchant left",
        now=LATER,
    )


def traces(database: str, mark: str = "MARKA") -> set[str]:
    return places_of(database, mark, Path(settings.MEDIA_ROOT), Path(settings.LINLI_EXPORTS))


class TestErase:
    def test_leaves_no_trace_and_no_neighbour_notices(
        self, closed_acme: StoreRef, rival: StoreRef, database: str
    ) -> None:
        keep_export(merchant_id=closed_acme.merchant_id, kind=ExportKind.ASKED, by=ASKS, now=NOW)
        with in_control():
            accept_event(
                provider="sandbox",
                account=str(closed_acme.merchant_id),
                event_id="1",
                kind="charge",
                payload={"payer": "MARKA"},
                now=NOW,
            )
        rivals, marks = checksums(database, rival.schema), traces(database, "MARKB")
        assert len(traces(database)) > 30  # the search has eyes

        erased(closed_acme)

        assert traces(database) == set()
        assert checksums(database, closed_acme.schema) == {}
        assert checksums(database, rival.schema) == rivals
        assert traces(database, "MARKB") == marks

    def test_certifies_what_was_there_and_who_wanted_it(self, closed_acme: StoreRef, database: str) -> None:
        there = checksums(database, closed_acme.schema)

        certificate = erased(closed_acme)

        counts = {table["name"]: table["rows"] for table in certificate["tables"]}
        assert counts == {name: rows for name, (rows, _sha) in there.items()}
        assert all(len(table["sha256"]) == 64 for table in certificate["tables"])
        assert (certificate["files"], certificate["letters"], certificate["people"]) == (2, 1, 1)
        assert (certificate["requested_by"], certificate["approved_by"]) == (ASKS, APPROVES)
        assert certificate["finished_at"] == LATER.isoformat()
        assert certificate["signature"] == signature_of(certificate["seal"])

    def test_keeps_the_merchants_name_and_the_audit(self, closed_acme: StoreRef) -> None:
        erased(closed_acme)

        with in_control():
            merchant = Merchant.objects.get(pk=closed_acme.merchant_id)
            acts = set(AuditEntry.objects.filter(merchant_id=merchant.pk).values_list("what", flat=True))
        assert (merchant.slug, merchant.state) == ("acme", MerchantState.ERASED)
        assert {"store.erasure_requested", "store.erasure_approved", "store.erased"} <= acts
        assert Client(headers={"host": "acme.linli.test"}).get("/backoffice/login").status_code == 404

    def test_lets_its_domains_go_and_keeps_them_from_others(self, closed_acme: StoreRef, rival: StoreRef) -> None:
        with in_control():
            claim = CustomDomain.objects.create(
                merchant_id=closed_acme.merchant_id, domain="shop.example.com", token="t", state="serving",
                claimed_at=NOW, verified_at=NOW,
            )  # fmt: skip
            Domain.objects.create(
                domain=claim.domain, tenant_id=claim.merchant_id, is_primary=False, verified_at=NOW, created_at=NOW
            )

        erased(closed_acme)

        assert Client(headers={"host": "shop.example.com"}).get("/backoffice/login").status_code == 404
        with pytest.raises(DomainQuarantined):
            claim_domain(merchant_id=rival.merchant_id, domain="shop.example.com", by="b", now=LATER)

    def test_keeps_people_who_work_elsewhere_too(self, closed_acme: StoreRef, rival: StoreRef) -> None:
        with in_control():
            both = Person.objects.get(email="owner-marka@acme.example")
            give_seat(person=both, merchant_id=rival.merchant_id, role="clerk", now=NOW)  # type: ignore[arg-type]

        erased(closed_acme)

        with in_control():
            assert [seat.merchant_id for seat in Seat.objects.filter(person=both)] == [rival.merchant_id]

    def test_takes_an_archived_store_with_its_archive(self, closed_acme: StoreRef, database: str) -> None:
        archive_store(merchant_id=closed_acme.merchant_id, by=ASKS, reason="", now=LATER)
        assert traces(database)

        certificate = erased(closed_acme)

        assert traces(database) == set()
        assert certificate["rows"] > 20
        assert certificate["exports"] == 1

    def test_twice_gives_the_same_certificate(self, closed_acme: StoreRef) -> None:
        assert erased(closed_acme) == erased(closed_acme)

    def test_killed_in_every_step_it_is_finished_by_the_next_run(
        self, closed_acme: StoreRef, rival: StoreRef, database: str, tmp_path: Path
    ) -> None:
        rivals = checksums(database, rival.schema)
        counts = {name: rows for name, (rows, _sha) in checksums(database, closed_acme.schema).items()}
        keep_export(merchant_id=closed_acme.merchant_id, kind=ExportKind.ASKED, by=ASKS, now=NOW)
        request_erasure(merchant_id=closed_acme.merchant_id, by=ASKS, typed_slug="acme", reason="left", now=NOW)
        approve_erasure(merchant_id=closed_acme.merchant_id, by=APPROVES, now=LATER)

        for step in STEPS:
            killed = f"""
from datetime import datetime
from uuid import UUID
from control.lifecycle.services import finish_erasure as story
note = story._note
def die_at(erasure, step, counted):
    die() if step == "{step}" else note(erasure, step, counted)
story._note = die_at
now = datetime.fromisoformat("{LATER.isoformat()}")
story.finish_erasure(merchant_id=UUID("{closed_acme.merchant_id}"), now=now)
"""
            assert outcome(killed, database=database, var=tmp_path) == -9
        assert finish_erasures() == 1

        assert traces(database) == set()
        assert checksums(database, rival.schema) == rivals
        with in_control():
            erasure = erasure_of(closed_acme.merchant_id)
        assert erasure
        assert erasure.certificate
        assert {table["name"]: table["rows"] for table in erasure.certificate["tables"]} == counts
        assert erasure.certificate["exports"] == 1
        assert finish_erasures() == 0


class TestTwoPeople:
    def test_one_cannot_do_it_alone(self, closed_acme: StoreRef) -> None:
        for same in (ASKS, ASKS.upper(), f" {ASKS} "):
            with pytest.raises(SamePerson):
                erased(closed_acme, approved_by=same)
        assert state_of(closed_acme) == MerchantState.SUSPENDED

    def test_both_are_operators(self, closed_acme: StoreRef) -> None:
        for strangers in ({"requested_by": "owner-marka@acme.example"}, {"approved_by": "owner-marka@acme.example"}):
            with pytest.raises(NotAnOperator):
                erased(closed_acme, **strangers)
        assert state_of(closed_acme) == MerchantState.SUSPENDED

    def test_the_address_is_typed_and_a_reason_given(self, closed_acme: StoreRef) -> None:
        with pytest.raises(WrongName):
            erased(closed_acme, slug="rival")
        with pytest.raises(ReasonMissing):
            request_erasure(merchant_id=closed_acme.merchant_id, by=ASKS, typed_slug="acme", reason=" ", now=NOW)

    def test_nothing_is_removed_before_the_approval(self, closed_acme: StoreRef, database: str) -> None:
        before = checksums(database, closed_acme.schema)
        request_erasure(merchant_id=closed_acme.merchant_id, by=ASKS, typed_slug="acme", reason="left", now=NOW)

        assert finish_erasures() == 0
        with pytest.raises(NothingRequested):
            finish_erasure(merchant_id=closed_acme.merchant_id, now=LATER)
        assert checksums(database, closed_acme.schema) == before

    def test_a_store_that_is_open_or_closes_just_now_is_not_erased(self, acme: StoreRef) -> None:
        with pytest.raises(MoveRefused):
            erased(acme)
        suspend_store(merchant_id=acme.merchant_id, by=ASKS, reason="", now=LATER)
        with pytest.raises(StillClosing):
            erased(acme)

    def test_a_request_can_be_withdrawn_and_a_resume_withdraws_it(self, closed_acme: StoreRef) -> None:
        request_erasure(merchant_id=closed_acme.merchant_id, by=ASKS, typed_slug="acme", reason="left", now=NOW)
        assert withdraw_erasure(merchant_id=closed_acme.merchant_id, by=APPROVES, now=NOW)
        with pytest.raises(NothingRequested):
            approve_erasure(merchant_id=closed_acme.merchant_id, by=APPROVES, now=LATER)

        request_erasure(merchant_id=closed_acme.merchant_id, by=ASKS, typed_slug="acme", reason="left", now=NOW)
        resume_store(merchant_id=closed_acme.merchant_id, by=ASKS, reason="stays", now=LATER)
        with pytest.raises(NothingRequested):
            approve_erasure(merchant_id=closed_acme.merchant_id, by=APPROVES, now=LATER)
        with in_control():
            assert Erasure.objects.filter(withdrawn_at=None).count() == 0

    def test_an_erased_store_never_comes_back(self, closed_acme: StoreRef) -> None:
        erased(closed_acme)

        for act in (suspend_store, resume_store):
            with pytest.raises(MoveRefused):
                act(merchant_id=closed_acme.merchant_id, by=ASKS, reason="", now=LATER)


def state_of(ref: StoreRef) -> str:
    with in_control():
        return Merchant.objects.get(pk=ref.merchant_id).state
