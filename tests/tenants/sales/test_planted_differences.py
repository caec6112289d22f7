"""Twenty differences planted into a company's statement: twenty are found, and nothing else.

A seed says which payments and refunds they are planted into, a few dozen here and hundreds nightly.
"""

from dataclasses import dataclass, replace
from random import Random

import pytest

from kit.tenancy import StoreRef
from tenants.campaigns.models import CampaignItem
from tenants.journal.services import Actor
from tenants.payments.models import Channel, Difference, DifferenceState, Payment, Refund
from tenants.sales.services.reconcile_day import reconcile_day
from tenants.sales.services.refund_payment import refund_payment
from tenants.sales.services.start_payment import start_payment
from tenants.sales.services.watch_payments import watch_payments
from tests.factories.campaigns import an_offer
from tests.factories.channels import a_wechat_channel, an_alipay_channel
from tests.factories.leaders import a_leader_with_point
from tests.factories.orders import a_pending_order
from tests.factories.times import NOW, later
from tests.simulators.companies import Companies
from tests.simulators.company import Company, PaidBack
from tests.simulators.keys import read_once
from tests.tenants.sales.test_reconcile_day import DAY, MORNING, found

CLERK = Actor(kind="staff", name="小刘")
FEW, HUNDREDS = 30, 400
Planted = set[tuple[str, str, str]]


@dataclass
class Day:
    """A day's trade at one company: paid orders, the first of which were given back in part."""

    company: Company
    dice: Random
    charges: list[Payment]
    refunds: list[Refund]

    def plant(self) -> Planted:
        """Plant twenty, each of which is seen on one row alone; return what must be found."""
        charge, refund = iter(self.charges), iter(self.refunds)
        planted: Planted = set()
        for _time in range(3):
            planted.add(("charge", "missing_here", self._unknown_charge(next(charge))))
            planted.add(("charge", "missing_there", self._lost_charge(next(charge))))
            planted.add(("charge", "amount", self._other_charge(next(charge))))
            planted.add(("charge", "state", self._unpaid_here(next(charge))))
        for _time in range(2):
            planted.add(("refund", "missing_here", self._unknown_refund(next(refund))))
            planted.add(("refund", "missing_there", self._lost_refund(next(refund))))
            planted.add(("refund", "amount", self._other_refund(next(refund))))
            planted.add(("refund", "state", self._unsent_here(next(refund))))
        return planted

    def _unknown_charge(self, like: Payment) -> str:
        trade = self.company.trades[like.key]
        self.company.trades["stranger_" + like.key] = replace(
            trade, key="stranger_" + like.key, number=trade.number[::-1], payment=trade.payment[::-1]
        )
        return "stranger_" + like.key

    def _lost_charge(self, payment: Payment) -> str:
        del self.company.trades[payment.key]
        return payment.key

    def _other_charge(self, payment: Payment) -> str:
        self.company.trades[payment.key].amount += self.dice.choice([-1, 1, 100])
        return payment.key

    def _unpaid_here(self, payment: Payment) -> str:
        Payment.objects.filter(pk=payment.pk).update(state="failed")
        return payment.key

    def _unknown_refund(self, like: Refund) -> str:
        back = self._theirs(like)
        key = "stranger_" + back.key
        self.company.refunds[key] = replace(back, key=key, number=back.number[::-1])
        return key

    def _lost_refund(self, refund: Refund) -> str:
        del self.company.refunds[refund.key]
        return refund.key

    def _other_refund(self, refund: Refund) -> str:
        self._theirs(refund).amount += self.dice.choice([-1, 1])
        return refund.key

    def _unsent_here(self, refund: Refund) -> str:
        Refund.objects.filter(pk=refund.pk).update(state="unknown")
        return refund.key

    def _theirs(self, refund: Refund) -> PaidBack:
        return self.company.refunds[refund.key]


def traded(way: str, company: Company, *, orders: int) -> Day:
    """Let so many orders be paid, and a third of them be given back in part; shuffled by a seed."""
    dice = Random(f"{way} {orders}")
    item: CampaignItem = an_offer(in_stock=1000)
    point = a_leader_with_point()
    payments = []
    for _order in range(orders):
        order = a_pending_order(item, point=point, quantity=dice.randint(1, 2))
        payments.append(start_payment(order_id=order.id, member=order.member, method=way, key="k", now=NOW).payment)
        company.pay(payments[-1].key)
    while watch_payments(now=later(seconds=40)):  # two hundred at a time
        pass
    dice.shuffle(payments)
    for payment in payments[: orders // 3]:
        amount = dice.randint(1, 1290)
        refund_payment(payment_id=payment.pk, amount_minor=amount, reason="缺货", key="r", now=NOW, actor=CLERK)
    for minutes in (1, 9, 30):
        watch_payments(now=later(minutes=minutes))
    refunds = list(Refund.objects.filter(state="succeeded"))
    assert len(refunds) == orders // 3
    dice.shuffle(refunds)
    return Day(company, dice, payments[orders // 3 :], refunds)


@pytest.mark.parametrize("way", ["wechat_native", "alipay_qr"])
@pytest.mark.parametrize("orders", [FEW, pytest.param(HUNDREDS, marks=pytest.mark.nightly)], ids=["few", "hundreds"])
def test_twenty_of_twenty_are_found_and_none_that_is_not_there(
    way: str, orders: int, in_acme: StoreRef, companies: Companies, broken_books: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_once(monkeypatch)
    is_wechat = way == "wechat_native"
    channel: Channel = a_wechat_channel(companies) if is_wechat else an_alipay_channel(companies)
    day = traded(way, companies.wechat if is_wechat else companies.alipay, orders=orders)
    reconcile_day(channel=channel, day=DAY, now=MORNING)
    assert found() == []

    planted = day.plant()
    reconcile_day(channel=channel, day=DAY, now=MORNING)

    assert len(planted) == 20
    assert found() == sorted(planted)
    assert not Difference.objects.exclude(state=DifferenceState.OPEN).exists()
