"""到货提醒: a member asks to be told when sold-out goods can be bought again, or no longer wants to be."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.catalog.models import ProductState, Sku
from tenants.inventory.selectors import SkuMissing
from tenants.leaders.models import PickupPoint
from tenants.leaders.selectors import PointMissing
from tenants.members.models import Member
from tenants.wishes.models import StockWait
from tenants.wishes.selectors import GoodsBack

MOST = 50  # of one member at a time


class StillThere(Refused):
    """What can be bought now needs no waiting. Facts: ``left``."""

    code, kind, sentence = "still_there", Kind.CONFLICT, _("现在就有货，可以直接购买。")


class TooManyWaits(Refused):
    """So many goods nobody waits for in earnest."""

    code, kind, sentence = "too_many_waits", Kind.CONFLICT, _("到货提醒最多设 50 个，请先取消不要的。")


def wait_for_stock(*, member: Member, sku_id: UUID, point_id: UUID | None, now: datetime) -> StockWait:
    """Note that a member waits for a SKU at a pickup point; asking again moves the wait to that point.

    :raises SkuMissing, PointMissing, StillThere, TooManyWaits:
    """
    point = PickupPoint.objects.filter(pk=point_id).first() if point_id else None
    if point_id and point is None:
        raise PointMissing
    sku = (
        Sku.objects.select_related("product")
        .filter(pk=sku_id, is_active=True, product__state=ProductState.ON_SALE)
        .first()
    )
    if sku is None:
        raise SkuMissing
    left = GoodsBack(product_ids=[sku.product_id], now=now).left_at(point, sku_id=sku_id)
    if left:
        raise StillThere(left=left)
    with transaction.atomic(durable=True):
        # one at a time a member, so that nobody waits for more than the limit
        Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        waits = StockWait.objects.filter(member=member, told_at=None)
        wait = waits.filter(sku=sku).first() or StockWait(member=member, sku=sku, asked_at=now)
        if wait._state.adding and waits.count() >= MOST:
            raise TooManyWaits
        wait.pickup_point = point
        wait.save()
    wait.sku = sku
    return wait


def stop_waiting(*, member: Member, sku_id: UUID) -> None:
    """Forget that a member waits for a SKU. Safe to repeat."""
    StockWait.objects.filter(member=member, sku=sku_id, told_at=None).delete()
