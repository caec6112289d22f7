"""Whatever a company fails to answer, each payment is known for good within fifteen minutes.

The company fails while a charge is opened, while it is asked for, or both; before it has acted or after. Some payers
pay and some never do. The janitor comes each minute. What the company never heard of is given up five minutes after the
time to pay is over, when no request can be on its way to it any more.
"""

from random import Random

import pytest

from kit.tenancy import StoreRef
from tenants.payments.models import Payment
from tenants.sales.services.expire_orders import expire_orders
from tenants.sales.services.start_payment import start_payment
from tenants.sales.services.watch_payments import watch_payments
from tests.factories.campaigns import an_offer
from tests.factories.channels import a_wechat_channel, an_alipay_channel
from tests.factories.leaders import a_leader_with_point
from tests.factories.orders import a_pending_order
from tests.factories.times import NOW, later
from tests.faults.walking import COMPANY_FAULTS
from tests.simulators.companies import Companies
from tests.simulators.keys import read_once

FEW, HUNDREDS = 16, 300
PAID_BY_MINUTE = 2


@pytest.mark.parametrize("payments", [FEW, pytest.param(HUNDREDS, marks=pytest.mark.nightly)], ids=["few", "hundreds"])
@pytest.mark.parametrize("way", ["wechat_native", "alipay_qr"])
def test_every_payment_is_known_in_fifteen_minutes(
    way: str, payments: int, in_acme: StoreRef, companies: Companies, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_once(monkeypatch)
    is_wechat, dice = way == "wechat_native", Random(f"{way} {payments}")
    company = companies.wechat if is_wechat else companies.alipay
    if is_wechat:
        a_wechat_channel(companies)
    else:
        an_alipay_channel(companies)
    item, point = an_offer(in_stock=10_000), a_leader_with_point()
    for number in range(payments):
        order = a_pending_order(item, point=point)
        if fault := dice.choice(["", *COMPANY_FAULTS]):
            company.fail_next(fault)
        start_payment(order_id=order.id, member=order.member, method=way, key=str(number), now=NOW)
        company.faults.clear()
    opened = list(company.trades)
    paid = {key for key in opened if dice.random() < 0.7}

    failed = 0
    for minute in range(1, 16):
        company.told_time = later(minutes=minute)
        if minute == PAID_BY_MINUTE:
            for key in paid:
                company.pay(key)
        if minute < 5:
            for _failure in range(payments // 3):
                company.fail_next(dice.choice(COMPANY_FAULTS))
        planted = len(company.faults)
        while watch_payments(now=later(minutes=minute)):
            pass
        failed += planted - len(company.faults)
        company.faults.clear()
    expire_orders(now=later(minutes=15))

    known = dict(Payment.objects.values_list("key", "state"))
    assert {key for key, state in known.items() if state == "succeeded"} == paid
    assert {known[key] for key in opened} <= {"succeeded", "cancelled", "failed"}
    while watch_payments(now=later(minutes=20)):
        pass
    assert set(Payment.objects.exclude(key__in=opened).values_list("state", flat=True)) == {"cancelled"}
    assert failed > payments // 4, "the company hardly failed"
