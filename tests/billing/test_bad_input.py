"""What must be refused with a sentence, and leave nothing written. docs/billing-proof.md says where the others are."""

from typing import Any

import pytest

from billing.models.catalogue import PriceVersion
from billing.models.invoices import Invoice
from billing.models.metering import RatedFee, UsageEvent
from billing.refusals import PlanTooSmall
from billing.services.publish_price import PriceDraft, PriceRefused, publish_price
from billing.services.rate_usage import rate_usage
from kit.tenancy import in_control
from tests.billing.acting import confirm, queue, quote, switch
from tests.billing.world import World, at

GOOD: dict[str, Any] = {
    "edition": "growth", "currency": "CNY", "interval": "month", "amount_minor": 100, "tax_ppm": 60_000,
    "tiers": [[None, 6_000]], "limits": {"staff": 3}, "features": [], "valid_from": at("2027-01-01 00:00"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"currency": "XXX"}, "currency"),
        ({"currency": ""}, "currency"),
        ({"amount_minor": -1}, "amount_minor"),
        ({"order_cap_minor": -1}, "order_cap_minor"),
        ({"included_minor": -1}, "included_minor"),
        ({"valid_from": at("2026-01-01 00:00")}, "valid_from"),
        ({"limits": {"staff": -1}}, "limits"),
        ({"tiers": [[100, 1], [50, 2], [None, 3]]}, "tiers"),
    ],
)
def test_a_price_that_is_none_is_refused_in_words(world: World, wrong: dict[str, Any], field: str) -> None:
    with in_control():
        before = PriceVersion.objects.count()
        with pytest.raises(PriceRefused) as refused:
            publish_price(draft=PriceDraft(**{**GOOD, **wrong}), actor="ops@x", reason="", now=world.now)
        assert PriceVersion.objects.count() == before
    assert all(refused.value.fields[field])
    assert str(refused.value.sentence)


@pytest.mark.parametrize(
    ("amount", "currency", "problem"),
    [
        (-1, "CNY", "negative amount"),
        (100, "USD", "USD on an account in CNY"),
        (100, "XXX", "XXX on an account in CNY"),
    ],
)
def test_an_event_that_cannot_be_rated_costs_nothing_and_waits(
    world: World, amount: int, currency: str, problem: str
) -> None:
    with in_control():
        event = UsageEvent.objects.create(
            merchant_id=world.store.merchant_id, meter="order_paid", event_key="order_paid:1", amount_minor=amount,
            currency=currency, occurred_at=world.now, collected_at=world.now,
        )  # fmt: skip
        queue(event)
        for _again in range(2):
            assert rate_usage(merchant_id=world.store.merchant_id, now=world.now) == 0
        assert UsageEvent.objects.get().problem == problem
        assert not RatedFee.objects.exists()


def test_a_plan_below_what_is_used_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.save_card()
    world.choose("starter")
    world.hear()
    switch(world, "growth")
    used = dict.fromkeys(("staff", "skus", "leaders", "cities", "domains"), 1_000_000)
    for module in ("confirm_change", "quote_change"):
        monkeypatch.setattr(f"billing.services.{module}.use_of_merchant", lambda *_which: used)
    quoted = quote(world, "switch_later", price_id=world.price("starter").pk)
    with in_control():
        before = Invoice.objects.count()
    with pytest.raises(PlanTooSmall):
        confirm(world, quoted.change)
    with in_control():
        assert Invoice.objects.count() == before
    with in_control():
        assert not world.subscription().phases.filter(starts_at__gt=world.now).exists()
