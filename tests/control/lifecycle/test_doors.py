"""Each door, in each state of a store; and how long another process may be behind."""

import json
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from control.inbox.models import OutsideEvent
from control.lifecycle.services.resume_store import resume_store
from control.lifecycle.services.suspend_store import suspend_store
from control.merchants import directory, routing
from control.merchants.models import BILLED_STATES, Merchant, MerchantState
from control.merchants.services import MOVES, MoveRefused, move_store, set_state
from kit import clock
from kit.tenancy import StoreRef, in_control, in_store
from kit.tenancy import tasks as task_bases
from kit.tenancy.tasks import StoreUnavailable
from tenants.content.models import StoreProfile
from tenants.integrations.models import WebhookDelivery
from tenants.integrations.services.announce import announce
from tenants.integrations.services.courier import carry
from tenants.integrations.services.endpoints import add_endpoint
from tenants.payments.methods.sandbox import sign_notice
from tenants.sales import tasks
from tests.api.open.program import a_key
from tests.control.lifecycle.children import child
from tests.control.lifecycle.conftest import ASKS, LATER, NOW
from tests.isolation.planting import ONE_ID
from tests.isolation.visitors import signed_in_staff
from tests.simulators.hooks import Receiver
from tests.stores import store_ref

# One line a door: what it answers in each state. "desk": only the way to the account pages.
OPEN, CLOSED, NONE, TURNED, REFUSED = "open", "closed", "no such store", "sent to the account pages", "refused"
STATES = ["building", "trial", "active", "past_due", "restricted", "read_only", "suspended", "archived", "erased"]
DOORS: dict[str, list[str]] = {
    #                     building trial active past_due restricted read_only suspended archived erased
    "shop window":        [CLOSED, OPEN, OPEN,  OPEN,    OPEN,      CLOSED,   CLOSED,   NONE,    NONE],
    "store API, read":    [CLOSED, OPEN, OPEN,  OPEN,    OPEN,      CLOSED,   CLOSED,   NONE,    NONE],
    "store API, write":   [CLOSED, OPEN, OPEN,  OPEN,    OPEN,      CLOSED,   CLOSED,   NONE,    NONE],
    "login":              [CLOSED, OPEN, OPEN,  OPEN,    OPEN,      OPEN,     OPEN,     NONE,    NONE],
    "back office, read":  [CLOSED, OPEN, OPEN,  OPEN,    OPEN,      OPEN,     TURNED,   NONE,    NONE],
    "back office, write": [CLOSED, OPEN, OPEN,  OPEN,    REFUSED,   REFUSED,  REFUSED,  NONE,    NONE],
    "account, read":      [CLOSED, OPEN, OPEN,  OPEN,    OPEN,      OPEN,     OPEN,     NONE,    NONE],
    "account, write":     [CLOSED, OPEN, OPEN,  OPEN,    OPEN,      OPEN,     OPEN,     NONE,    NONE],
    "API key, read":      [CLOSED, OPEN, OPEN,  OPEN,    OPEN,      OPEN,     CLOSED,   NONE,    NONE],
    "API key, write":     [CLOSED, OPEN, OPEN,  OPEN,    CLOSED,    CLOSED,   CLOSED,   NONE,    NONE],
    "support entry":      [CLOSED, OPEN, OPEN,  OPEN,    OPEN,      OPEN,     OPEN,     NONE,    NONE],
    "payment webhook in": [CLOSED, OPEN, OPEN,  OPEN,    OPEN,      OPEN,     OPEN,     OPEN,    NONE],
    "a store's task":     [CLOSED, OPEN, OPEN,  OPEN,    OPEN,      OPEN,     CLOSED,   CLOSED,  CLOSED],
    "webhooks out":       [CLOSED, OPEN, OPEN,  OPEN,    OPEN,      OPEN,     CLOSED,   CLOSED,  CLOSED],
    "beat's fan-out":     [CLOSED, OPEN, OPEN,  OPEN,    OPEN,      OPEN,     CLOSED,   CLOSED,  CLOSED],
}  # fmt: skip
OF_NO_PAGE = ("a store's task", "webhooks out", "beat's fan-out")
TOLD = (Path(__file__).parents[3] / "docs" / "lifecycle.md").read_text(encoding="utf-8")


@pytest.fixture
def acme(db: None) -> Any:
    directory.forget()
    yield store_ref("acme")
    directory.forget()


@pytest.fixture
def staff(acme: StoreRef) -> Client:
    return signed_in_staff(acme)


def put(ref: StoreRef, state: str) -> None:
    with in_control():
        Merchant.objects.filter(pk=ref.merchant_id).update(state=state)
    directory.forget()


def notice_to(ref: StoreRef, client: Client) -> Any:
    said = {"event_id": "e-1", "kind": "charge.paid", "key": "nobody's", "sent_at": clock.now().isoformat()}
    body = json.dumps(said).encode()
    with in_store(ref):
        signature = sign_notice(body=body)
    return client.post(
        "/api/v1/webhooks/sandbox", body, content_type="application/json", headers={"x-sandbox-signature": signature}
    )


