"""A store's real refund takes its fee back: from the shopper's money to the merchant's bill."""

from billing.models.metering import FeeKind, RatedFee, UsageEvent
from kit.tenancy import in_control, in_store
from tenants.journal.services import Actor
from tenants.payments.models import SandboxCharge
from tenants.sales.services.refund_lines import refund_whole
from tenants.sales.services.watch_payments import watch_payments
from tests.billing.world import World, at
from tests.factories.campaigns import an_offer
from tests.factories.orders import a_paid_order
from tests.factories.times import NOW, later


def test_a_refund_that_arrived_takes_its_fee_back_once(world: World) -> None:
    world.save_card()
    world.choose("starter", "year", due=298_000)
    world.order_paid(30_000_000, at("2026-11-20 11:00"))  # what the plan includes is used up
    world.collect()
    with in_store(world.store):
        order = a_paid_order(an_offer(price_minor=100_000), quantity=1)
        refund_whole(order_id=order.pk, reason="坏了", actor=Actor(kind="person"), key="k", now=NOW)
    world.collect()
    with in_control():
        assert not RatedFee.objects.filter(kind=FeeKind.REVERSAL).exists()  # asked for, not yet gone

    with in_store(world.store):
        SandboxCharge.objects.update(state="paid")
        watch_payments(now=later(minutes=1))
        watch_payments(now=later(hours=1))
    world.collect()
    world.collect()

    with in_control():
        fee = RatedFee.objects.get(kind=FeeKind.FEE, event__event_key=f"order_paid:{order.pk}")
        back = RatedFee.objects.get(kind=FeeKind.REVERSAL)
        assert fee.variable_minor > 0
        assert back.variable_minor == -fee.variable_minor
        assert UsageEvent.objects.filter(problem="").count() == 3
