"""推广选品: a leader keeps goods of a running list off their own points. The price stays the store's."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.campaigns.models import Campaign, CampaignItem, CampaignReach, CampaignState, HiddenItem
from tenants.campaigns.selectors import items_shown
from tenants.journal.services import Actor, record
from tenants.leaders.models import Leader, PickupPoint

_COMING = timedelta(days=7)  # as early as shoppers see a list


class ItemMissing(Refused):
    """There is no such item in a list that is sold at one of the leader's points, or the list is over."""

    code, kind, sentence = "item_missing", Kind.MISSING, _("没有找到这个团的商品，可能已经截单了。")


@dataclass(frozen=True, slots=True)
class LeaderItem:
    """An item as lists show it, and whether this leader keeps it off their points."""

    shown: dict[str, Any]
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class LeaderList:
    """A list that is sold, or will be within a week, at one of a leader's points."""

    campaign: Campaign
    items: list[LeaderItem]


def lists_of(leader: Leader, *, now: datetime) -> list[LeaderList]:
    """List what a leader sells or is about to, the list that is cut off first before others. Three statements."""
    lists = list(_running_at(leader, now).order_by("cutoff_at", "pk"))
    if not lists:
        return []
    hidden = set(HiddenItem.objects.filter(leader=leader, item__campaign__in=lists).values_list("item_id", flat=True))
    items: dict[UUID, list[LeaderItem]] = {}
    for item in items_shown(campaign_ids=[one.pk for one in lists], now=now):
        items.setdefault(item["campaign_id"], []).append(LeaderItem(item, item["id"] in hidden))
    return [LeaderList(one, items.get(one.pk, [])) for one in lists]


def set_hidden(*, leader: Leader, item_id: UUID, is_hidden: bool, now: datetime) -> None:
    """Keep an item off a leader's points, or offer it there again. Safe to repeat. What was ordered stays ordered.

    :raises ItemMissing:
    """
    with transaction.atomic(durable=True):
        found = CampaignItem.objects.select_related("sku__product").filter(pk=item_id)
        item = found.filter(campaign__in=_running_at(leader, now)).first()
        if item is None:
            raise ItemMissing
        if is_hidden:
            _row, has_changed = HiddenItem.objects.get_or_create(leader=leader, item=item, defaults={"at": now})
        else:
            has_changed = HiddenItem.objects.filter(leader=leader, item=item).delete()[0] > 0
        if has_changed:
            what = "leader.item_hidden" if is_hidden else "leader.item_shown"
            actor = Actor(kind="leader", id=str(leader.pk), name=leader.name)
            record(what=what, subject=leader, at=now, actor=actor, item_id=str(item.pk), title=item.sku.product.title)


def who_hides(campaign: Campaign) -> dict[UUID, list[str]]:
    """Say by item which leaders keep it off their points, for those who run the store. One statement."""
    names: dict[UUID, list[str]] = {}
    rows = HiddenItem.objects.filter(item__campaign=campaign).order_by("leader__name", "pk")
    for item_id, name in rows.values_list("item_id", "leader__name"):
        names.setdefault(item_id, []).append(name)
    return names


def _running_at(leader: Leader, now: datetime) -> Any:
    """Build the query of lists that are sold or announced, at some point of the leader's."""
    states = (CampaignState.PUBLISHED, CampaignState.PAUSED)
    lists = Campaign.objects.filter(state__in=states, cutoff_at__gt=now, opens_at__lt=now + _COMING)
    reaches = CampaignReach.objects.filter(campaign=OuterRef("pk"))
    cities = PickupPoint.objects.filter(leader=leader).values("city")
    mine = Q(leader=leader) | Q(area__points__leader=leader) | Q(city__in=cities)
    return lists.filter(Q(~Exists(reaches)) | Q(Exists(reaches.filter(mine))))