def pages(ref: StoreRef, staff: Client) -> dict[str, Any]:
    program = Client(headers={"host": "acme.linli.test", "authorization": f"Bearer {a_key(ref)}"})
    return {
        "shop window": partial(staff.get, "/"),
        "store API, read": partial(staff.get, "/api/v1/store"),
        "store API, write": partial(
            staff.post, "/api/v1/auth/sms-codes", {"phone": "13800000001"}, content_type="application/json"
        ),
        "login": partial(staff.get, "/backoffice/login"),
        "back office, read": partial(staff.get, "/backoffice/orders"),
        "back office, write": partial(staff.post, "/backoffice/shop", {}),
        "account, read": partial(staff.get, "/backoffice/account/invoices"),
        "account, write": partial(
            staff.post, "/backoffice/account/invoices/01900000-0000-7000-8000-000000000001/payment"
        ),
        "API key, read": partial(program.get, "/api/v1/open/products"),
        "API key, write": partial(
            program.post, f"/api/v1/open/stock/{ONE_ID}/counts", {}, content_type="application/json"
        ),
        "support entry": partial(staff.get, "/backoffice/support/enter?pass=x"),
        "payment webhook in": partial(notice_to, ref, staff),
    }


def seen(answer: Any) -> str:
    text = answer.content.decode()
    if answer.status_code == 503:
        return CLOSED
    if answer.status_code == 404 and ("没有这个店铺" in text or "store_closed" in text):
        return NONE
    if answer.status_code == 302 and answer["Location"] == "/backoffice/account/":
        return TURNED
    if (answer.status_code == 402 and "店铺现在只能查看" in text) or (
        answer.status_code == 403 and "店铺已停用" in text
    ):
        return REFUSED
    return OPEN if answer.status_code < 500 else f"broken: {answer.status_code}"


