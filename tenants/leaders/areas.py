"""服务区域: where the store delivers to, and the rule by which neighbours find a point."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.journal.services import Actor, record
from tenants.leaders.models import BindingRule, EntryRule, LeaderState, PickupPoint, ServiceArea

_EARTH = 6_371_008.8  # mean radius in metres
MOST_METRES = 100_000
Degrees = Decimal | float


class AreaMissing(Refused):
    """There is no such area in this store."""

    code, kind, sentence = "area_missing", Kind.MISSING, _("没有找到这个服务区域。")


class AreaKnown(Refused):
    """The city has an area of this name."""

    code, kind, sentence = "area_known", Kind.CONFLICT, _("这个城市已经有同名的服务区域。")


class CircleNotWhole(Refused):
    """Of a circle something is missing, or it lies nowhere on earth."""

    code, kind, sentence = "circle_not_whole", Kind.INVALID, _("范围要把纬度、经度和半径都填上，或者都不填。")


class PointOutsideArea(Refused):
    """A point lies in another city than its area, or outside its circle. Facts: ``points``."""

    code, kind, sentence = "point_outside_area", Kind.CONFLICT, _("有自提点不在这个区域里。")


class ReachOutOfBounds(Refused):
    """A distance or a number of days that makes no sense."""

    code, kind, sentence = (
        "reach_out_of_bounds",
        Kind.INVALID,
        _("距离要在 100 米到 100 公里之间，天数在 1 到 365 之间。"),
    )


@dataclass(frozen=True, slots=True)
class AreaDraft:
    """An area as somebody wants it; the circle is whole or not there."""

    name: str
    city: str
    is_open: bool = True
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    radius_m: int | None = None


def points_in_service() -> QuerySet[PickupPoint]:
    """List the points that neighbours may choose: open, in an open area or in none, their leader not gone."""
    open_ones = PickupPoint.objects.filter(is_open=True).exclude(leader__state=LeaderState.RETIRED)
    return open_ones.exclude(area__is_open=False).select_related("leader")


def areas_for_desk(*, query: str = "") -> QuerySet[ServiceArea]:
    """List areas with ``n_points``, by city."""
    found = ServiceArea.objects.annotate(n_points=Count("points"))
    if query:
        found = found.filter(Q(name__icontains=query) | Q(city__icontains=query))
    return found.order_by("city", "name", "pk")


def area_with_id(area_id: UUID) -> ServiceArea:
    """Fetch an area. :raises AreaMissing:"""
    area: ServiceArea | None = ServiceArea.objects.filter(pk=area_id).first()
    if area is None:
        raise AreaMissing
    return area


def cities_for_shoppers() -> list[dict[str, Any]]:
    """Say in which cities there are points to choose, and how many, the city with most of them first."""
    counted = points_in_service().select_related(None).order_by().values("city").annotate(points=Count("pk"))
    return [{"name": row["city"], "points": row["points"]} for row in counted.order_by("-points", "city")]


def save_area(
    *, draft: AreaDraft, point_ids: Collection[UUID], now: datetime, by_name: str, area_id: UUID | None = None
) -> ServiceArea:
    """Write an area and say which points are its own; a point that was in another one moves over.

    :raises AreaMissing, AreaKnown, CircleNotWhole, PointOutsideArea:
    """
    _check_circle(draft)
    try:
        with transaction.atomic(durable=True):
            area = _locked(area_id) if area_id else ServiceArea(created_at=now)
            for name in ("name", "city", "is_open", "latitude", "longitude", "radius_m"):
                setattr(area, name, getattr(draft, name))
            points = list(PickupPoint.objects.select_for_update().filter(pk__in=list(point_ids)).order_by("pk"))
            outside = [point.name for point in points if not is_inside(area, point)]
            if outside:
                sentence = gettext("这些自提点不在区域里：%(names)s") % {"names": gettext("、").join(outside)}
                raise PointOutsideArea(sentence, fields={"points": [sentence]}, points=outside)
            area.save()
            PickupPoint.objects.filter(area=area).exclude(pk__in=[point.pk for point in points]).update(area=None)
            PickupPoint.objects.filter(pk__in=[point.pk for point in points]).update(area=area)
            actor = Actor(kind="person", name=by_name)
            record(what="area.saved", subject=area, at=now, actor=actor, name=area.name, points=len(points))
    except IntegrityError as error:
        if "area_once_a_city" in str(error):
            raise AreaKnown(fields={"name": [AreaKnown.sentence]}) from None
        raise
    return area


def is_inside(area: ServiceArea, point: PickupPoint) -> bool:
    """Say whether a point may belong to an area: of its city, and within its circle if it has one."""
    if point.city != area.city:
        return False
    if area.latitude is None or area.longitude is None or area.radius_m is None:
        return True
    return metres_between(area.latitude, area.longitude, point.latitude, point.longitude) <= area.radius_m


def metres_between(north: Degrees, east: Degrees, to_north: Degrees, to_east: Degrees) -> int:
    """Measure as the crow flies, by the haversine formula."""
    up, across = radians(float(to_north) - float(north)) / 2, radians(float(to_east) - float(east)) / 2
    chord = sin(up) ** 2 + cos(radians(north)) * cos(radians(to_north)) * sin(across) ** 2
    return round(2 * _EARTH * asin(min(1.0, sqrt(chord))))


def entry_rule() -> EntryRule:
    """Read the store's rule; a store that never set one has the usual one, not saved."""
    return EntryRule.objects.first() or EntryRule()


def save_entry_rule(*, reach_m: int, binding: BindingRule, protect_days: int, now: datetime, by_name: str) -> EntryRule:
    """Say how far the nearest point may be, and which leader's link counts. :raises ReachOutOfBounds:"""
    if not 100 <= reach_m <= MOST_METRES or not 1 <= protect_days <= 365:
        raise ReachOutOfBounds
    with transaction.atomic(durable=True):
        rule, _new = EntryRule.objects.update_or_create(
            only=True, defaults={"reach_m": reach_m, "binding": binding, "protect_days": protect_days}
        )
        actor = Actor(kind="person", name=by_name)
        record(what="entry_rule.saved", subject=rule, at=now, actor=actor, reach_m=reach_m, binding=str(binding))
    return rule


def _check_circle(draft: AreaDraft) -> None:
    circle = (draft.latitude, draft.longitude, draft.radius_m)
    if all(part is None for part in circle):
        return
    if draft.latitude is None or draft.longitude is None or draft.radius_m is None:
        raise CircleNotWhole(fields={"radius_m": [CircleNotWhole.sentence]})
    on_earth = abs(draft.latitude) <= Decimal(90) and abs(draft.longitude) <= Decimal(180)
    if not on_earth or not 0 < draft.radius_m <= MOST_METRES:
        sentence = gettext("半径要在 1 到 100,000 米之间，位置要在地图上。")
        raise CircleNotWhole(sentence, fields={"radius_m": [sentence]})


def _locked(area_id: UUID) -> ServiceArea:
    area: ServiceArea | None = ServiceArea.objects.select_for_update().filter(pk=area_id).first()
    if area is None:
        raise AreaMissing
    return area
