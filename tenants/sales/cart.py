"""The cart that the store keeps for a member, judged anew each time it is looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.campaigns.models import CampaignItem
from tenants.campaigns.selectors import first_picture
from tenants.members.models import Member
from tenants.orders.models import CartLine
from tenants.sales.services.quote_lines import QuotedLine, WantedLine, quote_lines

MOST_LINES = 100
KEPT_AFTER_CUTOFF = timedelta(days=7)  # what is over stays so long to be seen, then it is gone


class CartFull(Refused):
    """More kinds of goods than a cart holds."""

    code, kind, sentence = "cart_full", Kind.CONFLICT, _("购物车最多放 100 种商品。")


@dataclass(frozen=True, slots=True)
class CartRow:
    """One line: the item as it is now, and what stands in its way at the member's point."""

    item: CampaignItem
    picture_key: str
    quoted: QuotedLine


@dataclass(frozen=True, slots=True)
class CartGroup:
    """What is fetched together: an order of its own."""

    pickup_date: date
    rows: Sequence[CartRow]


def put_in_cart(*, member: Member, wanted: Mapping[UUID, int], adds: bool, now: datetime) -> None:
    """Make the member's cart these lines, in their order; or add them, of each item the greater number.

    Items that are none of this store's, or whose list was over a week ago, are passed over. Safe to repeat.

    :param adds: a phone brings what it gathered before somebody signed in.
    :raises CartFull:
    """
    with transaction.atomic(durable=True):
        Member.objects.select_for_update(no_key=True).get(pk=member.pk)  # two phones, one after the other
        there = CartLine.objects.filter(member=member)
        quantities = dict(there.values_list("campaign_item_id", "quantity")) if adds else {}
        for item_id, quantity in wanted.items():
            quantities[item_id] = max(quantity, quantities.get(item_id, 0))
        living = CampaignItem.objects.filter(pk__in=quantities, campaign__cutoff_at__gt=now - KEPT_AFTER_CUTOFF)
        known = set(living.values_list("pk", flat=True))
        kept = {item_id: quantity for item_id, quantity in quantities.items() if item_id in known and quantity > 0}
        if len(kept) > MOST_LINES:
            raise CartFull
        there.delete()
        CartLine.objects.bulk_create(
            CartLine(member=member, campaign_item_id=item_id, quantity=quantity, put_at=now)
            for item_id, quantity in kept.items()
        )


def cart_of(*, member: Member, pickup_point_id: UUID | None, now: datetime) -> list[CartGroup]:
    """Read a member's cart by the day it is fetched on, each line judged at this point and moment. Two statements.

    A line that cannot be had is marked and stays: another point, another hour may have it.
    """
    lines: list[Any] = list(
        CartLine.objects.filter(member=member)
        .select_related("campaign_item__campaign", "campaign_item__sku__product__category")
        .annotate(picture_key=first_picture("campaign_item__sku__product"))
    )
    if not lines:
        return []
    wanted = [WantedLine(line.campaign_item_id, line.quantity) for line in lines]
    quote = quote_lines(lines=wanted, member=member, pickup_point_id=pickup_point_id, now=now, splits=True)
    quoted = {line.campaign_item_id: line for line in quote.lines}
    groups: dict[date, list[CartRow]] = {}
    for line in lines:
        row = CartRow(line.campaign_item, line.picture_key, quoted[line.campaign_item_id])
        groups.setdefault(line.campaign_item.campaign.pickup_date, []).append(row)
    return [CartGroup(day, groups[day]) for day in sorted(groups)]
