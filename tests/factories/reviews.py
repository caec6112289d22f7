"""Reviews of goods that were fetched."""

from datetime import datetime

from tenants.campaigns.models import CampaignItem
from tenants.fulfilment.services.hand_over import HandedLine, hand_over
from tenants.leaders.models import PickupPoint
from tenants.members.models import Member
from tenants.orders.models import Order
from tenants.reviews.models import Review
from tenants.reviews.services.write_review import write_review
from tests.factories.orders import a_paid_order, line_id_of, the_visit_of
from tests.factories.times import NOW


def a_fetched_order(
    *items: CampaignItem,
    member: Member | None = None,
    point: PickupPoint | None = None,
    quantity: int = 1,
    now: datetime = NOW,
) -> Order:
    """A paid order of one line, all of it handed out."""
    order = a_paid_order(*items, member=member, point=point, quantity=quantity, now=now)
    lines = [HandedLine(line_id_of(order), quantity)]
    hand_over(pickup_id=the_visit_of(order).id, leader=order.leader, lines=lines, by_name="李姐", now=now)
    return order


def a_review(
    order: Order | None = None,
    *,
    stars: int = 5,
    words: str = "很新鲜",
    is_anonymous: bool = False,
    now: datetime = NOW,
) -> Review:
    """A review of an order's only line (of an order of its own, if none is given)."""
    order = order or a_fetched_order()
    return write_review(
        member=order.member,
        line_id=line_id_of(order),
        stars=stars,
        words=words,
        is_anonymous=is_anonymous,
        picture_ids=[],
        now=now,
    )
