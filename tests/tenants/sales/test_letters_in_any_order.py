"""What the companies tell us, shuffled, doubled, stale, forged and foreign: what follows is what follows in order.

Each history has a twin, which is told the same things once, in order, and nothing false. Hundreds of letters here, six
thousand nightly; which, and in what order, is thrown by a seed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.test import Client

from control.inbox.models import OutsideEvent
from kit import clock
from kit.tenancy import StoreRef, in_control
from tenants.campaigns.models import CampaignItem
from tenants.commissions.models import CommissionEntry
from tenants.journal.models import OutboxFact
from tenants.journal.services import Actor
from tenants.leaders.models import PickupPoint
from tenants.ledger.models import Book
from tenants.ledger.selectors import balance_of
from tenants.orders.models import Order
from tenants.payments.models import Payment, Refund
from tenants.sales.services.refund_payment import refund_payment
from tenants.sales.services.start_payment import start_payment
from tenants.sales.services.watch_payments import watch_payments
from tests.factories.campaigns import an_offer
from tests.factories.channels import a_wechat_channel, an_alipay_channel
from tests.factories.leaders import a_leader_with_point
from tests.factories.orders import a_pending_order
from tests.factories.times import NOW, later
from tests.simulators.companies import Companies
from tests.simulators.company import Company, Letter, new_private_key
from tests.simulators.keys import read_once

BOSS = Actor(kind="staff", name="老板")
SOME, MANY = 60, 750  # of each company and seed
STRANGERS_KEY = new_private_key()


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    read_once(monkeypatch)
    with clock.at(NOW):
        yield


@dataclass
class Post:
    """One shop at one company, and whoever writes letters to it."""

    way: str
    company: Company
    dice: Random
    item: CampaignItem
    point: PickupPoint
    sent: int = 0

    def history(self) -> None:
        """Let a history and its twin happen, and compare what became of them."""
        is_found_first, amounts = self.dice.random() < 0.7, [self.dice.randint(1, 600) for _refund in range(2)]
        order, letters = self._happened(is_found_first, amounts)
        twin, in_order = self._happened(is_found_first, amounts)
        for letter in in_order:
            assert self._tell(letter) == 200

        for is_genuine, told in self._shuffled(letters):
            status = told()
            assert status == 200 if is_genuine else status in (403, 404), (status, is_genuine)
            self.sent += 1

        assert became(order) == became(twin)

    def _happened(self, is_found_first: bool, amounts: list[int]) -> tuple[Order, list[Letter]]:
        """An order is paid; the janitor may find that before any letter comes, and then a part goes back twice."""
        order = a_pending_order(self.item, point=self.point)
        asked = {"order_id": order.id, "member": order.member, "method": self.way, "key": "k"}
        payment = start_payment(**asked, now=NOW).payment  # type: ignore[arg-type]
        self.company.letters.clear()
        self.company.is_holding_refunds = True
        self.company.pay(payment.key)
        if is_found_first:
            watch_payments(now=later(seconds=30))
            for number, amount in enumerate(amounts):
                by = {"reason": "缺货", "key": str(number), "actor": BOSS, "now": later(seconds=31)}
                refund_payment(payment_id=payment.pk, amount_minor=amount, **by)  # type: ignore[arg-type]
            watch_payments(now=later(seconds=31))
            for key in [one.key for one in self.company.refunds.values() if one.trade == payment.key]:
                self.company.finish_refund(key)
        # Alipay writes once more with every refund that the money came; the last of each is enough
        return order, list({letter.about: letter for letter in self.company.letters}.values())

    def _shuffled(self, letters: list[Letter]) -> list[tuple[bool, Callable[[], int]]]:
        """Each letter once to four times, and beside each one that is stale, forged, foreign or of another amount."""
        told: list[tuple[bool, Callable[[], int]]] = []
        for letter in letters:
            told += [(True, lambda one=letter: self._tell(one))] * self.dice.randint(1, 4)  # type: ignore[misc]
            told += [(False, lambda one=bad: one()) for bad in self._false(letter)]  # type: ignore[misc]
        self.dice.shuffle(told)
        return told

    def _false(self, letter: Letter) -> list[Callable[[], int]]:
        foreign = {"seller_id": "2088000000000000"} if self.way == "alipay_qr" else {"mchid": "1600000000"}
        broken = Letter(letter.url, "", lambda: (letter.pack()[0][:-9], letter.pack()[1]))
        every: list[Callable[[], int]] = [
            lambda: self._tell(letter, key=STRANGERS_KEY),
            lambda: self._tell(letter, at=NOW - timedelta(days=2)),
            lambda: self._tell(letter, **foreign),
            lambda: self._tell(letter, host="rival.linli.test"),
            lambda: self._tell(broken),
        ]
        return self.dice.sample(every, 2)

    def _tell(self, letter: Letter, *, host: str = "acme.linli.test", **spoiled: Any) -> int:
        body, headers = letter.pack(**spoiled)
        path, kind = "/" + letter.url.split("/", 3)[3], headers.get("Content-Type", "application/json")
        return Client(headers={"host": host}).post(path, body, content_type=kind, headers=headers).status_code


def became(order: Order) -> dict[str, Any]:
    """Say everything that news of its money can change about an order."""
    order.refresh_from_db()
    payments = Payment.objects.filter(order=order)
    return {
        "order": (order.state, order.paid_minor, order.refunded_minor),
        "payments": list(payments.values_list("state", "amount_minor", "refunding_minor", "parked_at")),
        "refunds": sorted(Refund.objects.filter(payment__order=order).values_list("state", "amount_minor")),
        "owed": balance_of(book=Book.ORDER, party_id=order.pk),
        "earned": sorted(
            CommissionEntry.objects.filter(order_line__order=order).values_list("kind", "amount_minor", "state")
        ),
        "sold": OutboxFact.objects.filter(event_key=f"order_paid:{order.pk}").count(),
    }


@pytest.mark.parametrize(
    ("seed", "letters"), [(0, SOME), *(pytest.param(seed, MANY, marks=pytest.mark.nightly) for seed in range(1, 5))]
)
@pytest.mark.parametrize("way", ["wechat_native", "alipay_qr"])
def test_what_follows_is_what_follows_in_order(
    way: str, seed: int, letters: int, in_acme: StoreRef, companies: Companies
) -> None:
    is_wechat = way == "wechat_native"
    if is_wechat:
        a_wechat_channel(companies)
    else:
        an_alipay_channel(companies)
    item, point = an_offer(in_stock=100_000), a_leader_with_point()
    post = Post(way, companies.wechat if is_wechat else companies.alipay, Random(seed), item, point)

    while post.sent < letters:
        post.history()

    with in_control():
        kept = OutsideEvent.objects.filter(account=str(in_acme.merchant_id))
        assert set(kept.values_list("state", flat=True)) == {"done"}
