"""At which pickup points a list is sold."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.campaigns.models import Campaign, CampaignReach, CampaignState, HiddenItem
from tenants.campaigns.selectors_desk import lock_campaign
from tenants.journal.services import Actor, record
from tenants.leaders.models import Leader, PickupPoint, ServiceArea
from tenants.leaders.rests import resting, rests_at


class PlaceMissing(Refused):
    """An area or a leader that is none of this store's."""

    code, kind, sentence = "place_missing", Kind.CONFLICT, _("有区域或团长已经不在了，请刷新后再选。")


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a list is sold; nothing at all means everywhere."""

    area_ids: Collection[UUID] = ()
    leader_ids: Collection[UUID] = ()
    cities: Collection[str] = ()


def sold_at(point_id: UUID) -> Any:
    """Build a condition on lists: sold at this pickup point, which does not rest on the day they are fetched on."""
    reaches = CampaignReach.objects.filter(campaign=OuterRef("pk"))
    city = PickupPoint.objects.filter(pk=point_id).values("city")[:1]
    here = Q(area__points=point_id) | Q(leader__pickup_points=point_id) | Q(city=Subquery(city))
    is_reached = Q(~Exists(reaches)) | Q(Exists(reaches.filter(here)))
    return is_reached & ~Exists(rests_at(point_id, day=OuterRef("pickup_date")))


def hidden_at(point_id: UUID, *, item: str = "pk") -> Exists:
    """Build a condition: the leader of this pickup point keeps the item that ``item`` leads to off it."""
    return Exists(HiddenItem.objects.filter(item=OuterRef(item), leader__pickup_points=point_id))


def hands_something_out(now: datetime) -> Any:
    """Build a condition on pickup points: they do not rest on every day on which what is sold now is fetched."""
    open_now = Campaign.objects.filter(state=CampaignState.PUBLISHED, opens_at__lte=now, cutoff_at__gt=now)
    rests = resting(point=OuterRef(OuterRef("pk")), leader=OuterRef(OuterRef("leader_id")), day=OuterRef("pickup_date"))
    return Q(~Exists(open_now)) | Q(Exists(open_now.filter(~Exists(rests))))


def reaches_of(path: str) -> ArraySubquery:
    """Build an expression for where the list that ``path`` leads to is sold, for ``is_sold_at`` to judge."""
    reaches = CampaignReach.objects.filter(campaign=OuterRef(path))
    return ArraySubquery(reaches.values(json=JSONObject(area="area_id", leader="leader_id", city="city")))


def is_sold_at(reaches: Sequence[Mapping[str, Any]], point: PickupPoint) -> bool:
    """Judge what ``reaches_of`` brought: the same as ``sold_at`` does of areas, leaders and cities."""
    places = {str(point.area_id), str(point.leader_id)}
    return not reaches or any(
        one["area"] in places or one["leader"] in places or (one["city"] and one["city"] == point.city)
        for one in reaches
    )


def reach_of(campaign: Campaign) -> Reach:
    """Read where a list is sold, in one statement."""
    rows = list(campaign.reaches.all())
    return Reach(
        area_ids=[row.area_id for row in rows if row.area_id],
        leader_ids=[row.leader_id for row in rows if row.leader_id],
        cities=[row.city for row in rows if row.city],
    )


def set_reach(*, campaign_id: UUID, reach: Reach, now: datetime, by_name: str) -> None:
    """Say where a list is sold from now on; what was ordered before stays ordered.

    :raises CampaignMissing, PlaceMissing:
    """
    with transaction.atomic(durable=True):
        campaign = lock_campaign(campaign_id)
        known_areas = set(ServiceArea.objects.filter(pk__in=reach.area_ids).values_list("pk", flat=True))
        known_leaders = set(Leader.objects.filter(pk__in=reach.leader_ids).values_list("pk", flat=True))
        if known_areas != set(reach.area_ids) or known_leaders != set(reach.leader_ids):
            raise PlaceMissing
        campaign.reaches.all().delete()
        _write(campaign, reach)
        actor = Actor(kind="person", name=by_name)
        places = len(reach.area_ids) + len(reach.leader_ids) + len(reach.cities)
        record(what="campaign.reach_set", subject=campaign, at=now, actor=actor, places=places)


def copy_reach(*, source: Campaign, copied: Campaign) -> None:
    """Sell a copied list where its source is sold, in the caller's transaction."""
    _write(copied, reach_of(source))


def _write(campaign: Campaign, reach: Reach) -> None:
    CampaignReach.objects.bulk_create(
        [
            *(CampaignReach(campaign=campaign, area_id=area_id) for area_id in reach.area_ids),
            *(CampaignReach(campaign=campaign, leader_id=leader_id) for leader_id in reach.leader_ids),
            *(CampaignReach(campaign=campaign, city=city) for city in reach.cities),
        ]
    )
