"""kill -9 between the company's charge and our commit: nothing is lost, nothing is taken twice. Real processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from kit.tenancy import StoreRef, in_store
from tenants.journal.models import OutboxFact
from tenants.journal.services import Actor
from tenants.ledger.models import Book
from tenants.ledger.selectors import balance_of
from tenants.orders.models import Order, OrderState
from tenants.payments.models import Payment, Refund
from tenants.sales.books import check
from tenants.sales.services.refund_lines import refund_whole
from tenants.sales.services.start_payment import start_payment
from tenants.sales.services.watch_payments import watch_payments
from tests.database import own_database
from tests.factories.channels import a_wechat_channel
from tests.factories.orders import a_pending_order
from tests.factories.times import NOW, later
from tests.simulators.companies import Companies
from tests.stores import store_ref


@pytest.fixture
def shop(django_db_setup: str, django_db_blocker: Any, worker_id: str) -> Iterator[StoreRef]:
    """Acme in a database of its own, where transactions really commit."""
    with django_db_blocker.unblock(), own_database(worker=f"killed_{worker_id}"):
        ref = store_ref("acme")
        with in_store(ref):
            yield ref
            assert check(NOW) == []


def kill_in(where: str, order: Order, companies: Companies) -> None:
    known = connection.settings_dict
    port = f":{known['PORT']}" if known["PORT"] else ""
    url = f"postgresql://{known['USER']}:{known['PASSWORD']}@{known['HOST']}{port}/{known['NAME']}"
    dead = subprocess.run(
        [sys.executable, "-m", "tests.tenants.sales.dying", where, str(order.pk), companies.wechat.url],
        env={**os.environ, "LINLI_DATABASE_URL": url},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert dead.returncode == -signal.SIGKILL, dead.stderr.decode()[-2000:]


def test_money_is_brought_in_once_whatever_was_killed(shop: StoreRef, companies: Companies) -> None:
    a_wechat_channel(companies)
    order = a_pending_order()

    kill_in("opened", order, companies)
    payment = Payment.objects.get()
    assert (payment.state, payment.opened, list(companies.wechat.trades)) == ("created", None, [payment.key])
    again = start_payment(order_id=order.id, member=order.member, method="wechat_native", key="other", now=NOW)
    assert (again.payment.pk, len(companies.wechat.trades)) == (payment.pk, 1)
    companies.wechat.pay(payment.key)

    kill_in("paid", order, companies)
    order.refresh_from_db()
    assert (order.state, order.paid_minor) == (OrderState.PENDING_PAYMENT, 0)

    watch_payments(now=later(minutes=5))
    watch_payments(now=later(hours=3))
    order.refresh_from_db()
    assert (order.state, order.paid_minor, order.refunded_minor) == (OrderState.PAID, 1290, 0)
    assert balance_of(book=Book.ORDER, party_id=order.id) == -1290

    refund_whole(order_id=order.pk, reason="坏了", actor=Actor(kind="person"), key="back", now=later(hours=4))
    kill_in("refunded", order, companies)
    order.refresh_from_db()
    assert (order.refunded_minor, Refund.objects.get().state) == (0, "sent")
    assert [back.amount for back in companies.wechat.refunds.values()] == [1290]

    watch_payments(now=later(hours=6))
    watch_payments(now=later(hours=9))
    order.refresh_from_db()
    assert (order.state, order.refunded_minor) == (OrderState.CANCELLED, 1290)
    assert [back.amount for back in companies.wechat.refunds.values()] == [1290]
    assert OutboxFact.objects.filter(meter="order_refunded").count() == 1
    assert balance_of(book=Book.CLEARING) == 0
