"""Finding leaders, and the pickup points near a neighbour."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from math import asin, cos, degrees, radians, sin
from typing import Any
from uuid import UUID

from django.db.models import FloatField, IntegerField, Q, QuerySet, Value
from django.db.models.functions import ASin, Cast, Cos, Least, Power, Radians, Round, Sin, Sqrt
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.leaders.models import Leader, LeaderState, PickupPoint
from tenants.members.models import Member

_EARTH = 6_371_008.8  # mean radius in metres
_METRES_A_DEGREE = 111_195
_ROOMY = 1.001  # a box may hold more than the circle, never less
# A box this far around the neighbour is read through the index; only when it holds too few points is a wider one.
_REACHES = (3_000, 15_000, 60_000)


class LeaderMissing(Refused):
    """There is no such leader in this store."""

    code, kind, sentence = "leader_missing", Kind.MISSING, _("没有找到这位团长。")


class PointMissing(Refused):
    """There is no such pickup point in this store."""

    code, kind, sentence = "point_missing", Kind.MISSING, _("没有找到这个自提点。")


def leader_of(member: Member) -> Leader | None:
    """Find the leader a member is, resting or not; someone who left is no leader any more."""
    return Leader.objects.filter(member=member).exclude(state=LeaderState.RETIRED).first()


def leader_with_id(leader_id: UUID) -> Leader:
    """Read one leader with the member behind it. :raises LeaderMissing:"""
    leader: Leader | None = Leader.objects.select_related("member").filter(pk=leader_id).first()
    if leader is None:
        raise LeaderMissing
    return leader


def leaders_page(*, after: tuple[datetime, UUID] | None, limit: int) -> list[Leader]:
    """List leaders with their points, the newest first, from behind ``after``: two statements a page."""
    found = Leader.objects.prefetch_related("pickup_points")
    if after:
        moment, last = after
        found = found.filter(Q(joined_at__lt=moment) | Q(joined_at=moment, id__gt=last))
    return list(found.order_by("-joined_at", "id")[:limit])


def point_with_id(point_id: UUID, *, told: Any = None) -> PickupPoint:
    """Read one pickup point with its leader, and ``told`` as ``nearest_points`` does. :raises PointMissing:"""
    found: QuerySet[Any] = PickupPoint.objects.select_related("leader").filter(pk=point_id)
    point: PickupPoint | None = (found if told is None else found.annotate(rest_told=told)).first()
    if point is None:
        raise PointMissing
    return point


def cities_served() -> set[str]:
    """Say in which cities the store has pickup points: what the plan's limit on cities counts."""
    return set(PickupPoint.objects.order_by().values_list("city", flat=True).distinct())


def points_of(leader: Leader) -> list[PickupPoint]:
    """List a leader's points in the order they were added."""
    return list(PickupPoint.objects.filter(leader=leader).order_by("created_at", "id"))


def leaders_for_desk(*, query: str = "", state: str = "") -> QuerySet[Leader]:
    """List leaders for the back office, newest first, with their points ready to be read."""
    found = Leader.objects.prefetch_related("pickup_points").order_by("-joined_at", "-id")
    if state:
        found = found.filter(state=state)
    if query:
        found = found.filter(
            Q(name__icontains=query)
            | Q(phone__contains=query)
            | Q(pk__in=PickupPoint.objects.filter(name__icontains=query).values("leader_id"))
        )
    return found


def open_points(*, limit: int) -> list[PickupPoint]:
    """List the points shoppers can choose, newest first, for a map or a choice."""
    return list(PickupPoint.objects.filter(is_open=True).order_by("-created_at", "-id")[:limit])


def count_leaders_by_state(*, query: str = "") -> dict[str, int]:
    """Count the leaders a search finds, by state; the key "" counts all of them."""
    counts = {str(state): 0 for state in LeaderState}
    for state in leaders_for_desk(query=query).prefetch_related(None).order_by().values_list("state", flat=True):
        counts[state] += 1
    return {"": sum(counts.values()), **counts}


