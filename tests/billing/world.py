"""A merchant, its store, Stripe's fake and a clock: what a month of billing needs."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from django.db import transaction
from django.test import Client

from billing.models.agreements import BillingAccount, CardSetup, SavedCard, Subscription
from billing.models.catalogue import PriceVersion
from billing.models.invoices import Invoice
from billing.models.ledger import LedgerEntry
from billing.selectors import last_subscription
from billing.services.choose_plan import choose_plan
from billing.services.collect_and_rate import collect_and_rate
from billing.services.open_card_page import open_card_page
from billing.services.run_due import Ran, run_due
from billing.services.save_card import save_card
from billing.services.start_trial import start_trial
from control.merchants.models import Merchant
from kit import clock
from kit.gateway.client import gateway
from kit.ids import new_id
from kit.tenancy import StoreRef, in_control, in_store
from tenants.journal.services import leave_fact
from tests.simulators.receiver import Letter, Receiver
from tests.simulators.stripe.fixtures import RunningFake

SHANGHAI = ZoneInfo("Asia/Shanghai")
GOOD_CARD = "4242424242424242"
PAYS_NEVER = "4000000000000341"  # lets itself be saved, declines every charge


def at(text: str) -> datetime:
    """A time on the wall in Shanghai: "2026-11-20 15:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def hold_card(world: "World", token: str) -> None:
    """Let the card in use be one of Stripe's test cards that its own page would not save without 3-D Secure."""
    world.save_card()
    world.hear()  # or the visit's own webhook would save the other card beside it
    with in_control():
        card = SavedCard.objects.get(replaced_at=None)
        payer = card.billing_account.gateway_ref or ""
        attached = gateway().v1.payment_methods.attach(token, {"customer": payer})
        SavedCard.objects.filter(pk=card.pk).update(gateway_ref=attached.id)


@contextmanager
def undone() -> Iterator[None]:
    """Take everything inside back; the stories inside may be outermost, as in a test's own transaction."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        yield
        transaction.set_rollback(True)


@dataclass
class World:
    """The tests' hands: everything through stories and the webhook's door."""

    store: StoreRef
    fake: RunningFake
    receiver: Receiver
    committing: Callable[..., AbstractContextManager[Any]]  # runs what was put off until commit
    now: datetime = field(default_factory=lambda: at("2026-11-20 15:00"))
    told: int = 0

    def move(self, moment: datetime) -> None:
        self.now = moment
        self.fake.pull("clock", frozen=True, at=moment.isoformat())

    def begin(self) -> BillingAccount:
        with in_control():
            return start_trial(
                merchant_id=self.store.merchant_id,
                name="绿家生鲜（上海）有限公司",
                email="boss@acme.test",
                phone="13800000001",
                timezone="Asia/Shanghai",
                currency="CNY",
                now=self.now,
            )

    def type_card(self, number: str = GOOD_CARD) -> str:
        """Visit the card company's page, type a card in, and return the visit's reference."""
        with in_control():
            address = open_card_page(
                merchant_id=self.store.merchant_id,
                success_url="http://acme.linli.test/backoffice/account/card/done?visit={CHECKOUT_SESSION_ID}",
                cancel_url="http://acme.linli.test/backoffice/account/card",
                now=self.now,
            )
            visit = CardSetup.objects.latest("opened_at", "id").gateway_ref
        typed = {"card_number": number, "card_expiry": "12/34", "card_cvc": "123", "card_name": "Wang"}
        assert httpx.post(address, data=typed).status_code == 303
        return visit

    def save_card(self, number: str = GOOD_CARD) -> None:
        visit = self.type_card(number)
        with in_control():
            assert save_card(setup_ref=visit, now=self.now) is not None

    def price(self, edition: str, interval: str = "month") -> PriceVersion:
        with in_control():
            return PriceVersion.objects.get(edition__code=edition, interval=interval, valid_until=None)

    def choose(
        self, edition: str, interval: str = "month", *, at_once: bool = True, due: int | None = None
    ) -> Subscription:
        price = self.price(edition, interval)
        with in_control():
            return choose_plan(
                merchant_id=self.store.merchant_id,
                price_id=price.pk,
                at_once=at_once,
                expected_minor=(price.payable_minor if at_once else 0) if due is None else due,
                actor="boss@acme.test",
                now=self.now,
            )

    def order_paid(self, amount: int, moment: datetime, *, order: UUID | None = None) -> UUID:
        order = order or new_id()
        with in_store(self.store):
            leave_fact(
                event_key=f"order_paid:{order}",
                meter="order_paid",
                amount_minor=amount,
                currency="CNY",
                occurred_at=moment,
                payload={"order_id": str(order), "order_number": f"N{str(order)[-6:]}"},
            )
        return order

    def order_refunded(self, order: UUID, amount: int, moment: datetime) -> None:
        with in_store(self.store):
            leave_fact(
                event_key=f"order_refunded:{new_id()}",
                meter="order_refunded",
                amount_minor=amount,
                currency="CNY",
                occurred_at=moment,
                payload={"ref_event_key": f"order_paid:{order}", "order_id": str(order)},
            )

    def collect(self) -> int:
        with in_control():
            return collect_and_rate(now=self.now)

    def run(self) -> Ran:
        with self.committing(execute=True), in_control():
            return run_due(now=self.now)

    def letters(self) -> list[Letter]:
        """What Stripe has sent since the last look."""
        self.fake.delivered()
        fresh = self.receiver.letters[self.told :]
        self.told = len(self.receiver.letters)
        return fresh

    def deliver(self, letter: Letter, *, signature: str | None = None, body: bytes | None = None) -> int:
        """Push one letter through the webhook's door, and run what it put off until commit."""
        with clock.at(self.now), self.committing(execute=True):
            answer = Client(headers={"host": "linli.test"}).post(
                "/api/v1/webhooks/stripe",
                body or letter.body,
                content_type="application/json",
                headers={"stripe-signature": letter.signature if signature is None else signature},
            )
        return answer.status_code

    def hear(self) -> None:
        """Let every webhook arrive once, in order."""
        for letter in self.letters():
            assert self.deliver(letter) == 200

    def subscription(self) -> Subscription:
        with in_control():
            found = last_subscription(merchant_id=self.store.merchant_id)
        assert found is not None
        return found

    def merchant(self) -> Merchant:
        with in_control():
            return Merchant.objects.get(pk=self.store.merchant_id)

    def invoices(self) -> list[Invoice]:
        with in_control():
            return list(
                Invoice.objects.filter(billing_account__merchant_id=self.store.merchant_id)
                .order_by("number")
                .prefetch_related("lines", "attempts")
            )

    def balance(self, book: str) -> int:
        with in_control():
            entries = LedgerEntry.objects.filter(
                ledger_account__book=book,
                ledger_account__billing_account__merchant_id=self.store.merchant_id,
            )
            return sum(entries.values_list("amount_minor", flat=True))
