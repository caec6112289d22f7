"""Reading visits: what a member fetches, and who comes to a leader today."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.tenancy import current_store
from tenants.delivery.models import WayKind
from tenants.fulfilment.models import Handover, Pickup, PickupState
from tenants.leaders.models import Leader, PickupPoint
from tenants.members.models import Member
from tenants.orders.models import PAID_STATES, Order, OrderLine

Cursor = tuple[datetime, UUID]  # where a page ended: the last visit's created_at and id
_KEPT_FOR = timedelta(days=7)  # how long a member still sees a visit after its day
_OWN_DUE = F("quantity") - F("withdrawn_quantity") - F("later_quantity")
_OWN_LEFT = _OWN_DUE - F("handed_quantity") + F("later_handed_quantity")
_LATER_LEFT = F("later_quantity") - F("later_handed_quantity")


class PickupMissing(Refused):
    """There is no such visit, or another leader hands it out."""

    code, kind, sentence = "pickup_missing", Kind.MISSING, _("没有找到这个提货单，请核对取货码。")


class WrongPoint(Refused):
    """The goods lie at another of this leader's points. Facts: ``pickup_point`` with name and address."""

    code, kind, sentence = "wrong_pickup_point", Kind.CONFLICT, _("这份货在别的自提点。")

    def __init__(self, point: PickupPoint) -> None:
        address = f"{point.city}{point.district}{point.address}"
        super().__init__(
            _("这份货在“%(name)s”，地址：%(address)s。") % {"name": point.name, "address": address},
            pickup_point={"id": str(point.id), "name": point.name, "address": address},
        )


@dataclass(frozen=True, slots=True)
class Visit:
    """A pickup with its lines (each with its order) and, for the leader, what was handed out when."""

    pickup: Pickup
    lines: Sequence[OrderLine]
    handovers: Sequence[Handover] = ()


@dataclass(frozen=True, slots=True)
class DeskCounts:
    """A leader's day in numbers; lines and pieces are those still to be handed out."""

    people_waiting: int
    people_done: int
    lines_waiting: int
    pieces_waiting: int


def pickups_of_member(*, member: Member, now: datetime) -> list[Visit]:
    """List a member's visits, those still waiting first, then the nearest day; a week after its day one is gone."""
    today = now.astimezone(ZoneInfo(current_store().timezone)).date()
    pickups = list(
        Pickup.objects.filter(member=member, pickup_date__gte=today - _KEPT_FOR)
        .exclude(state=PickupState.VOID)
        .select_related("pickup_point", "leader")
        .order_by("pickup_date", "id")
    )
    lines = _lines_by_visit(pickups)
    visits = [Visit(pickup=pickup, lines=lines[_visit_key(pickup)]) for pickup in pickups if lines[_visit_key(pickup)]]
    return sorted(visits, key=lambda visit: visit.pickup.state == PickupState.TAKEN)


def codes_of_orders(orders: Sequence[Order]) -> dict[UUID, str]:
    """Find the pickup code of each order of one member that waits to be fetched or was, in one statement."""
    paid = [order for order in orders if order.state in PAID_STATES and order.delivery != WayKind.EXPRESS]
    if not paid:
        return {}
    pickups = Pickup.objects.filter(member=paid[0].member_id, pickup_date__in={order.pickup_date for order in paid})
    codes = {_visit_key(pickup): pickup.code for pickup in pickups}
    return {order.pk: codes.get((order.pickup_point_id, order.pickup_date), "") for order in paid}


def pickups_for_leader(
    *,
    leader: Leader,
    date: date,
    pickup_point_id: UUID | None = None,
    state: str = "",
    query: str = "",
    code: str = "",
    after: Cursor | None = None,
    limit: int = 50,
) -> list[Pickup]:
    """List who comes to a leader on a day, each with member, point, ``line_count`` and ``pieces``; first come first.

    ``state`` is "waiting" (anything left) or "done"; ``query`` the phone's last four digits or a part of the
    nickname. A code is looked for at all of the leader's points.

    :raises WrongPoint: the code is right, but belongs to another point than ``pickup_point_id``.
    """
    pickups = Pickup.objects.filter(leader=leader, pickup_date=date).exclude(state=PickupState.VOID)
    if code:
        pickups = pickups.filter(code=code)
        _refuse_other_point(pickups, pickup_point_id)
    elif pickup_point_id:
        pickups = pickups.filter(pickup_point_id=pickup_point_id)
    if state == "done":
        pickups = pickups.filter(state=PickupState.TAKEN)
    elif state == "waiting":
        pickups = pickups.exclude(state=PickupState.TAKEN)
    if query := query.strip():
        pickups = pickups.filter(Q(member__nickname__icontains=query) | Q(member__phone__endswith=query))
    if after:
        moment, last = after
        pickups = pickups.filter(Q(created_at__gt=moment) | Q(created_at=moment, id__gt=last))
    return list(with_sums(pickups).order_by("created_at", "id")[:limit])


