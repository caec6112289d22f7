"""The demo's headquarters: its partners are agreed on weeks ago, and billing's first run makes what the pages show."""

from dataclasses import replace
from datetime import timedelta

from billing.models.payers import PayerLink
from billing.models.shares import ShareStatement
from billing.services.share_revenue import share_revenue
from config.demo.market.headquarters import PAID_FOR, link_partners
from config.demo.market.operator import OPERATOR_EMAIL, SECOND_EMAIL, make_operator
from config.demo.market.plan import SMALL_STORES, STORES
from control.people.models import Person
from kit.tenancy import StoreRef, in_control
from tests.billing.acting import reprice
from tests.billing.family import family_of_two, sections
from tests.billing.fixtures import world
from tests.billing.world import World, at
from tests.simulators.stripe.fixtures import receiver, stripe_fake, stripe_server

__all__ = ["receiver", "stripe_fake", "stripe_server", "world"]


def test_two_partners_of_one_headquarters_are_old_enough_and_paid_for() -> None:
    partners = [store for store in STORES if store.partner_of]
    of = {store.slug: store for store in STORES}

    assert len(partners) == 2
    for store in partners:
        assert of[store.partner_of].edition == "chain"
        assert of[store.partner_of].days > PAID_FOR + 3
        assert store.days > PAID_FOR + 3
        assert store.edition
    assert not [store for store in SMALL_STORES if store.partner_of]


def test_agreed_weeks_ago_billings_first_run_makes_the_consolidated_invoice(world: World, rival: StoreRef) -> None:
    family = family_of_two(world, rival, reprice)
    partner = replace(STORES[0], slug="rival", partner_of="acme")
    now = at("2026-12-22 09:00")
    family.partner.order_paid(100_000, at("2026-11-27 10:00"))

    assert link_partners(stores=[replace(STORES[0], slug="acme"), partner], now=now) == 1
    with in_control():
        link = PayerLink.objects.get()
        assert (link.requested_by, link.approved_by) == (OPERATOR_EMAIL, SECOND_EMAIL)
        assert now - link.starts_at < timedelta(days=PAID_FOR + 1)
    family.live(now)

    told = sections(family.hq.invoices()[-1])
    assert {kind for kind, _amount in told[family.partner.subscription().billing_account_id]} >= {"subscription", "fee"}
    with in_control():
        share_revenue(now=now)
        assert ShareStatement.objects.filter(link=link).exists()
    assert family.findings() == []


def test_the_market_has_two_operators_registered_once(world: World) -> None:
    with in_control():
        first, again = make_operator(now=world.now), make_operator(now=world.now)
        assert first == again
        assert Person.objects.filter(is_operator=True, email__in=[OPERATOR_EMAIL, SECOND_EMAIL]).count() == 2
