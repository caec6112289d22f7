"""No commission is lost: lines that are paid, handed out, taken back and refunded in part, in any chain of steps.

A commission is kept by the line, so a history is the life of one line; ten lines of an order live theirs together.
Dozens here, ten thousand nightly. What each leader must have is worked out beside the product, from the line alone, and
I5 is asked of the books.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import pytest
from django.db import transaction

from kit.errors import Refused
from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.campaigns.models import CampaignItem
from tenants.commissions.models import CommissionEntry
from tenants.commissions.services.release_freezes import release_freezes
from tenants.commissions.services.set_store_rate import set_store_rate
from tenants.fulfilment.services.hand_over import HandedLine, hand_over
from tenants.fulfilment.services.reverse_handover import reverse_handover
from tenants.journal.services import Actor
from tenants.leaders.models import PickupPoint
from tenants.ledger.models import Book
from tenants.ledger.selectors import balance_of
from tenants.orders.models import Order, OrderLine
from tenants.sales.books import check
from tenants.sales.services.place_order import Contact, place_order
from tenants.sales.services.quote_lines import WantedLine
from tenants.sales.services.refund_lines import WantedRefund, refund_lines, refund_whole
from tenants.sales.services.settle_payment import settle_payment
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.orders import a_started_payment, news_of, the_visit_of
from tests.factories.times import NOW

BOSS = Actor(kind="person", name="陈店长")
STORE_PPM, LINES, STEPS = 83_000, 10, 4
FEW, THOUSAND, SEEDS = 40, 1_000, range(1, 11)


@dataclass
class Shop:
    """Goods with rates of their own and without one, two leaders, and dice."""

    dice: Random
    items: list[CampaignItem]
    points: list[PickupPoint]
    now: datetime = NOW
    steps: int = 0

    def life(self) -> None:
        """Let ten lines live: bought together, then a few steps that somebody takes with some of them."""
        order = self._paid()
        for _step in range(STEPS):
            step = self.dice.choice(
                [self._give_back, self._give_back, self._hand_out, self._hand_out, self._take_back, self._wait]
            )
            try:
                with transaction.atomic():
                    transaction.get_connection().atomic_blocks[-1]._from_testcase = True
                    step(order)
            except Refused:
                continue  # what cannot be taken back any more
            self.steps += 1
        if self.dice.random() < 0.1:
            refund_whole(order_id=order.pk, reason="", actor=BOSS, key="all", now=self.now)
        self._earns_what_is_left(order)

    def _paid(self) -> Order:
        wanted = [WantedLine(item.pk, self.dice.randint(1, 4)) for item in self.dice.sample(self.items, LINES)]
        prices = {item.pk: item.price_minor for item in self.items}
        order = place_order(
            member=a_member(),
            pickup_point_id=self.dice.choice(self.points).pk,
            lines=wanted,
            contact=Contact("王阿姨", "13800000000"),
            remark="",
            expected_total_minor=sum(prices[one.campaign_item_id] * one.quantity for one in wanted),
            key=str(new_id()),
            now=NOW,
        )
        settle_payment(news=news_of(a_started_payment(order)), now=NOW)
        return Order.objects.select_related("leader").get(pk=order.pk)

    def _some_of(self, order: Order) -> list[OrderLine]:
        return self.dice.sample(list(order.lines.order_by("id")), self.dice.randint(1, LINES))

    def _give_back(self, order: Order) -> None:
        wishes = []
        for line in self._some_of(order):
            left = line.quantity - line.refunded_quantity
            if left and self.dice.random() < 0.6:
                many, of_handed = self.dice.randint(1, left), self.dice.random() < 0.5
                wishes.append(WantedRefund(line.pk, quantity=many, of_handed=of_handed))
            elif line.left_minor:
                wishes.append(WantedRefund(line.pk, amount_minor=self.dice.randint(1, line.left_minor)))
        if wishes:
            refund_lines(order_id=order.pk, wanted=wishes, reason="坏", actor=BOSS, key=f"r{self.steps}", now=self.now)

    def _hand_out(self, order: Order) -> None:
        able = [line for line in self._some_of(order) if line.left_to_hand]
        given = [HandedLine(line.pk, self.dice.randint(1, line.left_to_hand)) for line in able]
        if given:
            visit = the_visit_of(order).pk
            hand_over(pickup_id=visit, leader=order.leader, lines=given, by_name="李姐", now=self.now)

    def _take_back(self, order: Order) -> None:
        handover = the_visit_of(order).handovers.filter(reversed_at=None).order_by("-at", "-id").first()
        if handover:
            asked = {"leader": order.leader, "reason": "错", "by_name": "李姐", "now": self.now}
            reverse_handover(handover_id=handover.pk, **asked)  # type: ignore[arg-type]

    def _wait(self, _order: Order) -> None:
        """Two days pass for everything that waits; the clock of the next step is the old one again."""
        release_freezes(now=self.now + timedelta(hours=49))

    def _earns_what_is_left(self, order: Order) -> None:
        rates = {item.pk: item.commission_ppm for item in self.items}
        entries = list(CommissionEntry.objects.filter(order_line__order=order))
        for line in order.lines.all():
            own = [entry for entry in entries if entry.order_line_id == line.pk]
            ppm = rates[line.campaign_item_id]
            is_undone = line.refunded_quantity == line.quantity or line.left_minor == 0
            due = 0 if is_undone else line.left_minor * (STORE_PPM if ppm is None else ppm) // 1_000_000
            assert sum(entry.amount_minor for entry in own) == due, (line.quantity, line.refunded_quantity)
            assert [entry.kind for entry in own].count("accrual") == 1
            assert {entry.leader_id for entry in own} == {order.leader_id}


def run(dice: Random, *, histories: int) -> Shop:
    set_store_rate(rate_ppm=STORE_PPM, by_name="陈店长", now=NOW)
    rates = [None, None, 0, 50_000, 123_456, 300_000]
    items = [
        an_offer(price_minor=dice.randint(1, 9_999), commission_ppm=dice.choice(rates), in_stock=10**6)
        for _item in range(24)
    ]
    shop = Shop(dice, items, [a_leader_with_point(), a_leader_with_point()])
    for number in range(histories // LINES):
        shop.life()
        if number % 50 == 49:
            assert check(NOW) == []
    assert check(NOW) == []
    for point in shop.points:
        kept = CommissionEntry.objects.filter(leader=point.leader_id).values_list("amount_minor", flat=True)
        assert balance_of(book=Book.COMMISSION_PAYABLE, party_id=point.leader_id) == -sum(kept)
    return shop


def test_dozens_of_histories(in_acme: StoreRef) -> None:
    assert run(Random(0), histories=FEW).steps > FEW // LINES


@pytest.mark.nightly
@pytest.mark.parametrize("seed", SEEDS)
def test_ten_thousand_histories(seed: int, in_acme: StoreRef) -> None:
    shop = run(Random(seed), histories=THOUSAND)

    assert shop.steps > THOUSAND // LINES * 2, "most steps were refused"
