"""Headquarters and a partner: two billed stores, and one that pays for the other."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from billing.books import check
from billing.books_family import check as check_family
from billing.books_shares import check as check_shares
from billing.models.invoices import Invoice, InvoiceLine
from billing.models.payers import PayerLink, WaitingLine
from billing.services.link_payer import approve_end, approve_link, request_end, request_link
from kit.books import Finding
from kit.tenancy import StoreRef, in_control
from tests.billing.world import World

MAKER, CHECKER = "ops1@linli.test", "ops2@linli.test"


@dataclass
class Family:
    """What the tests do with the two."""

    hq: World
    partner: World

    def ask(self, first_day: date, **given: Any) -> PayerLink:
        with in_control():
            return request_link(
                **{
                    "child_id": self.partner.store.merchant_id,
                    "payer_id": self.hq.store.merchant_id,
                    "first_day": first_day,
                    "pools_fees": True,
                    "reason": "加盟",
                    "by": MAKER,
                    "now": self.hq.now,
                    **given,
                }
            )

    def link(self, first_day: date, **given: Any) -> PayerLink:
        asked = self.ask(first_day, **given)
        with in_control():
            return approve_link(link_id=asked.pk, by=CHECKER, now=self.hq.now)

    def end(self, link: PayerLink, last_day: date) -> PayerLink:
        with in_control():
            request_end(link_id=link.pk, last_day=last_day, by=MAKER, now=self.hq.now)
            return approve_end(link_id=link.pk, by=CHECKER, now=self.hq.now)

    def move(self, moment: Any) -> None:
        self.hq.move(moment)
        self.partner.now = moment

    def live(self, moment: Any) -> None:
        """Let the clock run up to a moment, and hear what was paid."""
        self.move(moment)
        self.hq.collect()
        self.hq.run()
        self.hq.hear()

    def findings(self) -> list[Finding]:
        found = [each for each in check(self.hq.now) if each.invariant != "B7"]  # the orders are only facts here
        return [*found, *check_family(self.hq.now), *check_shares(self.hq.now)]


def sections(invoice: Invoice) -> dict[UUID | None, list[tuple[str, int]]]:
    """The lines of an invoice by the account they are for; None is the payer's own."""
    with in_control():
        told: dict[UUID | None, list[tuple[str, int]]] = {}
        for line in InvoiceLine.objects.filter(invoice=invoice).order_by("position"):
            told.setdefault(line.section_id, []).append((line.kind, line.gross_minor))
        return told


def waiting() -> list[tuple[str, int]]:
    with in_control():
        lines = WaitingLine.objects.filter(invoice=None).order_by("kind", "gross_minor")
        return list(lines.values_list("kind", "gross_minor"))


def family_of_two(
    world: World, rival: StoreRef, price: Callable[..., Any], *, hq_minor: int = 298_000, partner_minor: int = 29_800
) -> Family:
    """Acme on Chain and rival on Starter, both by the month since 20 November, both paid."""
    price("chain", hq_minor, tiers=[[None, 2000]], features=["headquarters"], limits=_limits(5))
    price("starter", partner_minor, tiers=[[None, 6000]], limits=_limits(1))
    partner = World(rival, world.fake, world.receiver, world.committing, now=world.now)
    partner.begin()
    for each, edition in ((world, "chain"), (partner, "starter")):
        each.save_card()
        world.hear()
        each.choose(edition)
        world.hear()
    return Family(world, partner)


def _limits(cities: int) -> dict[str, int | None]:
    return {"staff": None, "skus": None, "leaders": None, "cities": cities, "domains": None}
