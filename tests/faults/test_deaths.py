"""kill -9 anywhere between the company's charge and our commit: one capture an order, though a thousand workers die.

Each order has a handful of deaths: while its charge is opened, while a notice of its payment is taken in, while the
janitor looks after it, and while money goes back. Where, is thrown by a seed. After them the buyer presses once more
with the same key, and the schedule comes round.
"""

from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import pytest
from celery import current_app

from kit import clock
from kit.tenancy import StoreRef, in_store
from tenants.aftersales.books import check
from tenants.campaigns.models import CampaignItem
from tenants.journal.models import OutboxFact
from tenants.journal.services import Actor
from tenants.leaders.models import PickupPoint
from tenants.orders.models import Order, OrderState
from tenants.payments.models import Payment, Refund
from tenants.sales.services.refund_lines import refund_whole
from tenants.sales.services.start_payment import start_payment
from tenants.sales.services.watch_payments import watch_payments
from tests.database import own_database
from tests.factories.campaigns import an_offer
from tests.factories.channels import a_wechat_channel
from tests.factories.leaders import a_leader_with_point
from tests.factories.orders import a_pending_order
from tests.factories.times import NOW
from tests.faults.deaths import Hangman, hangman
from tests.simulators.companies import Companies
from tests.simulators.company import Letter
from tests.simulators.keys import read_once
from tests.simulators.wechatpay.server import WeChatPay
from tests.stores import store_ref

FEW, HALF_A_THOUSAND = 16, 500
PRICE = 1290
BOSS = Actor(kind="person", name="陈店长")
# How many statements and commits a story has, at most: a worker that was to die later has lived
STATEMENTS = {"pay": 30, "hear": 75, "watch": 60}


@dataclass
class Day:
    """A shop whose workers die, and the company's own book beside it."""

    wechat: WeChatPay
    hangman: Hangman
    dice: Random
    item: CampaignItem
    point: PickupPoint
    now: datetime = NOW
    orders: list[Order] = field(default_factory=list)
    died_in: dict[str, int] = field(default_factory=dict)

    def sell(self) -> None:
        """Let an order be taken, paid, and perhaps given back, over several dead workers."""
        order = a_pending_order(self.item, point=self.point, now=self.now)
        self.orders.append(order)
        key = f"pay-{len(self.orders)}"
        words = {"order": str(order.pk), "member": str(order.member_id), "key": key}
        for _death in range(2):
            self._die("pay", **words)
        start_payment(order_id=order.pk, member=order.member, method="wechat_native", key=key, now=self.now)
        (opened,) = self._trades(order)
        self.wechat.pay(opened.key)
        letter = self.wechat.letters[-1]
        for _death in range(2):
            self._die("hear", **_packed(letter))
        self._pass(minutes=1)
        self._die("watch")
        if self.dice.random() < 0.25:
            # Nobody thanked the company, so it writes again, to a worker that lives
            self.hangman.let("hear", now=self.now, **_packed(letter))
            self._come_round()
            refund_whole(order_id=order.pk, reason="不要了", actor=BOSS, key="back", now=self.now)
            self._die("watch")

    def _die(self, story: str, **words: Any) -> None:
        if len(self.orders) == 1:  # the first order's workers live, so that what is read once is read
            self.hangman.let(story, now=self.now, **words)
            return
        # Mostly at a statement, sometimes at a moment: there it may be anywhere, in the wire to the company too
        timed = self.dice.random() < 0.3
        at, after = self.dice.randint(1, STATEMENTS[story]), self.dice.uniform(0.001, 0.08)
        where = {"after": after} if timed else {"at": at}
        is_dead = self.hangman.let(story, now=self.now, **where, **words)
        self.died_in[story] = self.died_in.get(story, 0) + is_dead

    def _trades(self, order: Order) -> list[Any]:
        keys = set(Payment.objects.filter(order=order).values_list("key", flat=True))
        return [self.wechat.trades[key] for key in keys if key in self.wechat.trades]

    def _pass(self, **length: float) -> None:
        self.now += timedelta(**length)
        self.wechat.told_time = self.now

    def _come_round(self) -> None:
        """What the schedule does each minute: settle what was heard and not acted on, look after payments."""
        with clock.at(self.now):
            current_app.tasks["tenants.sales.tasks.settle_forgotten_events"].apply().get()
            watch_payments(now=self.now)

    def come_to_rest(self) -> None:
        for pause in (timedelta(minutes=6), timedelta(hours=3), timedelta(hours=13)):
            self.now += pause
            self.wechat.told_time = self.now
            self._come_round()

    def wrongs(self) -> Iterator[str]:
        """Compare each order with the company's own book."""
        for order in self.orders:
            order.refresh_from_db()
            trades = self._trades(order)
            paid = [trade.amount for trade in trades if trade.state == "paid"]
            keys = {trade.key for trade in trades}
            back = [one.amount for one in self.wechat.refunds.values() if one.trade in keys and one.state == "done"]
            if paid != [PRICE] or back not in ([], [PRICE]):
                yield f"{order.number}: the company took {paid} and gave back {back}"
            state = OrderState.CANCELLED if back else OrderState.PAID
            if (order.state, order.paid_minor, order.refunded_minor) != (state, PRICE, sum(back)):
                yield f"{order.number}: {order.state} {order.paid_minor} {order.refunded_minor}, back {back}"
            if OutboxFact.objects.filter(event_key=f"order_paid:{order.pk}").count() != 1:
                yield f"{order.number}: not told to billing once"


def _packed(letter: Letter) -> dict[str, Any]:
    body, headers = letter.pack()
    path = "/" + letter.url.split("/", 3)[3]
    return {"body": b64encode(body).decode(), "headers": headers, "path": path}


@pytest.fixture
def shop(
    django_db_setup: str,
    django_db_blocker: Any,
    worker_id: str,
    companies: Companies,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[int], Day]]:
    """Acme with WeChat Pay in a database of its own, and the process that forks its workers."""
    current_app.loader.import_default_modules()
    read_once(monkeypatch)
    with django_db_blocker.unblock(), own_database(worker=f"deaths_{worker_id}"):
        ref: StoreRef = store_ref("acme")
        with in_store(ref), clock.at(NOW), hangman(company=companies.wechat.url) as forks:
            a_wechat_channel(companies)
            yield partial(_opened, companies, forks)


def _opened(companies: Companies, forks: Hangman, seed: int) -> Day:
    return Day(companies.wechat, forks, Random(seed), an_offer(in_stock=10_000), a_leader_with_point())


def _taken_once(day: Day, *, deaths: int) -> None:
    while day.hangman.killed < deaths:
        day.sell()
    day.come_to_rest()

    assert list(day.wrongs()) == []
    assert set(Refund.objects.values_list("state", flat=True)) <= {"succeeded"}
    assert check(day.now) == []
    assert all(day.died_in[story] for story in STATEMENTS), day.died_in


def test_sixteen_workers_die_and_money_is_taken_once(shop: Callable[[int], Day]) -> None:
    _taken_once(shop(7), deaths=FEW)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", [1, 2])
def test_a_thousand_workers_die_and_money_is_taken_once(shop: Callable[[int], Day], seed: int) -> None:
    day = shop(seed)

    _taken_once(day, deaths=HALF_A_THOUSAND)
    print(f"\n{len(day.orders)} orders, killed in {day.died_in}")  # noqa: T201 - the nightly run shows its figures