class TestTable:
    def test_names_every_state(self) -> None:
        assert set(MerchantState.values) == set(STATES)
        assert all(len(row) == len(STATES) for row in DOORS.values())

    def test_is_what_the_page_for_people_says(self) -> None:
        lines = [[cell.strip() for cell in line.strip("| ").split("|")] for line in TOLD.splitlines() if "|" in line]

        assert next(cells[1:] for cells in lines if cells[0] == "door") == STATES
        assert {cells[0]: cells[1:] for cells in lines if cells[0] in DOORS} == DOORS

    @pytest.mark.parametrize("door", [door for door in DOORS if door not in OF_NO_PAGE])
    def test_pages(self, acme: StoreRef, staff: Client, door: str) -> None:
        answered = []
        for state in STATES:
            put(acme, state)
            answered.append(seen(pages(acme, staff)[door]()))

        assert answered == DOORS[door]

    def test_tasks(self, acme: StoreRef) -> None:
        answered = []
        for state in STATES:
            put(acme, state)
            try:
                tasks.expire_orders(store=str(acme.merchant_id))
                answered.append(OPEN)
            except StoreUnavailable:
                answered.append(CLOSED)

        assert answered == DOORS["a store's task"]

    def test_webhooks_out(self, acme: StoreRef) -> None:
        receiver = Receiver()
        receiver.start()
        with in_store(acme):
            add_endpoint(url=receiver.url, event_types=["order.paid"], by="", by_name="", now=NOW)
        answered = []
        for state in STATES:
            with in_store(acme):
                event = announce(kind="order.paid", key=state, about={}, at=clock.now())
                delivery = WebhookDelivery.objects.get(event=event)
            put(acme, state)
            before = len(receiver.heard)
            try:
                carry(store=str(acme.merchant_id), delivery_id=str(delivery.pk))
            except StoreUnavailable:
                assert len(receiver.heard) == before
            answered.append(OPEN if len(receiver.heard) > before else CLOSED)
        receiver.stop()

        assert answered == DOORS["webhooks out"]

    def test_a_door_that_forgets_to_ask_is_seen(
        self, acme: StoreRef, staff: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # the mutants: routing that finds every state open, tasks that take any state for a working one
        put(acme, "suspended")
        monkeypatch.setattr(routing, "OPEN_STATES", frozenset(MerchantState))
        monkeypatch.setattr(task_bases, "WORKING_STATES", frozenset(MerchantState.values))
        doors = pages(acme, staff)

        assert seen(doors["API key, read"]()) == OPEN != DOORS["API key, read"][STATES.index("suspended")]
        assert seen(doors["shop window"]()) == OPEN
        tasks.expire_orders(store=str(acme.merchant_id))

    def test_fan_out(self, acme: StoreRef, monkeypatch: pytest.MonkeyPatch) -> None:
        woken: list[str] = []
        monkeypatch.setattr(
            tasks.expire_orders, "apply_async", lambda *, kwargs, countdown: woken.append(kwargs["store"])
        )
        answered = []
        for state in STATES:
            put(acme, state)
            woken.clear()
            tasks.expire_orders_everywhere()
            answered.append(OPEN if str(acme.merchant_id) in woken else CLOSED)

        assert answered == DOORS["beat's fan-out"]


class TestMoneyThatCameMeanwhile:
    def test_is_written_down_and_acted_on_after_the_store_resumes(self, acme: StoreRef) -> None:
        put(acme, "suspended")

        assert notice_to(acme, Client(headers={"host": "acme.linli.test"})).status_code == 200

        with in_control():
            event = OutsideEvent.objects.get()
        assert event.state == "received"
        with clock.at(clock.now() + timedelta(minutes=5)):
            assert tasks.settle_forgotten_events() == 0
            put(acme, "active")
            assert tasks.settle_forgotten_events() == 1
        with in_control():
            event.refresh_from_db()
        assert event.state == "ignored"  # nobody's charge, but it was asked about


class TestMoves:
    def test_every_pair_of_states_is_allowed_or_refused_as_written(self, acme: StoreRef) -> None:
        for here in MerchantState:
            for to in MerchantState:
                put(acme, here)
                with in_control():
                    if to in MOVES[here]:
                        assert move_store(merchant_id=acme.merchant_id, to=to, now=NOW).state == to
                    else:
                        with pytest.raises(MoveRefused):
                            move_store(merchant_id=acme.merchant_id, to=to, now=NOW)

    def test_nothing_leads_out_of_erased_and_nothing_into_building(self) -> None:
        assert MOVES[MerchantState.ERASED] == frozenset()
        assert all(MerchantState.BUILDING not in onward for onward in MOVES.values())

    def test_billing_moves_no_suspended_store_but_is_heard_when_it_resumes(self, acme: StoreRef) -> None:
        suspend_store(merchant_id=acme.merchant_id, by=ASKS, reason="fraud?", now=NOW)
        with in_control():
            assert not set_state(merchant_id=acme.merchant_id, state=MerchantState.PAST_DUE, now=NOW)

        merchant = resume_store(merchant_id=acme.merchant_id, by=ASKS, reason="cleared", now=LATER)

        assert merchant.state == MerchantState.PAST_DUE

    def test_only_a_suspended_store_is_resumed(self, acme: StoreRef) -> None:
        for state in BILLED_STATES:
            put(acme, state)
            with pytest.raises(MoveRefused):
                resume_store(merchant_id=acme.merchant_id, by=ASKS, reason="", now=NOW)


class TestReadOnly:
    def test_a_drawers_button_is_told_so_in_a_message(self, acme: StoreRef, staff: Client) -> None:
        put(acme, "read_only")
        with in_store(acme):
            before = StoreProfile.objects.get().name

        answer = staff.post("/backoffice/shop", {"name": "new"}, headers={"hx-request": "true"})

        assert answer.status_code == 402
        assert "toast" in answer["HX-Trigger"]
        with in_store(acme):
            assert StoreProfile.objects.get().name == before


class TestAnotherProcess:
    """Its cache may be five seconds old and no older. The child's clock is moved, so nobody waits."""

    CODE = """
from django.test import Client
from control.merchants import directory
keep, key = sys.stdin.readline().split()
directory.KEEP = float(keep)
asks = [("/api/v1/store", {}), ("/api/v1/open/products", {"authorization": f"Bearer {key}"})]
ahead, real = [0.0], directory.time.monotonic
class Time:
    monotonic = staticmethod(lambda: real() + ahead[0])
directory.time = Time
for line in sys.stdin:
    ahead[0] += float(line)
    said = [Client(headers={"host": "acme.linli.test", **more}).get(path).status_code for path, more in asks]
    print(*said, flush=True)
"""

    def _asked(self, database: str, var: Path, *, keep: float) -> list[str]:
        acme = store_ref("acme")
        other = child(self.CODE, database=database, var=var)
        assert other.stdin
        assert other.stdout

        def ask(seconds_later: float) -> str:
            assert other.stdin
            assert other.stdout
            other.stdin.write(f"{seconds_later}\n")
            other.stdin.flush()
            return other.stdout.readline().strip()

        try:
            other.stdin.write(f"{keep} {a_key(acme)}\n")
            answers = [ask(0)]
            suspend_store(merchant_id=acme.merchant_id, by=ASKS, reason="", now=NOW)
            assert Client(headers={"host": "acme.linli.test"}).get("/api/v1/store").status_code == 503
            answers.append(ask(5))
            resume_store(merchant_id=acme.merchant_id, by=ASKS, reason="", now=LATER)
            return [*answers, ask(5)]
        finally:
            other.communicate(timeout=30)

    def test_follows_within_five_seconds(self, database: str, tmp_path: Path) -> None:
        assert self._asked(database, tmp_path, keep=5) == ["200 200", "503 503", "200 200"]

    def test_a_cache_that_is_kept_longer_is_seen(self, database: str, tmp_path: Path) -> None:
        assert self._asked(database, tmp_path, keep=60)[1] == "200 200"