def pickup_of_leader(*, leader: Leader, pickup_id: UUID) -> Visit:
    """Read one visit with lines and handovers. :raises PickupMissing: also for another leader's."""
    pickups = Pickup.objects.filter(leader=leader, pk=pickup_id).exclude(state=PickupState.VOID)
    pickup = with_sums(pickups).first()
    if pickup is None:
        raise PickupMissing
    handovers = Handover.objects.filter(pickup=pickup).prefetch_related("lines__order_line").order_by("at", "id")
    return Visit(pickup=pickup, lines=_shown(lines_of(pickup), pickup.pickup_date), handovers=list(handovers))


def desk_counts(*, leader: Leader, date: date) -> DeskCounts:
    """Count a leader's day."""
    pickups = Pickup.objects.filter(leader=leader, pickup_date=date).exclude(state=PickupState.VOID)
    people = pickups.aggregate(
        waiting=Count("id", filter=~Q(state=PickupState.TAKEN)), done=Count("id", filter=Q(state=PickupState.TAKEN))
    )
    lines = OrderLine.objects.filter(
        Q(order__pickup_date=date) | Q(later_on=date, later_quantity__gt=0),
        order__leader=leader,
        order__state__in=PAID_STATES,
    ).annotate(left=Case(When(order__pickup_date=date, then=_OWN_LEFT), default=_LATER_LEFT))
    left = lines.filter(left__gt=0).aggregate(lines=Count("id"), pieces=Sum("left"))
    return DeskCounts(
        people_waiting=people["waiting"],
        people_done=people["done"],
        lines_waiting=left["lines"],
        pieces_waiting=left["pieces"] or 0,
    )


def lines_of(pickup: Pickup) -> QuerySet[OrderLine]:
    """Read what is left of the paid lines of a visit's orders, in a fixed order, each with its order.

    Of an order of which pieces come on this later day, or went to one, all lines: ``due_on`` says what is of the visit.
    """
    later = OrderLine.objects.filter(order=OuterRef("order"), later_on=pickup.pickup_date, later_quantity__gt=0)
    lines = OrderLine.objects.filter(
        Q(order__pickup_date=pickup.pickup_date) | Q(Exists(later)),
        order__member_id=pickup.member_id,
        order__pickup_point_id=pickup.pickup_point_id,
        order__state__in=PAID_STATES,
        withdrawn_quantity__lt=F("quantity"),
    )
    return lines.select_related("order").order_by("id")


def with_sums(pickups: QuerySet[Pickup]) -> QuerySet[Pickup]:
    """Add member, point, ``line_count`` and ``pieces`` to visits."""
    lines = OrderLine.objects.filter(
        order__member=OuterRef("member"),
        order__pickup_point=OuterRef("pickup_point"),
        order__state__in=PAID_STATES,
    ).order_by()
    of_the_day = lines.filter(order__pickup_date=OuterRef("pickup_date")).annotate(due=_OWN_DUE)
    later = lines.filter(later_on=OuterRef("pickup_date")).annotate(due=F("later_quantity"))

    def total(value: Count | Sum) -> CombinedExpression:
        first, then = (
            Coalesce(
                Subquery(
                    some.filter(due__gt=0).values("order__pickup_point").annotate(total=value).values("total"),
                    output_field=IntegerField(),
                ),
                0,
            )
            for some in (of_the_day, later)
        )
        return first + then

    return pickups.select_related("member", "pickup_point").annotate(
        line_count=total(Count("id")), pieces=total(Sum("due"))
    )


def _shown(lines: Iterable[OrderLine], day: date) -> list[OrderLine]:
    return [line for line in lines if line.due_on(day)]


def _refuse_other_point(found: QuerySet[Pickup], pickup_point_id: UUID | None) -> None:
    if pickup_point_id is None or found.filter(pickup_point_id=pickup_point_id).exists():
        return
    elsewhere = found.select_related("pickup_point").first()
    if elsewhere:
        raise WrongPoint(elsewhere.pickup_point)


def _visit_key(pickup: Pickup) -> tuple[UUID, date]:
    return pickup.pickup_point_id, pickup.pickup_date


def _lines_by_visit(pickups: Iterable[Pickup]) -> dict[tuple[UUID, date], list[OrderLine]]:
    lines: dict[tuple[UUID, date], list[OrderLine]] = defaultdict(list)
    members = {pickup.member_id for pickup in pickups}
    dates = {pickup.pickup_date for pickup in pickups}
    own = OrderLine.objects.filter(
        Q(order__pickup_date__in=dates) | Q(later_on__in=dates, later_quantity__gt=0),
        order__member__in=members,
        order__state__in=PAID_STATES,
        withdrawn_quantity__lt=F("quantity"),
    )
    # What comes by express passes no point: nobody shows a code for it
    for line in own.exclude(order__delivery=WayKind.EXPRESS).select_related("order").order_by("id"):
        for day in {line.order.pickup_date, line.later_on or line.order.pickup_date}:
            if line.due_on(day):
                lines[line.order.pickup_point_id, day].append(line)
    return lines