def nearest_points(
    *,
    latitude: Decimal | None,
    longitude: Decimal | None,
    query: str = "",
    city: str = "",
    leader_id: UUID | None = None,
    takes_orders: bool = False,
    only: Any = None,
    told: Any = None,
    after: UUID | None = None,
    limit: int = 20,
) -> list[PickupPoint]:
    """List open points of leaders who have not left: nearest first, or by name when nobody says where they are.

    Each point carries its leader and ``distance_m`` (None without a place). ``city`` and ``leader_id`` keep those of
    a city, of a leader; ``after`` is the id of the last point already shown. A resting leader's points are listed
    too, so that neighbours read the note, unless ``takes_orders``; ``only`` is a condition more. ``told``
    is ``rests.rest_told``, where it is to be shown when they rest.
    """
    points: QuerySet[Any] = PickupPoint.objects.filter(is_open=True).exclude(leader__state=LeaderState.RETIRED)
    points = points.exclude(area__is_open=False).select_related("leader")
    if city:
        points = points.filter(city=city)
    if leader_id:
        points = points.filter(leader=leader_id)
    if takes_orders:
        points = points.filter(leader__state=LeaderState.ACTIVE)
    if told is not None:
        points = points.annotate(rest_told=told)
    if only is not None:
        points = points.filter(only)
    if query:
        points = points.filter(Q(name__icontains=query) | Q(address__icontains=query) | Q(district__icontains=query))
    if latitude is None or longitude is None:
        return _by_name(points, after=after, limit=limit)
    return _by_distance(points, latitude=float(latitude), longitude=float(longitude), after=after, limit=limit)


def _by_name(points: QuerySet[PickupPoint], *, after: UUID | None, limit: int) -> list[PickupPoint]:
    last = PickupPoint.objects.filter(pk=after).first() if after else None
    if last:
        points = points.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk))
    return list(points.order_by("name", "pk")[:limit])


def _by_distance(
    points: QuerySet[PickupPoint], *, latitude: float, longitude: float, after: UUID | None, limit: int
) -> list[PickupPoint]:
    points = points.annotate(metres=_distance(latitude, longitude))
    shown_to = -1
    if after:
        last = PickupPoint.objects.annotate(metres=_distance(latitude, longitude)).filter(pk=after).first()
        if last:
            shown_to = last.metres
            points = points.filter(Q(metres__gt=shown_to) | Q(metres=shown_to, pk__gt=last.pk))
    points = points.order_by("metres", "pk")
    for reach in _REACHES:
        if reach <= shown_to:
            continue
        # the corners of a box lie beyond the reach: what is there may have nearer neighbours outside the box
        found = list(points.filter(_box(latitude, longitude, reach), metres__lte=reach)[:limit])
        if len(found) == limit:
            return _with_distances(found)
    return _with_distances(points[:limit])


def _distance(latitude: float, longitude: float) -> Any:
    """Write the haversine formula in SQL: metres, rounded."""
    lat, lng = Cast("latitude", FloatField()), Cast("longitude", FloatField())
    half_lat = Power(Sin(Radians(lat - Value(latitude)) / 2.0), 2)
    half_lng = Power(Sin(Radians(lng - Value(longitude)) / 2.0), 2)
    chord = half_lat + Value(cos(radians(latitude))) * Cos(Radians(lat)) * half_lng
    # rounding may push the chord past one for two ends of the earth, where arcsine has no answer
    arc = 2.0 * _EARTH * ASin(Least(Value(1.0), Sqrt(chord)))
    return Cast(Round(arc), IntegerField())


def _box(latitude: float, longitude: float, reach: int) -> Q:
    """Say what lies between the parallels and meridians that a circle touches; it may hold a pole or the date line."""
    tall = reach / _METRES_A_DEGREE * _ROOMY
    within = Q(latitude__gte=_degrees(latitude - tall), latitude__lte=_degrees(latitude + tall))
    if abs(latitude) + tall >= 90:
        return within  # every meridian goes through it
    wide = degrees(asin(min(1.0, sin(radians(tall)) / cos(radians(latitude)))))
    west, east = longitude - wide, longitude + wide
    if west < -180:
        return within & (Q(longitude__lte=_degrees(east)) | Q(longitude__gte=_degrees(west + 360)))
    if east > 180:
        return within & (Q(longitude__gte=_degrees(west)) | Q(longitude__lte=_degrees(east - 360)))
    return within & Q(longitude__gte=_degrees(west), longitude__lte=_degrees(east))


def _degrees(exact: float) -> Decimal:
    return Decimal(round(exact * 1_000_000)) / 1_000_000


def _with_distances(points: Iterable[Any]) -> list[PickupPoint]:
    found = []
    for point in points:
        point.distance_m = point.metres
        found.append(point)
    return found
