"""Adding leaders and their pickup points, and letting them rest."""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from control.merchants.limits import keep_within_limit
from kit.errors import Kind, Refused
from kit.phones import plain_phone
from kit.tenancy import current_store
from tenants.journal.services import Actor, record
from tenants.leaders.areas import PointOutsideArea, is_inside
from tenants.leaders.models import Leader, LeaderState, PickupPoint
from tenants.leaders.point_wishes import open_wish
from tenants.leaders.selectors import LeaderMissing, PointMissing
from tenants.members.models import Member


@dataclass(frozen=True)
class PointDraft:
    """A pickup point as somebody wants it."""

    name: str
    city: str
    address: str
    latitude: Decimal
    longitude: Decimal
    opening_hours: str
    district: str = ""
    is_open: bool = True


class AlreadyALeader(Refused):
    """Somebody with this phone is a leader here already. Facts: ``leader_id``."""

    code, kind, sentence = "already_a_leader", Kind.CONFLICT, _("这个手机号已经是本店团长。")


class NotOnTheMap(Refused):
    """The place is no place on earth, or it was left at the sea where both numbers are zero."""

    code, kind, sentence = "not_on_the_map", Kind.INVALID, _("请在地图上点选自提点的位置。")


def add_leader(
    *,
    name: str,
    phone: str,
    now: datetime,
    by_name: str,
    point: PointDraft | None = None,
    wish_id: UUID | None = None,
) -> Leader:
    """Make a member of this phone a leader, with a first pickup point; who is new to the store becomes a member.

    :param wish_id: the wish of a neighbour (申请开团) that this fulfils.
    :raises NotAPhone, AlreadyALeader, PlanLimitReached, NotOnTheMap, WishMissing, WishOver:
    """
    number = plain_phone(phone)
    if point:
        _check_place(point)
    keep_within_limit(merchant_id=current_store().merchant_id, what="leaders", used=leaders_in_service())
    with transaction.atomic(durable=True):
        leader = enter_leader(name=name, number=number, now=now, by_name=by_name, point=point)
        if wish_id:
            open_wish(wish_id=wish_id, leader=leader, now=now, by_name=by_name)
    return leader


def enter_leader(*, name: str, number: str, now: datetime, by_name: str, point: PointDraft | None) -> Leader:
    """Write a new leader in the caller's transaction, who kept the plan's number of leaders.

    :raises AlreadyALeader, PlanLimitReached: one city more than allowed.
    """
    if point:
        _keep_within_cities(point)
    with transaction.atomic():
        member, _new = Member.objects.get_or_create(phone=number, defaults={"nickname": name, "joined_at": now})
        leader, is_new = Leader.objects.get_or_create(
            member=member, defaults={"name": name, "phone": number, "joined_at": now}
        )
        if not is_new:
            raise AlreadyALeader(fields={"phone": [AlreadyALeader.sentence]}, leader_id=str(leader.pk))
        if point:
            PickupPoint.objects.create(leader=leader, created_at=now, **asdict(point))
        _remember("leader.added", leader, now=now, by_name=by_name)
    return leader


def edit_leader(*, leader_id: UUID, name: str, phone: str, now: datetime, by_name: str) -> Leader:
    """Change a leader's name and the phone shoppers call; the member's own login phone stays.

    :raises LeaderMissing, NotAPhone:
    """
    number = plain_phone(phone)
    with transaction.atomic(durable=True):
        return rename_leader(leader_id=leader_id, name=name, number=number, now=now, by_name=by_name)


def rename_leader(*, leader_id: UUID, name: str, number: str, now: datetime, by_name: str) -> Leader:
    """Write a leader's name and phone in the caller's transaction. :raises LeaderMissing:"""
    with transaction.atomic():
        leader = _locked(leader_id)
        leader.name, leader.phone = name, number
        leader.save(update_fields=["name", "phone"])
        _remember("leader.edited", leader, now=now, by_name=by_name)
    return leader


def rest_leader(*, leader_id: UUID, note: str, now: datetime, by_name: str) -> Leader:
    """Stop new orders at this leader's points for a while; goods already bought are still handed out.

    :raises LeaderMissing:
    """
    return _set_state(leader_id, LeaderState.RESTING, note=note, what="leader.rested", now=now, by_name=by_name)


