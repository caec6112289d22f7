"""Many merchants of every sort, living side by side on one clock: for billing as a whole."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from billing.models.agreements import BillingAccount
from billing.models.collection import ChargeAttempt
from billing.models.credits import Destination
from billing.models.invoices import Invoice
from billing.models.ledger import LedgerEntry
from billing.models.metering import RatedFee
from billing.services.look_after_charges import look_after_charges
from billing.services.make_coupon import CouponDraft, make_coupon
from control.merchants.models import Merchant, MerchantState
from kit.ids import new_id, new_schema_name
from kit.tenancy import in_control
from kit.tenancy.roles import CONTROL
from kit.tenancy.sql import run
from tests.billing.acting import confirm, quote
from tests.billing.documents import Desk
from tests.billing.world import GOOD_CARD, PAYS_NEVER, World, at

BEGIN = at("2026-11-20 15:00")
DISPUTED = "4000000000000259"

# What each sort of merchant does: (days after the beginning, movement, what it needs)
Deed = tuple[int, str, dict[str, Any]]
LIVES: list[tuple[str, list[Deed]]] = [
    (GOOD_CARD, [(1, "start", {"to": ("starter", "month")})]),
    (GOOD_CARD, [(2, "start", {"to": ("growth", "year")}), (300, "cancel_later", {}), (310, "resume", {})]),
    (GOOD_CARD, [(1, "start", {"to": ("starter", "month")}), (40, "switch_now", {"to": ("growth", "month")}),
                 (130, "switch_now", {"to": ("growth", "year")})]),
    (GOOD_CARD, [(3, "start", {"to": ("growth", "month")}), (35, "switch_later", {"to": ("starter", "month")}),
                 (200, "pause", {}), (215, "unpause", {})]),
    (GOOD_CARD, [(2, "start", {"to": ("chain", "month")}), (20, "add_on", {"add_on": "city", "quantity": 2}),
                 (50, "add_on", {"add_on": "city", "quantity": 5}), (75, "add_on", {"add_on": "city", "quantity": 1})]),
    (PAYS_NEVER, [(1, "start", {"to": ("starter", "month")})]),
    (GOOD_CARD, [(1, "coupon", {"coupon": "THIRD"}), (2, "start", {"to": ("growth", "month")}),
                 (33, "gift", {"amount": 50_000}), (70, "credit", {"amount": 5_000}), (80, "cancel_later", {})]),
    (DISPUTED, [(4, "start", {"to": ("starter", "month")}), (60, "credit", {"amount": 1_000})]),
]  # fmt: skip


@dataclass
class Crowd:
    """The merchants, by their place; ``first`` holds the clock and hears Stripe for all."""

    first: World
    worlds: list[World] = field(default_factory=list)

    @classmethod
    def gathered(cls, world: World, size: int) -> "Crowd":
        """Open narrow stores (an outbox is all that billing opens of them) and begin their trials."""
        crowd = cls(world)
        world.move(BEGIN)
        with in_control():
            make_coupon(
                draft=CouponDraft(code="THIRD", duration="months", percent_ppm=333_333, months=2),
                actor="ops@x", reason="", now=BEGIN,
            )  # fmt: skip
        for place in range(size):
            store = _narrow_store(place, like=world.store.schema).ref
            one = World(store, world.fake, world.receiver, world.committing, now=BEGIN)
            one.begin()
            one.save_card(LIVES[place % len(LIVES)][0])
            crowd.worlds.append(one)
        crowd.hear()
        return crowd

    def move(self, moment: datetime) -> None:
        self.first.move(moment)
        for world in self.worlds:
            world.now = moment

    def run(self) -> None:
        with in_control():  # an answer that the company was too slow to give is asked for again
            look_after_charges(now=self.first.now)
        ran = self.first.run()
        assert not ran.stuck
        assert not ran.parked
        self.hear()

    def hear(self) -> None:
        self.first.hear()

    def live(self, *, days: int, step: timedelta | None) -> None:
        """Live so many days; between what the merchants do, the clock runs every ``step``, or not at all."""
        for day, deeds in self._deeds(days):
            target = BEGIN + timedelta(days=day)
            if step is not None:
                self._tick(target, step)
            self.move(target)
            self.first.collect()
            self.run()
            for place, movement, wish in deeds:
                self._do(self.worlds[place], movement, wish)
            self.hear()

    def _deeds(self, days: int) -> list[tuple[int, list[tuple[int, str, dict[str, Any]]]]]:
        by_day: dict[int, list[tuple[int, str, dict[str, Any]]]] = {days: []}
        for place in range(len(self.worlds)):
            for day, movement, wish in LIVES[place % len(LIVES)][1]:
                if day < days:
                    by_day.setdefault(day, []).append((place, movement, wish))
            for number, day in enumerate(range(3 + place % 5, days, 11)):
                sale = {"amount": 200_000 + place * 7_777 + day * 331, "back": 3_333 if number % 3 == 0 else 0}
                by_day.setdefault(day, []).append((place, "sell", sale))
        return sorted(by_day.items())

    def _tick(self, target: datetime, step: timedelta) -> None:
        # what was sold is collected at the first tick after it; later ones would open every store to find nothing
        is_first = True
        while self.first.now + step < target:
            self.move(self.first.now + step)
            if is_first:
                self.first.collect()
            is_first = False
            self.run()

    def _do(self, world: World, movement: str, wish: dict[str, Any]) -> None:
        if movement == "sell":
            self._sell(world, **wish)
        elif movement == "gift":
            Desk(world).grant(wish["amount"], days=None)
        elif movement == "credit":
            invoice = world.invoices()[0]
            if invoice.total_minor > wish["amount"] and invoice.state == "paid":
                Desk(world).credit(invoice, {0: wish["amount"]}, Destination.CREDIT)
        else:
            words = {name: value for name, value in wish.items() if name != "to"}
            if "to" in wish:
                words["price_id"] = world.price(*wish["to"]).pk
            confirm(world, quote(world, movement, **words).change)
            self.hear()

    def _sell(self, world: World, amount: int, back: int) -> None:
        number = f"{world.store.slug}-{self.first.now:%Y%m%d}"
        facts = [(f"order_paid:{number}", "order_paid", amount, {"order_number": number})]
        if back:
            ref = {"ref_event_key": f"order_paid:{number}"}
            facts.append((f"order_refunded:{number}", "order_refunded", back, ref))
        with in_control():
            for key, meter, minor, payload in facts:
                _leave(world.store.schema, key, meter, minor, payload, self.first.now)

    def picture(self) -> dict[str, Any]:
        """Everything the books say, without what is drawn anew each time."""
        with in_control():
            slug_of = dict(BillingAccount.objects.values_list("pk", "merchant__slug"))
            return {
                "invoices": [
                    (slug_of[one.billing_account_id], one.number, one.kind, one.issued_at, one.total_minor, one.state,
                     one.paid_minor, one.credited_minor, one.tries,
                     [(line.kind, line.service_starts_at, line.service_ends_at, line.quantity, line.gross_minor,
                       line.tax_minor) for line in one.lines.all()])
                    for one in Invoice.objects.order_by("number").prefetch_related("lines")
                ],
                "ledger": sorted(
                    (slug_of[account], book, what, amount)
                    for account, book, what, amount in LedgerEntry.objects.values_list(
                        "ledger_account__billing_account", "ledger_account__book", "transaction__what", "amount_minor"
                    )
                ),
                "fees": sorted(RatedFee.objects.values_list("event__event_key", "amount_minor")),
                "charges": sorted(
                    ChargeAttempt.objects.values_list("invoice__number", "number", "amount_minor", "state")
                ),
                "states": sorted(Merchant.objects.values_list("slug", "state")),
            }  # fmt: skip

    def seal(self) -> str:
        """The picture as one hash, to say in a report."""
        return hashlib.sha256(repr(self.picture()).encode()).hexdigest()[:16]


def _narrow_store(place: int, *, like: str) -> Merchant:
    schema = new_schema_name()
    with in_control(as_owner=True):
        run(f'CREATE SCHEMA "{schema}"')
        run(f'CREATE TABLE "{schema}".journal_outboxfact (LIKE "{like}".journal_outboxfact INCLUDING ALL)')
        run(f'GRANT USAGE ON SCHEMA "{schema}" TO {CONTROL}')
        run(f'GRANT SELECT, INSERT, DELETE, UPDATE ON "{schema}".journal_outboxfact TO {CONTROL}')
    with in_control():
        return Merchant.objects.create(
            slug=f"crowd{place:03d}", name=f"邻店{place}", schema_name=schema, state=MerchantState.TRIAL,
            state_since=BEGIN, created_at=BEGIN,
        )  # fmt: skip


def _leave(schema: str, key: str, meter: str, minor: int, payload: dict[str, str], moment: datetime) -> None:
    run(
        f"""
        INSERT INTO "{schema}".journal_outboxfact
               (id, event_key, meter, amount_minor, currency, occurred_at, payload)
        VALUES (%s, %s, %s, %s, 'CNY', %s, %s)
        """,
        [new_id(), key, meter, minor, moment, json.dumps(payload)],
    )
