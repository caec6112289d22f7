"""A leader rests on some days: what is ordered for them is seen first, and what becomes of it a person decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.ports.messages import send_store_sms
from kit.tenancy import current_store
from tenants.delivery.models import WayKind
from tenants.journal.services import Actor, record
from tenants.leaders.models import Leader, Rest
from tenants.leaders.rests import RestMissing, check_days, locked_rest, today_at, write_rest
from tenants.orders.models import Order, OrderState

# Neither fetched nor given up: somebody counts on the leader being there
_AWAITED = (OrderState.PENDING_PAYMENT, OrderState.PAID, OrderState.PARTLY_PICKED)
_BY_LEADER = (WayKind.PICKUP, WayKind.LEADER_HOME)
MOST_WORDS = 120


class OrdersThere(Refused):
    """For these days something is ordered, not as much as whoever rests has seen. Facts: ``orders``, ``members``."""

    code, kind, sentence = "orders_there", Kind.CONFLICT, _("这几天已有顾客下单，请先看清楚再确认。")


class NothingToTell(Refused):
    """Nobody has ordered for these days, or there are no words for those who have."""

    code, kind, sentence = "nothing_to_tell", Kind.CONFLICT, _("没有要通知的顾客，或没有写通知内容。")


@dataclass(frozen=True, slots=True)
class Awaiting:
    """What is ordered already for some days, and by how many members."""

    orders: int
    members: int


def awaiting_on(*, leader_id: UUID, point_id: UUID | None, first_on: date, last_on: date, now: datetime) -> Awaiting:
    """Count what is to be handed out on these days at a leader's point, or all of them. :raises WrongRestDays:"""
    check_days(first_on=first_on, last_on=last_on, now=now)
    return _count(_awaited(leader_id, point_id, first_on, last_on))


def awaiting_at(rest: Rest) -> Awaiting:
    """Count the same of a rest that is written."""
    return _count(orders_at(rest))


def awaiting_at_each(rests: Sequence[Rest]) -> dict[UUID, Awaiting]:
    """Count the same of each of some leader's rests, in one statement."""
    if not rests:
        return {}
    found = _awaited(
        rests[0].leader_id, None, min(rest.first_on for rest in rests), max(rest.last_on for rest in rests)
    )
    rows = list(found.order_by().values_list("pickup_point", "pickup_date", "member").annotate(Count("pk")))
    each = {}
    for rest in rests:
        here = [row for row in rows if rest.first_on <= row[1] <= rest.last_on and rest.point_id in (None, row[0])]
        each[rest.pk] = Awaiting(sum(row[3] for row in here), len({row[2] for row in here}))
    return each


def orders_at(rest: Rest) -> QuerySet[Order]:
    """List what is to be handed out on days of rest, as it is now, the first day first."""
    return _awaited(rest.leader_id, rest.point_id, rest.first_on, rest.last_on).order_by(
        "pickup_date", "placed_at", "pk"
    )


def take_rest(
    *,
    leader_id: UUID,
    point_id: UUID | None,
    first_on: date,
    last_on: date,
    note: str,
    agreed_orders: int,
    actor: Actor,
    now: datetime,
) -> Rest:
    """Let a leader rest on some days, at one point or at all. Orders there stay as they are: nobody is told by itself.

    :param agreed_orders: how many orders for these days whoever rests has seen and agreed to.
    :raises OrdersThere, LeaderMissing, PointMissing, WrongRestDays, RestKnown:
    """
    with transaction.atomic(durable=True):
        rest = write_rest(
            leader_id=leader_id,
            point_id=point_id,
            first_on=first_on,
            last_on=last_on,
            note=note,
            agreed_orders=agreed_orders,
            actor=actor,
            now=now,
        )
        there = awaiting_at(rest)
        if there.orders != agreed_orders:
            sentence = gettext("这几天已有 %(members)d 位顾客的 %(orders)d 单，确认后这些单不会自动取消。") % {
                "members": there.members,
                "orders": there.orders,
            }
            raise OrdersThere(sentence, orders=there.orders, members=there.members)
    return rest


def call_off_rest(*, rest_id: UUID, leader: Leader | None = None, actor: Actor, now: datetime) -> Rest:
    """Make these days like any other again. Of ``leader`` alone, where one is given. :raises RestMissing:"""
    with transaction.atomic(durable=True):
        rest = locked_rest(rest_id, leader=leader)
        if rest.last_on < today_at(now):
            raise RestMissing
        rest.ended_at = now
        rest.save(update_fields=["ended_at"])
        days = {"first_on": f"{rest.first_on:%Y-%m-%d}", "last_on": f"{rest.last_on:%Y-%m-%d}"}
        record(what="leader.rest_ended", subject=rest.leader, at=now, actor=actor, **days)
    return rest


def tell_of_rest(*, rest_id: UUID, words: str, actor: Actor, now: datetime) -> int:
    """Text the members who have ordered for these days what a person wrote, each once; return how many.

    :raises RestMissing, NothingToTell:
    """
    words = words.strip()[:MOST_WORDS]
    store = current_store()
    with transaction.atomic(durable=True):
        rest = locked_rest(rest_id, leader=None)
        phones = sorted(set(orders_at(rest).values_list("member__phone", flat=True)))
        if not phones or not words:
            raise NothingToTell(fields={"words": [NothingToTell.sentence]})
        rest.told_at, rest.told_by = now, actor.name[:60]
        rest.save(update_fields=["told_at", "told_by"])
        record(what="leader.rest_told", subject=rest.leader, at=now, actor=actor, reason=words, members=len(phones))
        for phone in phones:
            text = f"【{store.name}】{words}"
            send = partial(send_store_sms.delay, store=str(store.merchant_id), phone=phone, text=text)
            transaction.on_commit(send)
    return len(phones)


def _awaited(leader_id: UUID, point_id: UUID | None, first_on: date, last_on: date) -> QuerySet[Order]:
    found = Order.objects.filter(
        leader=leader_id, pickup_date__range=(first_on, last_on), state__in=_AWAITED, delivery__in=_BY_LEADER
    )
    return found.filter(pickup_point=point_id) if point_id else found


def _count(orders: QuerySet[Order]) -> Awaiting:
    counted = orders.order_by().aggregate(orders=Count("pk"), members=Count("member", distinct=True))
    return Awaiting(counted["orders"], counted["members"])