def resume_leader(*, leader_id: UUID, now: datetime, by_name: str) -> Leader:
    """Open a resting leader's points for orders again. :raises LeaderMissing:"""
    return _set_state(leader_id, LeaderState.ACTIVE, note="", what="leader.resumed", now=now, by_name=by_name)


def add_point(*, leader_id: UUID, draft: PointDraft, now: datetime, by_name: str) -> PickupPoint:
    """Give a leader one more pickup point. :raises LeaderMissing, NotOnTheMap, PlanLimitReached:"""
    with transaction.atomic(durable=True):
        return hang_point(leader_id=leader_id, draft=draft, now=now, by_name=by_name)


def hang_point(*, leader_id: UUID, draft: PointDraft, now: datetime, by_name: str) -> PickupPoint:
    """Write a leader's new point in the caller's transaction. :raises LeaderMissing, NotOnTheMap, PlanLimitReached:"""
    _check_place(draft)
    _keep_within_cities(draft)
    with transaction.atomic():
        leader = _locked(leader_id)
        point = PickupPoint.objects.create(leader=leader, created_at=now, **asdict(draft))
        _remember("point.added", leader, now=now, by_name=by_name, point=point.name)
    return point


def edit_point(*, point_id: UUID, draft: PointDraft, now: datetime, by_name: str) -> PickupPoint:
    """Change a pickup point. Orders placed before keep the address they were placed with.

    :raises PointMissing, NotOnTheMap, PointOutsideArea, PlanLimitReached: it would move to a city more than allowed.
    """
    with transaction.atomic(durable=True):
        return change_point(point_id=point_id, draft=draft, now=now, by_name=by_name)


def change_point(*, point_id: UUID, draft: PointDraft, now: datetime, by_name: str) -> PickupPoint:
    """Write a point anew in the caller's transaction.

    :raises PointMissing, NotOnTheMap, PointOutsideArea, PlanLimitReached:
    """
    _check_place(draft)
    _keep_within_cities(draft, moved=point_id)
    with transaction.atomic():
        rows = PickupPoint.objects.select_for_update(of=["self"]).select_related("leader", "area")
        point: PickupPoint | None = rows.filter(pk=point_id).first()
        if point is None:
            raise PointMissing
        for field, value in asdict(draft).items():
            setattr(point, field, value)
        if point.area and not is_inside(point.area, point):
            raise PointOutsideArea(fields={"latitude": [PointOutsideArea.sentence]}, points=[point.name])
        point.save()
        _remember("point.edited", point.leader, now=now, by_name=by_name, point=point.name)
    return point


def leaders_in_service() -> int:
    """Count the leaders that the plan's limit counts: all but those who left."""
    return Leader.objects.exclude(state=LeaderState.RETIRED).count()


def _check_place(draft: PointDraft) -> None:
    on_earth = abs(draft.latitude) <= Decimal(90) and abs(draft.longitude) <= Decimal(180)
    if not on_earth or (draft.latitude == 0 and draft.longitude == 0):
        raise NotOnTheMap(fields={"latitude": [NotOnTheMap.sentence]})


def _keep_within_cities(draft: PointDraft, *, moved: UUID | None = None) -> None:
    points = PickupPoint.objects.exclude(pk=moved) if moved else PickupPoint.objects.all()
    cities = set(points.order_by().values_list("city", flat=True).distinct())
    if draft.city not in cities:
        keep_within_limit(merchant_id=current_store().merchant_id, what="cities", used=len(cities))


def _set_state(leader_id: UUID, state: LeaderState, *, note: str, what: str, now: datetime, by_name: str) -> Leader:
    with transaction.atomic(durable=True):
        leader = _locked(leader_id)
        if (leader.state, leader.resting_note) == (state, note):
            return leader
        leader.state, leader.resting_note = state, note
        leader.save(update_fields=["state", "resting_note"])
        _remember(what, leader, now=now, by_name=by_name, reason=note)
    return leader


def _locked(leader_id: UUID) -> Leader:
    leader: Leader | None = Leader.objects.select_for_update().filter(pk=leader_id).first()
    if leader is None:
        raise LeaderMissing
    return leader


def _remember(what: str, leader: Leader, *, now: datetime, by_name: str, reason: str = "", **detail: str) -> None:
    record(what=what, subject=leader, at=now, actor=Actor(kind="person", name=by_name), reason=reason, **detail)
