"""A leader hands goods out."""

from collections import Counter
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.web.format import moment
from tenants.campaigns.selectors_teams import orders_in_waiting_teams
from tenants.commissions.services.mark_pending import mark_pending
from tenants.fulfilment.models import Handover, HandoverLine, Pickup, PickupState
from tenants.fulfilment.recognition import Handed, recognise
from tenants.fulfilment.selectors import PickupMissing, WrongPoint, lines_of
from tenants.fulfilment.services.dispatch import dispatch_held
from tenants.integrations.services.announce import announce
from tenants.journal.services import Actor, record
from tenants.leaders.models import Leader
from tenants.orders.models import OrderLine
from tenants.orders.services import note_handed
from tenants.orders.told import told
from tenants.tracing.selectors import stopped_pieces


@dataclass(frozen=True, slots=True)
class HandedLine:
    """How many of one order line the leader ticks."""

    line_id: UUID
    quantity: int


class AlreadyTaken(Refused):
    """Everything was handed out before. Facts: ``taken_at``, ``taken_by``."""

    code, kind, sentence = "already_taken", Kind.CONFLICT, _("这份货已经提走了。")

    def __init__(self, pickup: Pickup) -> None:
        sentence = _("已于 %(at)s 提走，经手人：%(name)s。") % {
            "at": moment(pickup.taken_at),
            "name": pickup.taken_by,
        }
        taken_at = pickup.taken_at.isoformat() if pickup.taken_at else None
        super().__init__(sentence, taken_at=taken_at, taken_by=pickup.taken_by)


class NothingToHand(Refused):
    """No line was ticked, or one that is not part of this visit."""

    code, kind, sentence = "nothing_to_hand", Kind.INVALID, _("请勾选这次要交给顾客的商品。")


class CalledBack(Refused):
    """More was ticked than may go out: the rest is being called back. Facts: ``line_id``, ``stopped``."""

    code, kind, sentence = "called_back", Kind.CONFLICT, _("这件商品正在召回，请不要交给顾客。")


class TeamNotFormed(Refused):
    """Something that was ticked is of a team (拼团) that still looks for members. Facts: ``line_id``."""

    code, kind, sentence = "team_not_formed", Kind.CONFLICT, _("拼团还没成功，先不要交给顾客。")


class TooMuch(Refused):
    """More was ticked than is left of a line. Facts: ``line_id``, ``left``."""

    code, kind, sentence = "too_much", Kind.CONFLICT, _("勾选的数量超过了待提数量。")


def hand_over(
    *,
    pickup_id: UUID,
    leader: Leader,
    lines: Sequence[HandedLine],
    by_name: str,
    now: datetime,
    at_point_id: UUID | None = None,
    key: str | None = None,
) -> Pickup:
    """Note what a leader hands to a member, and let follow what follows: order states, income, commissions.

    Two desks at once take turns; the second finds what the first left. ``at_point_id`` is the point at which the
    leader stands, if the desk knows it. Safe to repeat with the same ``key``: what was handed is handed once.

    :raises PickupMissing, WrongPoint, AlreadyTaken, NothingToHand, TooMuch, CalledBack, TeamNotFormed, NeedsTracking:
    """
    with transaction.atomic(durable=True):
        pickup = lock_pickup(pickup_id=pickup_id, leader=leader)
        if at_point_id and at_point_id != pickup.pickup_point_id:
            raise WrongPoint(pickup.pickup_point)
        if key and Handover.objects.filter(pickup=pickup, key=key).exists():
            return pickup
        present = list(lines_of(pickup).select_for_update(no_key=True, of=("self",)))
        if not any(line.left_on(pickup.pickup_date) for line in present):
            raise AlreadyTaken(pickup)
        handed = _tick(present, lines, pickup.pickup_date)
        _refuse_called_back(handed)
        _refuse_unformed(handed)
        handover = Handover.objects.create(pickup=pickup, at=now, by_name=by_name, key=key)
        HandoverLine.objects.bulk_create(
            HandoverLine(handover=handover, order_line=change.line, quantity=change.after - change.before)
            for change in handed
        )
        note_progress(pickup=pickup, lines=present, at=now, by_name=by_name)
        recognise(what="handover.earned", handover=handover, handed=handed, currency=present[0].order.currency, at=now)
        mark_pending(line_ids=[one.line.id for one in handed if not one.line.left_to_hand], at=now)
        actor = Actor(kind="leader", id=str(leader.id), name=by_name)
        as_now = {line.order_id: line.order for line in present}  # the very rows that note_progress wrote
        for order in {change.line.order_id: change.line.order for change in handed}.values():
            pieces = sum(one.after - one.before for one in handed if one.line.order_id == order.id)
            if order.is_delivered and as_now[order.pk].dispatched_at is None:
                dispatch_held(order=as_now[order.pk], actor=actor, now=now)
            record(
                what="order.brought" if order.is_delivered else "order.handed_over",
                subject=order,
                at=now,
                actor=actor,
                pieces=pieces,
            )
            announce(kind="order.picked_up", key=f"{order.pk}:{handover.pk}", about=told(as_now[order.pk]), at=now)
    return pickup


