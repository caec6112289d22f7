"""What billing does at the end of a store, and at the beginning of its copy."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from billing.models.agreements import Subscription, SubscriptionState
from billing.models.invoices import Invoice
from billing.selectors import live_subscription
from billing.services import run_due as due
from billing.services.restore_copy import restore_copy
from billing.services.run_due import run_due
from billing.services.start_trial import start_trial
from control.lifecycle.models import ExportKind, StoreJob
from control.lifecycle.services.erase_store import erase_store
from control.lifecycle.services.export_store import export_store, keep_export
from control.lifecycle.services.restore_store import restore_store
from control.merchants.models import Merchant
from kit import clock
from kit.tenancy import StoreRef, in_control
from tests.control.lifecycle.conftest import APPROVES, ASKS, LATER, NOW

YEAR = timedelta(days=365)


@pytest.fixture
def billed(closed_acme: StoreRef) -> StoreRef:
    with in_control():
        start_trial(
            merchant_id=closed_acme.merchant_id,
            name="acme",
            email="boss@acme.test",
            phone="13800000001",
            timezone="Asia/Shanghai",
            currency="CNY",
            now=NOW,
        )
    return closed_acme


def erase(ref: StoreRef) -> dict[str, Any]:
    return erase_store(
        merchant_id=ref.merchant_id,
        typed_slug=ref.slug,
        requested_by=ASKS,
        approved_by=APPROVES,
        reason="left",
        now=LATER,
    )


class TestErasing:
    def test_ends_the_subscription_and_no_invoice_follows(self, billed: StoreRef, operators: tuple[str, str]) -> None:
        erase(billed)

        with in_control():
            ran = run_due(now=LATER)
            later = run_due(now=LATER + YEAR)
            subscription = Subscription.objects.get(billing_account__merchant_id=billed.merchant_id)

        assert (subscription.state, subscription.period_ends_at) == (SubscriptionState.CANCELLED, None)
        assert ran.stuck == later.stuck == set()
        assert ran.closed == later.closed == 0
        with in_control():
            assert not Invoice.objects.exists()
            assert not subscription.phases.filter(ends_at=None).exists()
            assert Merchant.objects.get(pk=billed.merchant_id).state == "erased"

    def test_a_store_that_is_only_closed_keeps_its_subscription(self, billed: StoreRef) -> None:
        with in_control():
            run_due(now=LATER)
            assert live_subscription(merchant_id=billed.merchant_id) is not None

    def test_a_billing_that_does_not_look_would_be_seen(
        self, billed: StoreRef, operators: tuple[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        erase(billed)
        monkeypatch.setattr(due, "end_agreements", lambda *, now: 0)

        with in_control():
            assert run_due(now=LATER + YEAR).closed == 1  # the trial of a store that is gone


class TestCopy:
    def test_begins_with_a_trial_of_its_own(self, billed: StoreRef, tmp_path: Path) -> None:
        export_store(merchant_id=billed.merchant_id, target=tmp_path / "out", now=NOW)

        copy = restore_copy(source=tmp_path / "out", slug="acme-copy", by=ASKS, now=LATER)

        with in_control():
            found, original = (live_subscription(merchant_id=one) for one in (copy.pk, billed.merchant_id))
        assert found
        assert original
        assert found.pk != original.pk
        assert (found.state, found.started_at) == (SubscriptionState.TRIALING, LATER)
        assert copy.state == "suspended"

    def test_without_the_step_above_it_would_have_none(self, billed: StoreRef, tmp_path: Path) -> None:
        export_store(merchant_id=billed.merchant_id, target=tmp_path / "out", now=NOW)

        copy = restore_store(source=tmp_path / "out", slug="acme-copy", by=ASKS, now=LATER, as_new=True)

        with in_control():
            assert live_subscription(merchant_id=copy.pk) is None


class TestButtons:
    @pytest.fixture
    def console(self, operators: tuple[str, str]) -> Client:
        client = Client(headers={"host": "linli.test"})
        client.post("/console/login", {"email": ASKS, "password": "邻里-运营-2026"})
        return client

    def test_archive_restore_and_copy_from_the_console(self, console: Client, billed: StoreRef) -> None:
        store = f"/console/stores/{billed.merchant_id}"
        with clock.at(LATER):
            assert console.post(f"{store}/archive", {"reason": ""}).status_code == 422
            console.post(f"{store}/archive", {"reason": "closed for the winter"})
            assert _state(billed) == "archived"
            assert "closed for" not in console.get(f"{store}/archive").content.decode()
            page = console.get(store).content.decode()
            assert "从归档恢复" in page
            console.post(f"{store}/restoration")
            assert _state(billed) == "suspended"
            with in_control():
                row = keep_export(merchant_id=billed.merchant_id, kind=ExportKind.ASKED, by=ASKS, now=LATER)
            assert console.post(f"/console/exports/{row.pk}/copy", {"slug": "admin"}).status_code == 422
            console.post(f"/console/exports/{row.pk}/copy", {"slug": "acme-copy"})

        with in_control():
            copy = Merchant.objects.get(slug="acme-copy")
            assert live_subscription(merchant_id=copy.pk) is not None
            assert set(StoreJob.objects.values_list("state", flat=True)) == {"done"}
            assert "恢复为新店" in console.get(store).content.decode()

    def test_a_store_that_is_open_is_not_archived(self, console: Client, acme: StoreRef) -> None:
        answer = console.post(f"/console/stores/{acme.merchant_id}/archive", {"reason": "closed for the winter"})

        assert answer.status_code == 409
        assert _state(acme) != "archived"


def _state(ref: StoreRef) -> str:
    with in_control():
        return str(Merchant.objects.get(pk=ref.merchant_id).state)
