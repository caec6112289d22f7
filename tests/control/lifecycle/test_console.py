"""The operator's console: close and resume with a reason, take an export, erase with two people."""

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from control.audit.models import AuditEntry
from control.lifecycle.selectors import erasure_of
from control.merchants.models import Merchant
from kit import clock
from kit.tenancy import StoreRef, in_control
from tests.control.lifecycle.conftest import APPROVES, ASKS, LATER, NOW

SignIn = Callable[[str], Client]


@pytest.fixture
def at_console(operators: tuple[str, str]) -> Iterator[SignIn]:
    def sign_in(email: str) -> Client:
        client = Client(headers={"host": "linli.test"})
        answer = client.post("/console/login", {"email": email, "password": "邻里-运营-2026"})
        assert answer.status_code == 302
        return client

    with clock.at(NOW):
        yield sign_in


def state_of(ref: StoreRef) -> str:
    with in_control():
        return Merchant.objects.get(pk=ref.merchant_id).state


class TestStanding:
    def test_a_store_is_closed_and_resumed_with_a_reason(self, acme: StoreRef, at_console: SignIn) -> None:
        one, page = at_console(ASKS), f"/console/stores/{acme.merchant_id}"

        assert one.post(f"{page}/suspension", {"reason": ""}).status_code == 422
        assert one.post(f"{page}/suspension", {"reason": "疑似盗卡"}).status_code == 303
        assert state_of(acme) == "suspended"
        assert "疑似盗卡" in one.get(page).content.decode()
        assert one.post(f"{page}/suspension", {"reason": "again"}).status_code == 409
        assert "试用中" in one.get(f"{page}/resumption").content.decode()
        assert one.post(f"{page}/resumption", {"reason": "已核实"}).status_code == 303
        assert state_of(acme) == "trial"
        with in_control():
            assert AuditEntry.objects.filter(actor=ASKS, reason="已核实").exists()

    @pytest.mark.parametrize("what", ["suspension", "resumption", "exports", "erasure", "erasure/approval"])
    def test_is_for_operators(self, acme: StoreRef, database: str, what: str) -> None:
        answer = Client(headers={"host": "linli.test"}).post(f"/console/stores/{acme.merchant_id}/{what}")

        assert answer.status_code == 302
        assert "/console/login" in answer["Location"]
        assert state_of(acme) == "trial"


class TestExports:
    def test_is_made_listed_and_taken(self, acme: StoreRef, at_console: SignIn) -> None:
        one, page = at_console(ASKS), f"/console/stores/{acme.merchant_id}"
        assert one.post(f"{page}/exports").status_code == 303
        shown = one.get(page).content.decode()
        address = shown.split('class="row-link" href="')[1].split('"')[0]

        taken: Any = one.get(address)

        with zipfile.ZipFile(io.BytesIO(b"".join(taken.streaming_content))) as packed:
            assert {"manifest.json", "schema.json", "tables/orders_order.jsonl"} <= set(packed.namelist())
        assert "attachment" in taken["Content-Disposition"]
        with in_control():
            assert AuditEntry.objects.filter(what="store.export_taken", actor=ASKS).exists()


class TestErasure:
    def test_one_asks_and_another_approves(self, closed_acme: StoreRef, at_console: SignIn) -> None:
        page = f"/console/stores/{closed_acme.merchant_id}/erasure"
        one, other = at_console(ASKS), at_console(APPROVES)

        assert one.post(page, {"typed_slug": "rival", "reason": "left"}).status_code == 422
        assert one.post(page, {"typed_slug": "acme", "reason": "商家离开"}).status_code == 303
        assert "申请人不能自己批准" in one.get(page).content.decode()
        with clock.at(LATER):
            assert one.post(f"{page}/approval", {"typed_slug": "acme"}).status_code == 403
            assert other.post(f"{page}/approval", {"typed_slug": "rival"}).status_code == 422
            assert state_of(closed_acme) == "suspended"
            assert other.post(f"{page}/approval", {"typed_slug": "acme"}).status_code == 303

        assert state_of(closed_acme) == "erased"
        with in_control():
            found = erasure_of(closed_acme.merchant_id)
        assert found
        assert found.certificate
        shown = other.get(page).content.decode()
        assert found.certificate["seal"] in shown
        assert ASKS in shown
        assert APPROVES in shown
        assert other.get(f"/console/stores/{closed_acme.merchant_id}").status_code == 200

    def test_can_be_withdrawn(self, closed_acme: StoreRef, at_console: SignIn) -> None:
        page = f"/console/stores/{closed_acme.merchant_id}/erasure"
        one = at_console(ASKS)
        one.post(page, {"typed_slug": "acme", "reason": "left"})

        assert one.post(f"{page}/withdrawal").status_code == 303
        with in_control():
            assert erasure_of(closed_acme.merchant_id) is None
