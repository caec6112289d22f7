"""After-sales requests, made by the stories that make them in a shop."""

from datetime import datetime
from io import BytesIO
from typing import Any

from PIL import Image

from kit.ids import new_id
from tenants.aftersales.models import AfterSale, AfterSalePhoto, Reason, Remedy
from tenants.aftersales.photos import add_photo
from tenants.aftersales.services.ask import Asked, Asker, ask_after_sale
from tenants.fulfilment.services.hand_over import HandedLine, hand_over
from tenants.journal.services import Actor
from tenants.members.models import Member
from tenants.orders.models import Order
from tests.factories.orders import line_id_of, the_visit_of
from tests.factories.times import NOW


def a_jpeg(*, width: int = 60, height: int = 40) -> bytes:
    """A small picture, as a phone sends it."""
    file = BytesIO()
    Image.new("RGB", (width, height), "#a33").save(file, "JPEG")
    return file.getvalue()


def a_photo(member: Member, *, now: datetime = NOW) -> AfterSalePhoto:
    """A picture that waits for a request."""
    return add_photo(member=member, upload=a_jpeg(), now=now)


def fetched(order: Order, quantity: int | None = None) -> Order:
    """The order with its only line handed out, whole unless told otherwise."""
    quantity = order.lines.get().quantity if quantity is None else quantity
    lines = [HandedLine(line_id_of(order), quantity)]
    hand_over(pickup_id=the_visit_of(order).pk, leader=order.leader, lines=lines, by_name="李姐", now=NOW)
    order.refresh_from_db()
    return order


def asked_for(order: Order, **changes: Any) -> Asked:
    """One spoilt piece of the order's only line, money back; without a picture unless one is given."""
    usual: dict[str, Any] = {"reason": Reason.OTHER, "remedy": Remedy.REFUND, "quantity": 1, "words": "有一份坏了"}
    return Asked(line_id=line_id_of(order), **{**usual, **changes})


def by_member(order: Order) -> Asker:
    member = order.member
    return Asker(Actor(kind="member", id=str(member.pk), name=str(member)), member=member)


def by_leader(order: Order) -> Asker:
    leader = order.leader
    return Asker(Actor(kind="leader", id=str(leader.pk), name=leader.name), member=leader.member, leader=leader)


def an_after_sale(order: Order, *, now: datetime = NOW, **changes: Any) -> AfterSale:
    """A member's request, waiting for the leader."""
    return ask_after_sale(asked=asked_for(order, **changes), by=by_member(order), key=str(new_id()), now=now)
