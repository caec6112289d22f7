"""The worked examples of moving subscriptions, through the stories, to the fen."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from billing.books import check
from billing.models.addons import AddOnPrice
from billing.models.agreements import BillingAccount
from billing.models.catalogue import PriceVersion
from billing.models.coupons import Coupon
from kit.tenancy import StoreRef, in_control
from tests.billing.acting import act, lines_of, reprice
from tests.billing.fixtures import begun as begun_world
from tests.billing.fixtures import stripe_settings
from tests.billing.world import World, at
from tests.simulators.receiver import Receiver
from tests.simulators.stripe.fixtures import RunningFake

GIVEN: dict[str, Any] = json.loads((Path(__file__).parent / "cases" / "subscriptions.json").read_text())
CASES = GIVEN["cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_subscription_moves(world: World, case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.books._paid_orders", list)
    sold(case)
    begun(world, case)
    for when, movement, wish, lines, total in case["steps"]:
        world.move(at(when))
        world.run()
        change = act(world, movement, **needed(world, wish))
        assert change.state == "done"
        if lines is None:
            assert change.invoice_id is None
            continue
        assert lines_of(change) == [tuple(line) for line in lines]
        assert world.invoices()[-1].total_minor == total
    if "credit" in case:
        assert world.balance("merchant_credit") == -case["credit"]
    for day, total in case.get("months", []):
        renewed(world, f"{day} 00:05", total)
    if "renews" in case:
        renewed(world, *case["renews"])
    assert check(world.now + timedelta(hours=1)) == []


def sold(case: Any) -> None:
    for edition, amount in case["prices"].items():
        reprice(edition, amount)
    for edition, amount in case.get("year", {}).items():
        reprice(edition, amount, interval="year")
    with in_control():
        for interval, name in (("month", "add_on"), ("year", "add_on_year")):
            if name in case:
                AddOnPrice.objects.filter(add_on__code="city", interval=interval).update(amount_minor=case[name])
        if "coupon" in case:
            Coupon.objects.create(code="HELLO", made_by="op", made_at=at("2026-11-01 00:00"), **case["coupon"])


def begun(world: World, case: Any) -> None:
    world.save_card()
    world.hear()
    when, edition, *interval = case["start"]
    world.move(at(when))
    world.run()
    if "coupon" in case:
        act(world, "coupon", coupon="hello")
    price = world.price(edition, *interval)
    change = act(world, "start", price_id=price.pk)
    if first := case.get("first"):
        invoice = world.invoices()[-1]
        assert lines_of(change) == [tuple(line) for line in first["lines"]]
        assert (invoice.total_minor, invoice.state) == (first["total"], first["state"])
        assert len(invoice.attempts.all()) == first["attempts"]
        assert invoice.number


def needed(world: World, wish: dict[str, Any]) -> dict[str, Any]:
    words = {name: value for name, value in wish.items() if name not in ("to", "interval")}
    if "to" in wish:
        words["price_id"] = world.price(wish["to"], wish.get("interval", "month")).pk
    return words


def renewed(world: World, when: str, total: int) -> None:
    world.move(at(when))
    world.run()
    world.hear()
    assert world.invoices()[-1].total_minor == total


def test_a_trial_that_ends_inside_a_month_of_the_calendar_pays_the_rest_of_it(
    acme: StoreRef, stripe_fake: RunningFake, receiver: Receiver, settings: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    """BC26, from the first day of the trial to the first whole month."""
    settings.LINLI_STRIPE = stripe_settings(stripe_fake)
    start = at("2026-03-20 15:00")
    world = begun_world(World(acme, stripe_fake, receiver, django_capture_on_commit_callbacks, now=start))
    with in_control():
        PriceVersion.objects.filter(edition__code="starter", interval="month").update(amount_minor=30_000, tax_ppm=0)
    price = world.price("starter")
    with in_control():
        BillingAccount.objects.update(bills_by_calendar=True)
    world.save_card()
    assert world.subscription().trial_ends_at == at("2026-04-04 00:00")
    act(world, "switch_later", price_id=price.pk)

    for when, total in (("2026-04-04 00:00", 27_000), ("2026-05-01 00:00", 30_000)):
        world.move(at(when) - timedelta(minutes=1))
        world.run()
        assert total not in [invoice.total_minor for invoice in world.invoices()]
        world.move(at(when))
        world.run()
        assert (world.invoices()[-1].issued_at, world.invoices()[-1].total_minor) == (at(when), total)


def test_periods_that_follow_the_calendar_begin_with_a_part(world: World) -> None:
    case = GIVEN["calendar"]
    price = reprice("starter", case["price"])
    with in_control():
        BillingAccount.objects.update(bills_by_calendar=True)
    world.save_card()
    act(world, "switch_later", price_id=price.pk)

    for when, total in ((case["first_day"], case["part"]), *case["next"]):
        world.move(at(when))
        world.run()
        assert (world.invoices()[-1].issued_at, world.invoices()[-1].total_minor) == (at(when), total)
