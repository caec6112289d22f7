"""What holds for every invoice, discount, credit and wallet: a few hundred cases here, thousands nightly."""

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.line_discounts import Discount, discount_lines
from billing.models.credits import Destination
from billing.models.invoices import Invoice
from billing.models.ledger import Book
from billing.services.spend_wallet import SMALLEST_CHARGE_MINOR
from kit.errors import Refused
from kit.tenancy import in_control
from tests.billing.documents import Desk, draft
from tests.billing.world import World, at, undone

NOW = at("2026-11-20 15:00")
amounts = st.integers(0, 10**9)
rates = st.sampled_from([0, 10_000, 30_000, 60_000, 90_000, 130_000])
drafts = st.lists(
    st.builds(
        lambda gross, ppm, inclusive: draft(gross, NOW, tax_ppm=ppm, tax_inclusive=inclusive),
        amounts,
        rates,
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)
discounts = st.lists(
    st.one_of(
        st.builds(lambda ppm: Discount(ppm=ppm), st.integers(0, 1_000_000)),
        st.builds(lambda amount: Discount(amount_minor=amount), st.integers(0, 10**9)),
    ),
    max_size=3,
)


def often_and_nightly(few: int, many: int) -> Callable[[Callable[..., None]], Any]:
    """Run a property a few times always, and many times under the nightly mark."""

    def both(check: Callable[..., None]) -> Any:
        return pytest.mark.parametrize(
            "examples", [few, pytest.param(many, marks=pytest.mark.nightly)], ids=["some", "many"]
        )(check)

    return both


def settled(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@often_and_nightly(100, 2_000)
def test_lines_discounts_and_tax_make_the_total(examples: int) -> None:
    @settled(examples)
    @given(drafts, discounts)
    def holds(lines: list[Any], off: list[Discount]) -> None:
        taken = discount_lines(lines, off)
        taxed = [line.taxed() for line in taken]

        assert all(0 <= line.discount_minor <= line.gross_minor for line in taken)
        subtotal = sum(each.net_minor + line.discount_minor for each, line in zip(taxed, taken, strict=True))
        discount, tax = sum(line.discount_minor for line in taken), sum(each.tax_minor for each in taxed)
        assert subtotal - discount + tax == sum(each.gross_minor for each in taxed) >= 0

    holds()


@often_and_nightly(100, 2_000)
def test_a_percentage_is_rounded_once_and_fair_to_every_line(examples: int) -> None:
    @settled(examples)
    @given(st.lists(st.integers(1, 10**9), min_size=1, max_size=9), st.integers(0, 1_000_000))
    def holds(gross: list[int], ppm: int) -> None:
        parts = [
            line.discount_minor for line in discount_lines([draft(each, NOW) for each in gross], [Discount(ppm=ppm)])
        ]

        assert abs(sum(parts) - Fraction(sum(gross) * ppm, 1_000_000)) <= Fraction(1, 2)
        for part, each in zip(parts, gross, strict=True):
            assert abs(part - Fraction(sum(parts) * each, sum(gross))) < 1

    holds()


moves = st.lists(
    st.one_of(
        st.tuples(st.just("top_up"), st.integers(1_000, 20_000)),
        st.tuples(st.just("grant"), st.integers(1, 20_000)),
        st.tuples(st.just("invoice"), st.integers(-3_000, 20_000)),
        st.tuples(st.sampled_from(["offset", "credit"]), st.integers(1, 20_000)),
        st.tuples(st.just("fapiao"), st.just(0)),
    ),
    min_size=1,
    max_size=8,
)


@often_and_nightly(25, 1_000)
def test_whatever_happens_the_books_add_up(world: World, examples: int) -> None:
    desk = Desk(world)

    @settled(examples)
    @given(moves)
    def holds(story: list[tuple[str, int]]) -> None:
        with in_control(), undone():
            live(desk, story)
            assert desk.broken() == []
            assert all(remaining >= 0 for _kind, remaining in desk.lots())
            owed = sum(Invoice.objects.values_list("due_minor", flat=True))
            assert (owed, owed >= 0) == (world.balance(Book.AR), True)
            held = sum(remaining for _kind, remaining in desk.lots())
            assert not owed or held < SMALLEST_CHARGE_MINOR  # nobody owes us while we hold their money

    holds()


def live(desk: Desk, story: list[tuple[str, int]]) -> None:
    """Do what a story says, one minute after another; a refusal changes nothing and the story goes on."""
    begun, invoices = desk.world.now, list[Invoice]()
    try:
        for what, amount in story:
            desk.world.now += timedelta(minutes=1)
            try:
                step(desk, what, amount, invoices)
            except Refused:
                continue
    finally:
        desk.world.now = begun


def step(desk: Desk, what: str, amount: int, invoices: list[Invoice]) -> None:
    if what == "top_up":
        desk.top_up(amount)
    elif what == "grant":
        desk.grant(amount, days=None)
    elif what == "invoice":
        invoices.append(desk.invoice(amount))
    elif invoices and what == "fapiao":
        desk.issue_fapiao(desk.ask_fapiao(invoices[-1]), number=f"{len(invoices):020d}")
    elif invoices:
        desk.credit(desk.again(invoices[-1]), {0: amount}, Destination(what))
