"""The table of what billing promises (docs/billing-proof.md) names tests that exist; and two promises of its own."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.forms.models import model_to_dict
from hypothesis import given
from hypothesis import strategies as st

from billing.models.agreements import Phase
from billing.models.invoices import Invoice
from billing.models.metering import RatedFee, RatingCounter, UsageEvent
from billing.services.rate_usage import rate_usage
from billing.services.start_trial import start_trial
from kit.errors import Refused
from kit.tenancy import in_control
from tests.billing.acting import queue
from tests.billing.documents import Desk
from tests.billing.test_documents_properties import moves, often_and_nightly, settled, step
from tests.billing.world import World, at, undone
from tests.stores import store_ref

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs" / "billing-proof.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(?:\w+::)?(\w+)`", TABLE)))
# What payment moves on; everything else was written at birth
MOVES_ON = {
    "state",
    "paid_minor",
    "credited_minor",
    "due_minor",
    "paid_at",
    "overdue_since",
    "next_attempt_at",
    "tries",
}


@pytest.mark.parametrize(("file", "test"), NAMED, ids=[test for _file, test in NAMED])
def test_every_test_of_the_table_is_there(file: str, test: str) -> None:
    assert re.search(rf"^\s*def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_every_invariant_is_in_the_table() -> None:
    assert re.findall(r"^\| (\d+) \|", TABLE, re.MULTILINE) == [str(number) for number in range(1, 18)]


def test_every_case_is_in_the_table_and_the_files() -> None:
    files = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests" / "billing").glob("**/*.json"))
    named = set(re.findall(r"BC\d\d", TABLE))

    assert named == set(re.findall(r"BC\d\d", files))
    assert len(named) == 21


def test_every_kind_of_arithmetic_has_more_cases_than_were_given() -> None:
    kinds = json.loads((ROOT / "tests" / "billing" / "cases.json").read_text(encoding="utf-8"))
    lists = {kind: cases for kind, cases in kinds.items() if isinstance(cases, list)}
    more = Counter(kind for kind, cases in lists.items() for case in cases if "+" in case["id"])

    assert all(more[kind] >= 2 for kind in lists)


def written(invoice: Invoice) -> dict[str, Any]:
    """Everything of an invoice that must read the same for ever."""
    of_it = {name: value for name, value in model_to_dict(invoice).items() if name not in MOVES_ON}
    return {**of_it, "lines": [model_to_dict(line) for line in invoice.lines.order_by("position")]}


@often_and_nightly(15, 1_000)
def test_an_invoice_reads_the_same_whatever_happens_after(world: World, examples: int) -> None:
    desk = Desk(world)

    @settled(examples)
    @given(moves)
    def holds(story: list[tuple[str, int]]) -> None:
        with in_control(), undone():
            made: list[Invoice] = []
            known: dict[UUID, dict[str, Any]] = {}
            for what, amount in story:
                try:
                    step(desk, what, amount, made)
                except Refused:
                    continue
                now = {each.pk: written(each) for each in Invoice.objects.all()}
                assert {key: now[key] for key in known} == known
                known = now

    holds()


@often_and_nightly(15, 1_000)
def test_no_fee_stands_on_another_merchants_event(world: World, examples: int) -> None:
    stores = [world.store, store_ref("rival")]
    with in_control():
        start_trial(
            merchant_id=stores[1].merchant_id, name="隔壁", email="boss@rival.test", phone="13800000002",
            timezone="Asia/Shanghai", currency="CNY", now=world.now,
        )  # fmt: skip

    @settled(examples)
    @given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 10**7)), max_size=12), st.integers(1, 5))
    def holds(sold: list[tuple[int, int]], batch: int) -> None:
        with in_control(), undone():
            for place, (who, amount) in enumerate(sold):  # both shops count their orders alike: the keys are the same
                event, is_new = UsageEvent.objects.get_or_create(
                    merchant_id=stores[who].merchant_id, meter="order_paid", event_key=f"order_paid:{place // 2}",
                    defaults={
                        "amount_minor": amount, "currency": "CNY", "occurred_at": at("2026-11-21 10:00"),
                        "collected_at": world.now,
                    },
                )  # fmt: skip
                if is_new:
                    queue(event)
            for store in stores:
                rate_usage(merchant_id=store.merchant_id, now=world.now, batch=batch)
            assert RatedFee.objects.count() == UsageEvent.objects.count()
            for fee in RatedFee.objects.select_related("event", "phase__subscription__billing_account"):
                assert fee.merchant_id == fee.event.merchant_id
                assert fee.phase.subscription.billing_account.merchant_id == fee.merchant_id
            for store in stores:
                ours = UsageEvent.objects.filter(merchant_id=store.merchant_id)
                counted = RatingCounter.objects.filter(
                    phase__in=Phase.objects.filter(subscription__billing_account__merchant=store.merchant_id)
                )
                assert sum(each.gmv_minor for each in counted) == sum(ours.values_list("amount_minor", flat=True))

    holds()
