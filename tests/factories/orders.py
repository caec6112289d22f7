"""Orders, made by the stories that make them in a shop."""

from datetime import datetime
from uuid import UUID

from kit.ids import new_id
from tenants.campaigns.models import CampaignItem
from tenants.fulfilment.models import Pickup
from tenants.leaders.models import PickupPoint
from tenants.members.models import Member
from tenants.orders.models import Order
from tenants.payments.models import Payment, PaymentState
from tenants.payments.news import PaymentNews
from tenants.sales.services.place_order import Contact, place_order
from tenants.sales.services.quote_lines import WantedLine
from tenants.sales.services.settle_payment import settle_payment
from tenants.sales.services.start_payment import start_payment
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.times import NOW


def a_pending_order(
    *items: CampaignItem,
    quantity: int = 1,
    member: Member | None = None,
    point: PickupPoint | None = None,
    key: str = "",
    now: datetime = NOW,
    team_id: UUID | None = None,
    accepts_substitute: bool = False,
) -> Order:
    """An order awaiting payment: so many of each item (of one item of its own, if none is given)."""
    items = items or (an_offer(),)
    return place_order(
        member=member or a_member(),
        pickup_point_id=(point or a_leader_with_point()).id,
        lines=[WantedLine(item.id, quantity) for item in items],
        contact=Contact(name="王阿姨", phone="13800000000"),
        remark="",
        expected_total_minor=sum(item.price_minor * quantity for item in items),
        key=key or str(new_id()),
        now=now,
        team_id=team_id,
        accepts_substitute=accepts_substitute,
    )


def a_started_payment(order: Order, *, key: str = "pay", now: datetime = NOW) -> Payment:
    """An attempt to pay the order by the sandbox, waiting at its cashier."""
    return start_payment(order_id=order.id, member=order.member, method="sandbox", key=key, now=now).payment


def news_of(
    payment: Payment,
    state: PaymentState = PaymentState.SUCCEEDED,
    *,
    amount_minor: int | None = None,
    ref: str = "",
) -> PaymentNews:
    """What a provider says of a payment: that it is paid, unless told otherwise."""
    return PaymentNews(
        key=payment.key,
        state=state,
        provider_ref=ref or f"ref-{payment.key}",
        amount_minor=payment.amount_minor if amount_minor is None else amount_minor,
        currency=payment.currency,
    )


def a_paid_order(
    *items: CampaignItem,
    quantity: int = 1,
    member: Member | None = None,
    point: PickupPoint | None = None,
    now: datetime = NOW,
    team_id: UUID | None = None,
    accepts_substitute: bool = False,
) -> Order:
    """A paid order with its pickup code and commission, waiting to be fetched."""
    order = a_pending_order(
        *items,
        quantity=quantity,
        member=member,
        point=point,
        now=now,
        team_id=team_id,
        accepts_substitute=accepts_substitute,
    )
    settle_payment(news=news_of(a_started_payment(order, now=now)), now=now)
    order.refresh_from_db()
    return order


def the_visit_of(order: Order) -> Pickup:
    """The pickup in which an order is fetched."""
    return Pickup.objects.get(
        member_id=order.member_id, pickup_point_id=order.pickup_point_id, pickup_date=order.pickup_date
    )


def line_id_of(order: Order) -> UUID:
    """The id of an order's only line."""
    return order.lines.get().id
