"""A fetched order is done two days later."""

from kit.tenancy import StoreRef
from tenants.fulfilment.services.hand_over import HandedLine, hand_over
from tenants.orders.models import Order, OrderState
from tenants.orders.selectors import count_orders_by_state, orders_of, timeline_of
from tenants.sales.services.complete_orders import complete_orders
from tests.factories.campaigns import an_offer
from tests.factories.orders import a_paid_order, line_id_of, the_visit_of
from tests.factories.times import NOW, later


def fetched(order: Order) -> Order:
    hand_over(
        pickup_id=the_visit_of(order).pk,
        leader=order.leader,
        lines=[HandedLine(line_id_of(order), 1)],
        by_name="李姐",
        now=NOW,
    )
    return order


def test_completes_what_was_fetched_two_days_ago_once(in_acme: StoreRef) -> None:
    item = an_offer()
    order, waiting = fetched(a_paid_order(item)), a_paid_order(item)

    assert complete_orders(now=later(hours=47, minutes=59)) == 0
    assert complete_orders(now=later(hours=48)) == 1
    assert complete_orders(now=later(hours=48)) == 0

    order.refresh_from_db()
    waiting.refresh_from_db()
    assert (order.state, order.completed_at) == (OrderState.COMPLETED, later(hours=48))
    assert waiting.state == OrderState.PAID
    assert timeline_of(order)[-1].what == "order.completed"
    assert orders_of(member=order.member, state="completed") == [order]
    assert count_orders_by_state(member=order.member)["completed"] == 1


def test_stays_complete_when_the_visit_goes_on(in_acme: StoreRef) -> None:
    order = fetched(a_paid_order())
    complete_orders(now=later(hours=48))
    next_one = a_paid_order(member=order.member, point=order.pickup_point)
    fetched(next_one)
    order.refresh_from_db()
    assert order.state == OrderState.COMPLETED
