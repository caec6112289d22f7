"""Redis is flushed while the shop sells: what was queued is found again in the tables within a minute."""

import json
from datetime import timedelta

from celery import current_app

from api.webhooks.sandbox import hear
from billing.models.metering import UsageEvent
from config.schedule import RHYTHM
from control.inbox.models import EventState, OutsideEvent
from kit import clock
from kit.tenancy import in_control, in_store
from tenants.aftersales.books import check
from tenants.integrations.events import EVENTS
from tenants.integrations.models import DeliveryState, WebhookDelivery
from tenants.integrations.services.endpoints import add_endpoint
from tenants.journal.services import Actor
from tenants.orders.models import Order, OrderState
from tenants.payments.methods import sandbox
from tenants.payments.models import Refund, RefundState
from tenants.sales.services.refund_lines import refund_whole
from tests.billing.world import World
from tests.factories.orders import a_paid_order, a_pending_order, a_started_payment
from tests.faults.strikes import broker_forgets
from tests.simulators.hooks import Receiver

BOSS = Actor(kind="person", name="陈店长")


def paid_and_told(world: World) -> Order:
    """An order whose payment the sandbox told us of at our door, as it would over HTTP."""
    order = a_pending_order(now=world.now)
    key = a_started_payment(order, now=world.now).key
    notice = sandbox.sandbox_decide(key=key, decision="pay", now=world.now)
    body = json.dumps(notice).encode()
    with clock.at(world.now):
        hear(body=body, signature=sandbox.sign_notice(body=body))
    order.refresh_from_db()
    return order


def a_minute_of_the_schedule(world: World) -> None:
    """Run what runs each minute, once, a minute later."""
    with clock.at(world.now + timedelta(seconds=60)):
        for name, seconds in RHYTHM:
            if seconds <= 60:
                current_app.tasks[name].apply().get()


def test_what_a_flushed_broker_forgot_is_found_within_a_minute(racing_world: World) -> None:
    current_app.loader.import_default_modules()
    hooks = Receiver()
    hooks.start()
    try:
        with in_store(racing_world.store):
            _sell_while_it_is_flushed(racing_world, hooks)
    finally:
        hooks.stop()


def _sell_while_it_is_flushed(world: World, hooks: Receiver) -> None:
    add_endpoint(url=hooks.url, event_types=list(EVENTS), by="boss@acme.test", by_name="老板", now=world.now)
    back = paid_and_told(world)
    heard = len(hooks.heard)
    with broker_forgets() as gone:
        lost = [paid_and_told(world) for _order in range(3)]
        a_paid_order(now=world.now)  # whose news for the merchant's own system is queued
        refund_whole(order_id=back.pk, reason="坏了", actor=BOSS, key="back", now=world.now)
    kept = paid_and_told(world)  # and the broker is there again

    assert [order.state for order in [*lost, kept]] == [OrderState.PENDING_PAYMENT] * 3 + [OrderState.PAID]
    assert gone.count("tenants.sales.tasks.settle_event") == 3
    assert "tenants.integrations.services.courier.carry" in gone
    assert WebhookDelivery.objects.exclude(state=DeliveryState.DELIVERED).exists()
    assert Refund.objects.get().state != RefundState.SUCCEEDED

    a_minute_of_the_schedule(world)

    for order in lost:
        order.refresh_from_db()
        assert (order.state, order.paid_minor) == (OrderState.PAID, 1290)
    assert Refund.objects.get().state == RefundState.SUCCEEDED
    assert not WebhookDelivery.objects.exclude(state=DeliveryState.DELIVERED).exists()
    assert len(hooks.heard) > heard
    assert check(world.now) == []
    with in_control():
        assert set(OutsideEvent.objects.values_list("state", flat=True)) == {EventState.DONE}
        assert UsageEvent.objects.filter(meter="order_paid").count() == 6
