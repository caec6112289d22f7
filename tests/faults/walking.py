"""A walk through a shop's day, thrown by dice of one seed, while the platform and the payment company fail.

Each step is one that somebody takes: a buyer, a leader, the shop, the company, the schedule. Any of them may be struck
down between two statements; then, as in life, whoever asked asks again with the same key, or goes away. After the walk
the faults stop, the schedule runs a few more times, and what the company's own book says must be what ours say.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from celery import current_app
from django.db import DatabaseError, connection
from django.test import Client

from control.inbox.models import OutsideEvent
from kit import clock
from kit.errors import Refused
from kit.tenancy import StoreRef, in_control, in_store
from tenants.aftersales.models import AfterSale, Party, Remedy
from tenants.aftersales.services.ask import ask_after_sale
from tenants.aftersales.services.decide import Decision, approve
from tenants.campaigns.models import CampaignItem
from tenants.fulfilment.services.hand_over import HandedLine, hand_over
from tenants.journal.services import Actor
from tenants.members.models import Member
from tenants.orders.models import Order, OrderState
from tenants.sales.services.cancel_order import cancel_order
from tenants.sales.services.cancel_paid_order import cancel_paid_order
from tenants.sales.services.refund_lines import WantedRefund, refund_lines, refund_whole
from tenants.sales.services.start_payment import start_payment
from tests.factories.aftersales import asked_for, by_member
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.orders import a_pending_order, line_id_of, the_visit_of
from tests.factories.times import NOW
from tests.faults.strikes import DIES, STRIKES, Died, struck
from tests.simulators.companies import Companies
from tests.simulators.company import Letter

STEPS = 18
BOSS = Actor(kind="person", name="陈店长")
COMPANY_FAULTS = ["500", "500_after", "cut", "cut_after", "wrong_sign"]
SCHEDULE = [
    "tenants.sales.tasks.expire_orders",
    "tenants.sales.tasks.cut_off_campaigns",
    "tenants.sales.tasks.watch_payments",
    "tenants.sales.tasks.complete_orders",
    "tenants.aftersales.tasks.sweep_after_sales",
]


@dataclass
class Sale:
    """What one buyer knows: the key of an order, and whether anybody said that it was taken."""

    key: str
    member: Member
    item: CampaignItem
    quantity: int
    order_id: Any = None


@dataclass
class Walk:
    """One day in one shop, thrown by a seed."""

    seed: int
    store: StoreRef
    companies: Companies
    strikes: int = 0  # how many met something
    failures: int = 0  # of the company's, that somebody met
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice, self.now = Random(self.seed), NOW
        self.sales: list[Sale] = []
        self.letters: list[Letter] = []
        self.wechat = self.companies.wechat
        self.wechat.letters.clear()
        self.wechat.is_holding_refunds = True
        self.before = set(self.wechat.trades)
        with in_store(self.store):
            self.point = a_leader_with_point()
            self.items = [an_offer(in_stock=4), an_offer(price_minor=333, in_stock=6)]

    def go(self) -> None:
        """Take every step, stop the faults, let the schedule come round, and look at all the books."""
        steps: list[Callable[[], Any]] = [
            *(self.order, self.order_again, self.go_to_pay, self.go_to_pay, self.pay, self.pay, self.pay),
            *(self.hear, self.hear, self.hear, self.wait, self.run_a_task, self.run_a_task, self.sweep_inbox),
            *(self.cancel, self.refund, self.refund_a_piece, self.fetch, self.complain, self.grant),
            *(self.finish_a_refund, self.replay_the_inbox),
        ]
        self.order()
        self.order()
        self.go_to_pay()
        for _step in range(STEPS):
            self.dice.choice(steps)()
        self.come_to_rest()

    def order(self) -> None:
        with in_store(self.store):
            member = a_member()
        key = f"{self.seed}-{len(self.sales)}"
        self.sales.append(Sale(key, member, self.dice.choice(self.items), self.dice.randint(1, 2)))
        self._order(self.sales[-1])

    def order_again(self) -> None:
        if self.sales:
            self._order(self.dice.choice(self.sales))

    def _order(self, sale: Sale) -> None:
        wish = {"quantity": sale.quantity, "member": sale.member, "point": self.point, "key": sale.key}
        order = self.ask("order", lambda: a_pending_order(sale.item, now=self.now, **wish))  # type: ignore[arg-type]
        if order is not None:
            assert sale.order_id in (None, order.pk), f"one key made two orders: {sale.key}"
            sale.order_id = order.pk

    def go_to_pay(self) -> None:
        if sale := self._sale():
            key, fault = str(self.dice.randint(1, 3)), self.dice.choice(["", "", *COMPANY_FAULTS])
            if fault:
                self.wechat.fail_next(fault, "/v3/pay")
            by = {"order_id": sale.order_id, "member": sale.member, "method": "wechat_native", "key": sale.key + key}
            self.ask(f"go to pay {fault}", lambda: start_payment(now=self.now, **by))
            self._count_failure(fault)

    def pay(self) -> None:
        """The payer pays, whether or not our side knows that the charge was opened."""
        if trades := [key for key in self.wechat.trades if key not in self.before]:
            self.wechat.pay(self.dice.choice(trades))
            self.note("paid")

    def hear(self) -> None:
        """A letter comes: late, again, or before an older one."""
        if self.wechat.letters:
            letter = self.dice.choice(self.wechat.letters)
            self.ask("hear", lambda: self._deliver(letter), inside=False)

    def _deliver(self, letter: Letter) -> None:
        body, headers = letter.pack()
        path = "/" + letter.url.split("/", 3)[3]
        client = Client(headers={"host": f"{self.store.slug}.linli.test"})
        answer = client.post(path, body, content_type="application/json", headers=headers)
        assert answer.status_code in (200, 503), answer.content

    def wait(self) -> None:
        self.now += timedelta(minutes=self.dice.choice([1, 1, 5, 16, 90, 240]))
        self.wechat.told_time = self.now
        self.note("wait")

    def run_a_task(self) -> None:
        name, fault = self.dice.choice(SCHEDULE), ""
        if self.dice.random() < 0.3:
            fault = self.dice.choice(COMPANY_FAULTS)
            self.wechat.fail_next(fault)
        self.ask(name.rsplit(".", 1)[-1], lambda: self._run(name))
        self._count_failure(fault)

    def _count_failure(self, fault: str) -> None:
        self.failures += bool(fault) and not self.wechat.faults
        self.wechat.faults.clear()

    def sweep_inbox(self) -> None:
        self.ask("sweep the inbox", lambda: _sweep_inbox(), inside=False)

    def replay_the_inbox(self) -> None:
        """The broker delivers once more what was acted on long ago."""
        with in_control():
            ours = OutsideEvent.objects.filter(
                payload__key__in=[key for key in self.wechat.trades if key not in self.before]
            )
            events = list(ours.order_by("id").values_list("pk", flat=True))
        if events:
            told = str(self.dice.choice(events))
            self.ask("replay", lambda: self._run("tenants.sales.tasks.settle_event", event_id=told))

    def cancel(self) -> None:
        if sale := self._sale():
            self.ask("cancel", lambda: self._cancel(sale))

    def _cancel(self, sale: Sale) -> None:
        order = Order.objects.get(pk=sale.order_id)
        if order.state == OrderState.PENDING_PAYMENT:
            cancel_order(order_id=order.pk, member=sale.member, reason="不要了", now=self.now)
        else:
            actor = Actor(kind="member", id=str(sale.member.pk), name="王阿姨")
            cancel_paid_order(order=order, actor=actor, reason="不要了", now=self.now)

    def refund(self) -> None:
        if sale := self._sale():
            by: dict[str, Any] = {"reason": "坏了", "actor": BOSS, "key": f"{sale.key}-all", "now": self.now}
            self.ask("refund", lambda: refund_whole(order_id=sale.order_id, **by))

    def refund_a_piece(self) -> None:
        if sale := self._sale():
            by: dict[str, Any] = {"reason": "少了", "actor": BOSS, "key": f"{sale.key}-one", "now": self.now}
            self.ask("refund a piece", lambda: self._refund_a_piece(sale, by))

    def _refund_a_piece(self, sale: Sale, by: dict[str, Any]) -> None:
        line = line_id_of(Order.objects.get(pk=sale.order_id))
        refund_lines(order_id=sale.order_id, wanted=[WantedRefund(line, quantity=1)], **by)

    def fetch(self) -> None:
        if sale := self._sale(OrderState.PAID, OrderState.PARTLY_PICKED):
            self.ask("fetch", lambda: self._fetch(sale))

    def _fetch(self, sale: Sale) -> None:
        order = Order.objects.get(pk=sale.order_id)
        lines = [HandedLine(line_id_of(order), 1)]
        hand_over(pickup_id=the_visit_of(order).pk, leader=order.leader, lines=lines, by_name="李姐", now=self.now)

    def complain(self) -> None:
        if sale := self._sale(OrderState.PICKED_UP, OrderState.PARTLY_PICKED):
            self.ask("complain", lambda: self._complain(sale))

    def _complain(self, sale: Sale) -> None:
        order = Order.objects.get(pk=sale.order_id)
        ask_after_sale(asked=asked_for(order), by=by_member(order), key=f"{sale.key}-bad", now=self.now)

    def grant(self) -> None:
        self.ask("grant", self._grant)

    def _grant(self) -> None:
        asked = AfterSale.objects.filter(
            state__in=("leader_review", "store_review"), order_id__in=[sale.order_id for sale in self.sales]
        )
        waiting = asked.order_by("id").first()
        if waiting:
            whole = {Party.STORE: 1_000_000}
            decision = Decision(remedy=Remedy.REFUND, amount_minor=100, liability=whole)
            approve(after_sale_id=waiting.pk, decision=decision, actor=BOSS, now=self.now)

    def finish_a_refund(self) -> None:
        sent = [one.key for one in self.wechat.refunds.values() if one.state == "sent"]
        if sent:
            self.wechat.finish_refund(sent[0])
            self.note("money went back")

    def come_to_rest(self) -> None:
        """The faults are over: every letter comes, the buyers ask again, and the schedule comes round."""
        self.wechat.faults.clear()
        self.wechat.is_holding_refunds = False
        for sale in self.sales:
            with suppress(Refused):
                self._calmly(lambda one=sale: self._order(one), inside=False)  # type: ignore[misc]
        for pause in (timedelta(minutes=2), timedelta(hours=13)):
            self.now += pause
            self.wechat.told_time = self.now
            for key in [one.key for one in self.wechat.refunds.values() if one.state == "sent"]:
                self.wechat.finish_refund(key)
            if pause < timedelta(hours=1):
                for letter in self.dice.sample(self.wechat.letters, len(self.wechat.letters)):
                    self._calmly(lambda one=letter: self._deliver(one), inside=False)  # type: ignore[misc]
            self._calmly(_sweep_inbox, inside=False)
            for name in SCHEDULE:
                self._calmly(lambda one=name: self._run(one))  # type: ignore[misc]

    def ask(self, what: str, story: Callable[[], Any], *, inside: bool = True) -> Any:
        """Let a story run, perhaps struck; return what it said, or None if nobody heard an answer."""
        strike, at = "", 0
        if self.dice.random() < 0.5:
            strike = self.dice.choice(STRIKES)
            at = self.dice.randint(1, 8 if self.dice.random() < 0.5 else 30) if strike in STRIKES[:2] else 1
        try:
            with struck(strike, at=at):
                answer = self._calmly(story, inside=inside)
        except Refused as refusal:
            self.note(f"{what}: {refusal.code}")
        except (Died, DatabaseError) as end:
            self.strikes += 1
            self.note(f"{what}: {strike} at {at}")
            connection.close()
            if not strike or (isinstance(end, Died) and strike != DIES):
                raise
        else:
            self.note(what)
            return answer
        return None

    def note(self, what: str) -> None:
        self.said.append(f"{self.now - NOW} {what}")

    def _calmly(self, story: Callable[[], Any], *, inside: bool = True) -> Any:
        with clock.at(self.now):
            if not inside:
                return story()
            with in_store(self.store):
                return story()

    def _run(self, name: str, **words: str) -> None:
        current_app.tasks[name].apply(kwargs={"store": str(self.store.merchant_id), **words}).get()

    def _sale(self, *states: OrderState) -> Sale | None:
        known = [sale for sale in self.sales if sale.order_id]
        if states and known:
            with in_store(self.store):
                found = set(Order.objects.filter(state__in=states).values_list("pk", flat=True))
            known = [sale for sale in known if sale.order_id in found]
        return self.dice.choice(known) if known else None


def _sweep_inbox() -> None:
    current_app.tasks["tenants.sales.tasks.settle_forgotten_events"].apply().get()
