"""The rule of rating is said twice, in Python and in SQL: for terms and orders of every kind both say the same."""

from dataclasses import asdict, astuple
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.models.agreements import Phase
from billing.models.catalogue import PriceVersion
from billing.models.metering import RatedFee, RatingCounter, UsageEvent
from billing.rating import FeeTerms, Volume, rate_order
from billing.services.collect_usage import collect_usage
from billing.services.rate_usage import rate_usage
from kit.ids import new_id
from kit.tenancy import in_control
from tests.billing.acting import queue, reprice
from tests.billing.test_documents_properties import often_and_nightly, settled
from tests.billing.test_properties import fee_terms
from tests.billing.world import World, at, undone

small = st.one_of(st.none(), st.integers(0, 5_000))
amounts = st.one_of(st.integers(0, 50_000), st.integers(0, 10**9), st.sampled_from([0, 1, 10**7, 10**7 + 1]))


@st.composite
def whole_terms(draw: st.DrawFn) -> FeeTerms:
    """Tiers with all that may stand beside them."""
    terms = draw(fee_terms())
    return FeeTerms(
        tiers=terms.tiers,
        included_minor=draw(st.sampled_from([0, terms.included_minor])),
        fixed_minor=draw(st.integers(0, 50)),
        fixed_free_orders=draw(st.integers(0, 5)),
        order_cap_minor=draw(small),
        order_floor_minor=draw(st.integers(0, 30)),
        interval_cap_minor=draw(st.one_of(st.none(), st.integers(0, 200_000))),
    )


def sell_on(world: World, terms: FeeTerms) -> None:
    """Let the running plan be one of these terms."""
    price = reprice(
        "growth", 0, tiers=[list(astuple(tier)) for tier in terms.tiers], included_minor=terms.included_minor,
        fixed_minor=terms.fixed_minor, fixed_free_orders=terms.fixed_free_orders, order_cap_minor=terms.order_cap_minor,
        order_floor_minor=terms.order_floor_minor, interval_cap_minor=terms.interval_cap_minor,
    )  # fmt: skip
    assert price.fee_terms == terms
    with in_control():
        Phase.objects.update(price=price, anchor=at("2026-11-01 00:00").date(), starts_at=at("2026-11-01 00:00"))


def events_of(world: World, orders: list[int]) -> None:
    with in_control():
        events = UsageEvent.objects.bulk_create(
            UsageEvent(
                merchant_id=world.store.merchant_id, meter="order_paid", event_key=f"order_paid:{new_id()}",
                amount_minor=amount, currency="CNY", occurred_at=at("2026-11-20 16:00") + timedelta(minutes=place),
                collected_at=world.now,
            )
            for place, amount in enumerate(orders)
        )  # fmt: skip
        queue(*events)


def expected(terms: FeeTerms, orders: list[int]) -> tuple[list[dict[str, Any]], Volume]:
    volume, fees = Volume(), []
    for amount in orders:
        rated = rate_order(terms, volume, amount)
        fees.append(
            {
                "variable": rated.variable_minor,
                "fixed": rated.fixed_minor,
                "working": {
                    "gmv_before": volume.gmv_minor,
                    "order_number": volume.orders + 1,
                    "included": rated.included_minor,
                    "parts": [list(asdict(part).values()) for part in rated.parts],
                    "rules": list(rated.rules),
                },
            }
        )
        volume = rated.after
    return fees, volume


def both_agree(world: World, terms: FeeTerms, orders: list[int], batch: int) -> None:
    with undone():
        sell_on(world, terms)
        events_of(world, orders)
        with in_control():
            rate_usage(merchant_id=world.store.merchant_id, now=world.now, batch=batch)
            fees = [
                {"variable": fee.variable_minor, "fixed": fee.fixed_minor, "working": fee.working}
                for fee in RatedFee.objects.order_by("event_id")
            ]
            counter = RatingCounter.objects.first()
        wanted, volume = expected(terms, orders)
        assert fees == wanted
        if counter is not None:
            assert Volume(counter.gmv_minor, counter.orders, counter.charged_minor) == volume


@often_and_nightly(25, 1_000)
def test_both_say_the_same(world: World, examples: int) -> None:
    @settled(examples)
    @given(whole_terms(), st.lists(amounts, max_size=12), st.integers(1, 13))
    def holds(terms: FeeTerms, orders: list[int], batch: int) -> None:
        both_agree(world, terms, orders, batch)

    holds()


@pytest.mark.parametrize("edition", ["starter", "growth", "chain"])
def test_both_say_the_same_of_what_we_sell(world: World, edition: str) -> None:
    terms = world.price(edition).fee_terms
    both_agree(world, terms, [terms.included_minor or 1, 33_333, 1, 0, 10**10], 3)


def test_orders_of_two_plans_and_two_months_in_one_batch(world: World) -> None:
    world.save_card()
    world.choose("starter")
    world.hear()
    world.move(at("2026-12-25 10:00"))
    world.run()
    world.hear()
    world.choose("growth", at_once=False)
    world.move(at("2027-01-25 10:00"))
    for moment in ("2026-11-01 08:00", "2026-12-19 23:59", "2026-12-20 00:00", "2027-01-19 23:59", "2027-01-20 00:00"):
        world.order_paid(20_000_000, at(moment))
    with in_control():
        collect_usage(store=world.store, now=world.now)
        assert rate_usage(merchant_id=world.store.merchant_id, now=world.now) == 5
        counters = list(RatingCounter.objects.order_by("starts_at").values_list("starts_at", "orders"))
        codes = [
            fee.phase.price.edition.code
            for fee in RatedFee.objects.select_related("phase__price__edition").order_by("event__occurred_at")
        ]
        months = [fee.service_starts_at for fee in RatedFee.objects.order_by("event__occurred_at")]
    assert codes == ["trial", "starter", "starter", "starter", "starter"] or codes[-1] in ("starter", "growth")
    assert sum(orders for _starts_at, orders in counters) == 5
    assert months[1] != months[2]
    assert months[3] != months[4]


def test_a_price_that_is_free_costs_nothing(world: World) -> None:
    with in_control():
        free = PriceVersion.objects.filter(edition__code="trial").first()
    assert free is not None
    both_agree(world, free.fee_terms, [100, 200], 5)
