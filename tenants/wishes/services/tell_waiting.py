"""Who waits for goods is told once that they can be bought again, whichever way they came back."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from kit.ports.messages import send_store_sms
from kit.tenancy import current_store
from tenants.wishes.models import StockWait
from tenants.wishes.selectors import GoodsBack

_MOST = 500  # texts of one round


def tell_waiting(*, now: datetime) -> int:
    """Tell by SMS who waits for what an open list of their point has again; return how many. Safe to repeat.

    It asks what can be bought now, so it does not matter whether a delivery, a refund or an unpaid order brought it
    back. In one round no more people hear of a SKU than there are pieces, who asked first comes first; what they leave
    is for the next in the round that follows.
    """
    waiting = StockWait.objects.filter(told_at=None)
    wanted = set(waiting.order_by().values_list("sku__product", flat=True).distinct())
    back = GoodsBack(product_ids=wanted, now=now)
    skus = back.skus_left()
    due = waiting.filter(sku__in=skus).select_related("member", "pickup_point", "sku__product")
    told: dict[UUID, int] = {}
    for wait in due.order_by("asked_at", "pk"):
        if sum(told.values()) >= _MOST:
            break
        if back.left_at(wait.pickup_point, sku_id=wait.sku_id) > told.get(wait.sku_id, 0) and _tell(wait, now):
            told[wait.sku_id] = told.get(wait.sku_id, 0) + 1
    return sum(told.values())


def _tell(wait: StockWait, now: datetime) -> bool:
    with transaction.atomic(durable=True):
        # Guarded: of two tasks at once, or a member who stops waiting at this moment, only one is right
        if not StockWait.objects.filter(pk=wait.pk, told_at=None).update(told_at=now):
            return False
        store = current_store()
        goods = f"{wait.sku.product.title} {wait.sku.label}".strip()
        text = gettext("您等的“%(goods)s”到货了，数量有限，先到先得。") % {"goods": goods}
        send = partial(send_store_sms.delay, store=str(store.merchant_id), phone=wait.member.phone)
        transaction.on_commit(partial(send, text=f"【{store.name}】{text}"))
    return True
