"""kill -9 of the web server while it sells and is paid: nothing is lost and nothing happens twice. Real processes.

Where it dies is not left to luck: the test holds the very row the server needs next, or the company keeps its answer
back, and the kill comes while the server waits.
"""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db.models import F

from kit.ids import new_id
from kit.tenancy import StoreRef, in_store
from tenants.fulfilment.models import Pickup
from tenants.inventory.models import Stock
from tenants.journal.models import GivenAnswer, OutboxFact
from tenants.leaders.models import PickupPoint
from tenants.ledger.models import Book
from tenants.ledger.selectors import balance_of
from tenants.orders.models import Order, OrderState
from tenants.payments.models import Payment
from tenants.payments.setup import ChannelDraft, check_channel, configure_channel, switch_channel
from tenants.payments.ways import WECHAT, ways_of
from tenants.sales.books import check
from tenants.sales.services.watch_payments import watch_payments
from tests.database import own_database
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_leader_with_point
from tests.races.serving import Answer, Served, Wish, basket, buyers, open_today, post, served
from tests.simulators.companies import Companies, wechat_keys
from tests.simulators.company import Letter
from tests.simulators.company import post as deliver
from tests.stores import store_ref

_PATIENCE = 30.0


@dataclass
class Shop:
    """Acme on a database in which transactions really commit, and WeChat Pay."""

    ref: StoreRef
    database: str
    point: PickupPoint
    companies: Companies

    @contextmanager
    def open(self) -> Iterator[Served]:
        hosts = {"LINLI_WECHAT_HOST": self.companies.wechat.url, "LINLI_WECHAT_LOGIN_HOST": self.companies.wechat.url}
        with served(database=self.database, hosts=hosts) as server:
            yield server


@pytest.fixture
def shop(django_db_setup: str, django_db_blocker: Any, worker_id: str, companies: Companies) -> Iterator[Shop]:
    with django_db_blocker.unblock(), own_database(worker=f"killed_web_{worker_id}") as database:
        ref, now = store_ref("acme"), datetime.now(UTC)
        companies.wechat.told_time = None  # the server's clock is the real one
        with in_store(ref):
            _open_wechat(companies, now)
            yield Shop(ref, database, a_leader_with_point(), companies)
            assert check(now) == []


def _open_wechat(companies: Companies, now: datetime) -> None:
    keys, ways = wechat_keys(companies, certificates=()), [way.code for way in ways_of(WECHAT)]
    by: dict[str, Any] = {"by_name": "老板", "by_email": "boss@acme.test", "now": now}
    configure_channel(draft=ChannelDraft(provider=WECHAT, keys=keys, ways=ways), **by)
    assert check_channel(provider=WECHAT, now=now).is_good
    switch_channel(provider=WECHAT, on=True, **by)


@contextmanager
def held(shop: Shop, table: str, row: Any) -> Iterator[None]:
    """Hold one row of acme's, as somebody else who works with it would, and wait until the server waits for it."""
    with psycopg.connect(shop.database) as other:
        other.execute(f'SELECT 1 FROM "{shop.ref.schema}".{table} WHERE id = %s FOR UPDATE', [row])
        yield
        other.rollback()


def until_it_waits(shop: Shop) -> None:
    """Wait until one of the server's connections waits for a row."""
    asked = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with psycopg.connect(shop.database, autocommit=True) as other:
        end = time.monotonic() + _PATIENCE
        while not other.execute(asked).fetchone():
            assert time.monotonic() < end, "the server never came there"
            time.sleep(0.05)


@contextmanager
def pressed(shop: Shop, server: Served, wish: Wish, path: str = "/api/v1/orders") -> Iterator[None]:
    """Press a button whose answer never comes."""

    def press() -> None:
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            post(shop.ref, server.port, wish, path=path)

    thread = threading.Thread(target=press)
    thread.start()
    yield
    thread.join(_PATIENCE)
    assert not thread.is_alive()


def a_minute_later() -> None:
    """Let the claim of the request that died count as abandoned."""
    GivenAnswer.objects.filter(status=None).update(created_at=F("created_at") - timedelta(minutes=2))