def lock_pickup(*, pickup_id: UUID, leader: Leader) -> Pickup:
    """Hold a leader's visit until the transaction ends. :raises PickupMissing: also for another leader's."""
    pickups = Pickup.objects.select_for_update(no_key=True, of=("self",)).select_related("pickup_point")
    pickup = pickups.filter(pk=pickup_id, leader=leader).exclude(state=PickupState.VOID).first()
    if pickup is None:
        raise PickupMissing
    return pickup


def note_progress(*, pickup: Pickup, lines: Sequence[OrderLine], at: datetime, by_name: str) -> None:
    """Write the lines, orders and state of a locked visit after its handed quantities changed."""
    note_handed(lines=lines, at=at)
    note_visit(pickup=pickup, lines=lines, at=at, by_name=by_name)


def note_visit(*, pickup: Pickup, lines: Sequence[OrderLine], at: datetime, by_name: str) -> None:
    """Write the state of a locked visit that follows from its lines."""
    if (state := _state_of(lines, pickup.pickup_date)) == pickup.state:
        return
    pickup.state = state
    is_taken = pickup.state == PickupState.TAKEN
    pickup.taken_at = at if is_taken else None
    pickup.taken_by = by_name if is_taken else ""
    pickup.save(update_fields=["state", "taken_at", "taken_by"])


def _tick(present: Sequence[OrderLine], ticked: Sequence[HandedLine], day: date) -> list[Handed]:
    wanted: Counter[UUID] = Counter()
    for tick in ticked:
        wanted[tick.line_id] += tick.quantity
    known = {line.id: line for line in present if line.due_on(day)}
    if not wanted or not wanted.keys() <= known.keys() or any(tick.quantity < 1 for tick in ticked):
        raise NothingToHand
    handed = []
    for line_id, quantity in wanted.items():
        line = known[line_id]
        left = line.left_on(day)
        if quantity > left:
            sentence = _("“%(title)s”只剩 %(left)d 份待提。") % {"title": line.title, "left": left}
            raise TooMuch(sentence, line_id=str(line.id), left=left)
        before = line.handed_quantity
        line.hand(quantity, day=day)
        handed.append(Handed(line=line, before=before, after=line.handed_quantity))
    return handed


def _refuse_called_back(handed: Sequence[Handed]) -> None:
    """``handed`` is on the lines already: what an open recall stops must still be among what is left of them."""
    stopped = stopped_pieces([_as_before(one) for one in handed])
    for one in handed:
        stop = stopped.get(one.line.pk)
        if stop and one.line.left_to_hand < stop.pieces:
            sentence = _("“%(title)s”有 %(n)d 份正在召回，请不要交给顾客，货款会原路退回。") % {
                "title": one.line.title,
                "n": stop.pieces,
            }
            raise CalledBack(sentence, line_id=str(one.line.pk), stopped=stop.pieces)


def _as_before(handed: Handed) -> OrderLine:
    line = copy(handed.line)
    line.handed_quantity = handed.before
    return line


def _refuse_unformed(handed: Sequence[Handed]) -> None:
    waiting = orders_in_waiting_teams({one.line.order_id for one in handed})
    for one in handed:
        if one.line.order_id in waiting:
            raise TeamNotFormed(line_id=str(one.line.pk))


def _state_of(lines: Sequence[OrderLine], day: date) -> PickupState:
    if not any(line.due_on(day) for line in lines):
        return PickupState.VOID
    if not any(line.left_on(day) for line in lines):
        return PickupState.TAKEN
    return PickupState.PARTLY_TAKEN if any(line.handed_on(day) for line in lines) else PickupState.WAITING
