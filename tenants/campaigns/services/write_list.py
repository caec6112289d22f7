"""Writing what a draft says over what a campaign holds, without taking back what was sold."""

from typing import Any
from uuid import UUID

from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.campaigns.models import Campaign, CampaignItem, CampaignKind
from tenants.campaigns.services.check_draft import CampaignDraft, ItemDraft

_HEAD = (
    "name",
    "notice",
    "opens_at",
    "cutoff_at",
    "pickup_date",
    "kind",
    "shows_names",
    "team_size",
    "team_hours",
    "deposit_percent",
    "balance_from",
    "balance_until",
    "keeps_deposit",
)
_FREE = (
    "price_minor",
    "strike_minor",
    "per_member_limit",
    "commission_ppm",
    "min_form_quantity",
)  # orders carry their own copy


class QuotaBelowTaken(Refused):
    """The quota would fall below what is reserved or sold. Facts: ``sku_id``, ``taken``."""

    code, kind, sentence = "quota_below_taken", Kind.CONFLICT, _("限量不能少于已被订走的数量。")


class MinimumRaised(Refused):
    """The minimum would rise for an item that somebody ordered already."""

    code, kind, sentence = "minimum_raised", Kind.CONFLICT, _("已有顾客下单，起订量只能调低。")


class ItemHasOrders(Refused):
    """Somebody ordered this item: it can be sold out, not taken off. Facts: ``sku_id``."""

    code, kind = "item_has_orders", Kind.CONFLICT
    sentence = _("已有顾客下单，不能移除。不想再卖可以把限量改成已订数量。")


def write_list(*, campaign: Campaign, draft: CampaignDraft) -> list[dict[str, Any]]:
    """Write a draft over a locked campaign and say which prices, quotas and rates changed, for the journal.

    Needs an open transaction. Two shoppers may be taking from the quota at this moment, so a quota changes by one
    guarded UPDATE.

    :raises QuotaBelowTaken, MinimumRaised, ItemHasOrders:
    """
    for field in _HEAD:
        setattr(campaign, field, getattr(draft, field))
    if campaign.kind != CampaignKind.TEAM:  # left over in the form from another kind
        campaign.team_size = campaign.team_hours = None
    if campaign.kind != CampaignKind.PRESALE or campaign.deposit_percent is None:
        campaign.deposit_percent = campaign.balance_from = campaign.balance_until = None
        campaign.keeps_deposit = False
    campaign.save(update_fields=_HEAD)
    present = {item.sku_id: item for item in CampaignItem.objects.filter(campaign=campaign)}
    _take_off(present, wanted={item.sku_id for item in draft.items})
    _add(campaign, draft, present)
    return [
        change
        for position, item in enumerate(draft.items)
        if item.sku_id in present
        for change in _change(present[item.sku_id], item, position)
    ]


def _take_off(present: dict[UUID, CampaignItem], *, wanted: set[UUID]) -> None:
    for sku_id in sorted(present.keys() - wanted):
        item = present.pop(sku_id)
        try:
            removed, _each = CampaignItem.objects.filter(pk=item.pk, taken=0).delete()
        except ProtectedError:  # nothing is taken now, but a closed order still tells of it
            removed = 0
        if not removed:
            raise ItemHasOrders(_("“%(title)s”已有顾客下单，不能移除。不想再卖可以把限量改成已订数量。")
                                % {"title": item.sku.product.title}, sku_id=str(sku_id))  # fmt: skip


def _add(campaign: Campaign, draft: CampaignDraft, present: dict[UUID, CampaignItem]) -> None:
    CampaignItem.objects.bulk_create(
        CampaignItem(
            campaign=campaign,
            sku_id=item.sku_id,
            quota=item.quota,
            position=position,
            **{field: getattr(item, field) for field in _FREE},
        )
        for position, item in enumerate(draft.items)
        if item.sku_id not in present
    )


def _change(row: CampaignItem, item: ItemDraft, position: int) -> list[dict[str, Any]]:
    changes = [
        {"sku_id": str(row.sku_id), "field": field, "before": getattr(row, field), "after": getattr(item, field)}
        for field in (*_FREE, "quota")
        if getattr(row, field) != getattr(item, field)
    ]
    if not changes and row.position == position:
        return []
    if row.taken and (item.min_form_quantity or 0) > (row.min_form_quantity or 0):
        raise MinimumRaised(fields={f"items.{position}.min_form_quantity": [MinimumRaised.sentence]})
    same = CampaignItem.objects.filter(pk=row.pk)
    if item.quota is not None:
        same = same.filter(taken__lte=item.quota)
    written = same.update(quota=item.quota, position=position, **{field: getattr(item, field) for field in _FREE})
    if not written:
        taken = CampaignItem.objects.values_list("taken", flat=True).get(pk=row.pk)
        sentence = _("已被订走 %(taken)d 份，限量不能少于这个数。") % {"taken": taken}
        raise QuotaBelowTaken(fields={f"items.{position}.quota": [sentence]}, sku_id=str(row.sku_id), taken=taken)
    return changes
