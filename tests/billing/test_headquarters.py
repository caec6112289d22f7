"""Headquarters pays for its partners: one invoice with a section a store, split by the day, one payer at an instant."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from billing.models.invoices import InvoiceKind
from billing.models.metering import RatedFee
from billing.models.payers import PayerLink
from billing.payers import payer_at
from billing.refusals import PaidByAnother, PartnersFirst
from billing.services.link_payer import (
    CitiesFull,
    LinkDone,
    LinkRefused,
    LinkSamePerson,
    LinkTooEarly,
    PlanNeeded,
    approve_link,
    request_end,
    withdraw_link,
)
from control.merchants.models import Merchant
from kit.errors import Refused
from kit.tenancy import StoreRef, in_control
from tests.billing.acting import quote, reprice
from tests.billing.family import CHECKER, MAKER, Family, family_of_two, sections, waiting
from tests.billing.test_books import unguarded
from tests.billing.world import World, at, undone

PARTNER_PAID_ITSELF = 10_927  # eleven of thirty days of 298 yuan
HQ_PAYS = 18_873


@pytest.fixture
def family(world: World, rival: StoreRef) -> Family:
    return family_of_two(world, rival, reprice)


def account(world: World) -> Any:
    return world.subscription().billing_account


class TestJoining:
    def test_the_days_ahead_change_hands_and_add_up_to_the_price(self, family: Family) -> None:
        family.link(date(2026, 12, 1))

        family.live(at("2026-12-01 00:30"))

        turned = family.partner.invoices()[-1]
        assert turned.kind == InvoiceKind.PAYER
        assert sections(turned) == {None: [("unused", -HQ_PAYS), ("to_credit", HQ_PAYS)]}
        assert waiting() == [("subscription", HQ_PAYS)]
        assert PARTNER_PAID_ITSELF + HQ_PAYS == 29_800
        assert family.findings() == []

    def test_headquarters_gets_one_invoice_with_a_section_for_its_partner(self, family: Family) -> None:
        family.link(date(2026, 12, 1))
        family.partner.order_paid(100_000, at("2026-11-30 23:59"))  # the partner's own still
        family.partner.order_paid(1_000_000, at("2026-12-01 00:00"))
        family.hq.order_paid(500_000, at("2026-12-02 10:00"))

        family.live(at("2026-12-20 00:30"))

        partner = account(family.partner)
        assert sections(family.hq.invoices()[-1]) == {
            None: [("subscription", 298_000), ("fee", 1_000)],
            partner.pk: [("subscription", HQ_PAYS), ("subscription", 29_800), ("fee", 2_000)],
        }
        # what it did before 1 December it still pays itself, at its own rate
        assert sections(family.partner.invoices()[-1]) == {None: [("fee", 600)]}
        assert waiting() == []
        assert family.findings() == []

    def test_tiers_are_climbed_together_where_the_link_says_so(self, world: World, rival: StoreRef) -> None:
        family = family_of_two(world, rival, reprice)
        tiers = "[[10000000, 6000], [50000000, 4500], [null, 3000]]"
        unguarded(f"UPDATE billing_priceversion SET tiers = '{tiers}'::jsonb")
        family.link(date(2026, 11, 21))
        family.hq.order_paid(6_000_000, at("2026-11-22 10:00"))
        family.hq.collect()
        family.partner.order_paid(6_000_000, at("2026-11-22 11:00"))

        family.live(at("2026-12-20 00:30"))

        with in_control():
            fees = {fee.merchant_id: fee.amount_minor for fee in RatedFee.objects.all()}
        # 100,000 yuan at 0.60 %, the 20,000 above them at 0.45 %: together 690, each its own part
        assert fees == {family.hq.store.merchant_id: 36_000, family.partner.store.merchant_id: 33_000}
        assert family.findings() == []

    def test_a_debt_from_before_stays_with_who_owed_it(self, family: Family) -> None:
        family.link(date(2026, 12, 25))
        family.partner.order_paid(2_000_000, at("2026-12-22 10:00"))

        family.live(at("2027-01-20 00:30"))

        own = [sections(invoice) for invoice in family.partner.invoices()]
        assert {None: [("fee", 12_000)]} in own

    def test_the_plan_is_headquarters_business_while_it_pays(self, family: Family) -> None:
        family.link(date(2026, 12, 1))
        family.live(at("2026-12-01 00:30"))

        with pytest.raises(PaidByAnother):
            quote(family.partner, "switch_now", price_id=family.partner.price("growth").pk)
        with pytest.raises(PartnersFirst):
            quote(family.hq, "cancel_later")
        with pytest.raises(PartnersFirst):
            quote(family.hq, "switch_later", price_id=family.hq.price("starter").pk)

    def test_another_city_is_bought_for_the_partner_above_what_the_plan_holds(
        self, family: Family, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("billing.services.turn_payer.use_of_merchant", lambda merchant: {"cities": 5})
        link = family.link(date(2026, 12, 1))

        family.live(at("2026-12-01 00:30"))

        city = 19_800 - 7_260  # the days from 1 to 19 December of 198 yuan
        assert waiting() == [("add_on", city), ("subscription", HQ_PAYS)]
        with in_control():
            assert [item.quantity for item in family.hq.subscription().items.all()] == [1]
        assert family.hq.merchant().limits["cities"] == 6

        family.end(link, date(2026, 12, 5))
        family.live(at("2026-12-06 00:30"))

        assert family.hq.merchant().limits["cities"] == 5
        assert ("unused", -9_240) in waiting()  # fourteen of thirty days come back
        assert family.findings() == []


class TestLeaving:
    def test_in_the_middle_of_a_month_it_pays_for_itself_from_the_day_on(self, family: Family) -> None:
        link = family.link(date(2026, 12, 1))
        family.live(at("2026-12-20 00:30"))
        family.end(link, date(2026, 12, 31))
        family.partner.order_paid(1_000_000, at("2026-12-31 23:59"))
        family.partner.order_paid(1_000_000, at("2027-01-01 00:00"))

        family.live(at("2027-01-01 00:30"))

        # twelve of thirty-one days were headquarters'; the rest comes back to it and is the partner's
        assert waiting() == [("unused", -18_265)]
        assert sections(family.partner.invoices()[-1]) == {None: [("subscription", 18_265)]}

        family.live(at("2027-01-20 00:30"))

        partner = account(family.partner)
        assert sections(family.hq.invoices()[-1])[partner.pk] == [("unused", -18_265), ("fee", 2_000)]
        assert sections(family.partner.invoices()[-1]) == {None: [("subscription", 29_800), ("fee", 6_000)]}
        assert family.findings() == []

    def test_a_refund_goes_back_to_whoever_paid_the_fee(self, family: Family) -> None:
        link = family.link(date(2026, 12, 1))
        family.live(at("2026-12-01 00:30"))
        order = family.partner.order_paid(1_000_000, at("2026-12-02 10:00"))
        family.end(link, date(2026, 12, 5))
        family.live(at("2026-12-10 00:30"))
        family.partner.order_refunded(order, 1_000_000, at("2026-12-09 10:00"))

        family.live(at("2026-12-20 00:30"))

        partner = account(family.partner)
        assert ("reversal", -2_000) in sections(family.hq.invoices()[-1])[partner.pk]
        assert family.findings() == []

    def test_a_payer_that_lapsed_pays_for_nobody_any_more(self, family: Family) -> None:
        family.link(date(2026, 12, 1))
        family.live(at("2026-12-01 00:30"))
        unguarded("UPDATE billing_savedcard SET detached_at = added_at, replaced_at = added_at")

        family.live(at("2027-03-01 00:30"))

        assert family.hq.subscription().state == "cancelled"
        with in_control():
            assert PayerLink.objects.get().ends_at is not None
            assert payer_at(account(family.partner), family.hq.now) == account(family.partner)


class TestAgreeing:
    def test_takes_two_people(self, family: Family) -> None:
        asked = family.ask(date(2026, 12, 1))

        with in_control(), pytest.raises(LinkSamePerson):
            approve_link(link_id=asked.pk, by=MAKER, now=family.hq.now)
        with in_control():
            approve_link(link_id=asked.pk, by=CHECKER, now=family.hq.now)
            with pytest.raises(LinkDone):
                approve_link(link_id=asked.pk, by=CHECKER, now=family.hq.now)

    def test_what_was_not_approved_pays_nothing(self, family: Family) -> None:
        asked = family.ask(date(2026, 12, 1))
        with in_control():
            withdraw_link(link_id=asked.pk, by=MAKER, now=family.hq.now)

        family.live(at("2026-12-20 00:30"))

        assert list(sections(family.hq.invoices()[-1])) == [None]

    def test_begins_on_a_day_to_come(self, family: Family) -> None:
        with pytest.raises(LinkTooEarly):
            family.ask(date(2026, 11, 20))
        asked = family.ask(date(2026, 11, 21))
        family.move(at("2026-11-21 09:00"))
        with in_control(), pytest.raises(LinkTooEarly):
            approve_link(link_id=asked.pk, by=CHECKER, now=family.hq.now)

    def test_exactly_one_payer_at_any_instant(self, family: Family) -> None:
        family.link(date(2026, 12, 1))

        with pytest.raises(LinkRefused):
            family.ask(date(2026, 12, 5))
        with pytest.raises(LinkRefused):  # nor is a payer paid for
            family.ask(
                date(2026, 12, 5),
                child_id=family.hq.store.merchant_id,
                payer_id=family.hq.store.merchant_id,
            )
        with in_control():
            twin = PayerLink.objects.get()
            twin.pk, twin._state.adding = family.hq.store.merchant_id, True
            with pytest.raises(IntegrityError), transaction.atomic():
                twin.save()

    def test_a_payer_has_a_plan_with_partners(self, family: Family) -> None:
        swapped = {"child_id": family.hq.store.merchant_id, "payer_id": family.partner.store.merchant_id}

        with pytest.raises(PlanNeeded) as refusal:
            family.ask(date(2026, 12, 1), **swapped)
        assert isinstance(refusal.value, Refused)

    def test_a_plan_full_of_cities_that_sells_none_is_upgraded_first(
        self, family: Family, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("billing.services.link_payer.use_of_merchant", lambda merchant: {"cities": 5})
        monkeypatch.setattr("billing.services.link_payer.city_price", lambda phase, moment: None)

        with pytest.raises(CitiesFull):
            family.ask(date(2026, 12, 1))

    def test_an_end_is_agreed_ahead_too(self, family: Family) -> None:
        link = family.link(date(2026, 12, 1))
        family.live(at("2026-12-10 09:00"))

        with in_control(), pytest.raises(LinkTooEarly):
            request_end(link_id=link.pk, last_day=date(2026, 12, 9), by=MAKER, now=family.hq.now)


def test_one_jump_and_day_by_day_make_the_same_invoices(world: World, rival: StoreRef) -> None:
    def lived(steps: list[str]) -> list[tuple[Any, ...]]:
        with undone():
            family = family_of_two(world, rival, reprice)
            family.link(date(2026, 12, 1))
            family.partner.order_paid(700_001, at("2026-12-03 10:00"))
            for step in steps:
                family.live(at(step))
            told = [
                (invoice.kind, invoice.total_minor, sorted(map(str, sections(invoice).values())))
                for each in (family.hq, family.partner)
                for invoice in each.invoices()
            ]
        world.move(at("2026-11-20 15:00"))
        return told

    daily = [f"2026-12-{day:02} 00:10" for day in (1, 5, 19, 20, 21)]
    assert lived(["2026-12-21 00:10"]) == lived(daily)


@pytest.mark.parametrize(
    ("statement", "invariant"),
    [
        ("UPDATE billing_ratedfee SET payer_id = NULL WHERE payer_id IS NOT NULL", "F1"),
        ("UPDATE billing_payerlink SET starts_at = starts_at + interval '60 days'", "F1"),
        ("UPDATE billing_invoiceline SET section_id = NULL", "F2"),
        ("UPDATE billing_waitingline SET gross_minor = gross_minor + 1", "F3"),
        ("UPDATE billing_waitingline SET invoice_id = NULL", "F3"),
        ("UPDATE billing_waitingline SET gross_minor = gross_minor - 1 WHERE source LIKE 'turn:%'", "F4"),
    ],
)
def test_each_fault_is_found(family: Family, statement: str, invariant: str) -> None:
    family.link(date(2026, 12, 1))
    family.partner.order_paid(1_000_000, at("2026-12-02 10:00"))
    family.live(at("2026-12-20 00:30"))
    assert family.findings() == []

    unguarded(statement)

    assert invariant in [finding.invariant for finding in family.findings()]


class TestOfAnotherCell:
    def test_a_headquarters_whose_store_lives_elsewhere_pays_too(
        self, family: Family, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its cities are counted where it lives; here only the partners are."""

        def no_schema_here(*, store: StoreRef) -> dict[str, int]:
            raise AssertionError(store)

        monkeypatch.setattr("billing.selectors.use_of_store", no_schema_here)
        with in_control():
            Merchant.objects.filter(pk=family.hq.store.merchant_id).update(cell="east")

        family.link(date(2026, 12, 1))
        family.live(at("2026-12-01 00:30"))

        assert waiting() == [("subscription", HQ_PAYS)]