def told(shop: Shop, server: Served, letter: Letter) -> int:
    """Deliver a notice of the company's; zero if nobody answers."""
    body, headers = letter.pack()
    path = "/" + letter.url.split("/", 3)[3]
    try:
        return deliver(f"http://{shop.ref.slug}.linli.test:{server.port}{path}", body, headers)[0]
    except OSError:
        return 0


def test_killed_while_it_takes_an_order_the_same_key_makes_one(shop: Shop) -> None:
    item = an_offer(in_stock=10)
    open_today(datetime.now(UTC))
    ((member, token),) = buyers(1, now=datetime.now(UTC))
    wish = Wish(token, str(new_id()), basket(shop.point, (item, 2)))
    stock = Stock.objects.get(sku=item.sku_id)

    with shop.open() as server, held(shop, "inventory_stock", stock.pk), pressed(shop, server, wish):
        until_it_waits(shop)  # the order is written and its goods are not yet reserved: nothing is committed
        server.kill()

    assert Order.objects.count() == 0
    a_minute_later()
    with shop.open() as server:
        answers = [post(shop.ref, server.port, wish) for _again in range(2)]
    stock.refresh_from_db()
    assert [answer.status for answer in answers] == [201, 201]
    assert (Order.objects.filter(member=member).count(), stock.on_hand, stock.reserved) == (1, 10, 2)


def test_killed_between_charge_and_commit_it_is_paid_once(shop: Shop) -> None:
    item, wechat = an_offer(in_stock=10), shop.companies.wechat
    open_today(datetime.now(UTC))
    ((_member, token),) = buyers(1, now=datetime.now(UTC))
    with shop.open() as server:
        made = post(shop.ref, server.port, Wish(token, "order", basket(shop.point, (item, 1))))
        assert made.status == 201
        order = Order.objects.get(pk=made.words["id"])
        paying = Wish(token, "pay", {"method": "wechat_native"})
        path = f"/api/v1/orders/{order.pk}/payments"

        # The company has opened the charge; its answer never reaches us
        with wechat.silent(), pressed(shop, server, paying, path):
            assert wechat.has_acted.wait(_PATIENCE)
            server.kill()
    payment = Payment.objects.get()
    assert (payment.opened, list(wechat.trades)) == (None, [payment.key])

    a_minute_later()
    with shop.open() as server:
        again = _paid_twice_over(shop, server, paying, path)
        assert [answer.status for answer in again] == [201, 201]
        assert {answer.words["id"] for answer in again} == {str(payment.pk)}
        assert all(answer.words["qr"] for answer in again)
        assert list(wechat.trades) == [payment.key]

        # It is paid, we are told, and die inside the transaction that takes it in
        wechat.pay(payment.key)
        letter = wechat.letters[-1]
        with held(shop, "inventory_stock", Stock.objects.get(sku=item.sku_id).pk):
            statuses: list[int] = []
            thread = threading.Thread(target=lambda: statuses.append(told(shop, server, letter)))
            thread.start()
            until_it_waits(shop)
            server.kill()
            thread.join(_PATIENCE)
        assert statuses == [0]
    order.refresh_from_db()
    assert (order.state, order.paid_minor) == (OrderState.PENDING_PAYMENT, 0)

    with shop.open() as server:
        assert [told(shop, server, letter) for _again in range(3)] == [200, 200, 200]
    _settled_by_whoever_comes()
    order.refresh_from_db()
    assert (order.state, order.paid_minor, order.refunded_minor) == (OrderState.PAID, 1290, 0)
    stock = Stock.objects.get(sku=item.sku_id)
    assert (stock.on_hand, stock.reserved) == (9, 0)
    assert OutboxFact.objects.filter(meter="order_paid").count() == Pickup.objects.count() == 1
    assert balance_of(book=Book.ORDER, party_id=order.pk) == -1290


def _paid_twice_over(shop: Shop, server: Served, wish: Wish, path: str) -> list[Answer]:
    return [post(shop.ref, server.port, wish, path=path) for _again in range(2)]


def _settled_by_whoever_comes() -> None:
    """The janitor looks too, as it does each minute."""
    now = datetime.now(UTC)
    for minutes in (1, 15, 200):
        watch_payments(now=now + timedelta(minutes=minutes))
