"""When a SKU is scarce, and how much of it may be sold before it is bought."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.inventory.models import DEFAULT_WAREHOUSE, Stock
from tenants.inventory.services.receive_stock import stock_row
from tenants.journal.services import Actor, record


class PlanInUse(Refused):
    """More was sold ahead than the plan would allow. Facts: ``least``."""

    code, kind, sentence = "plan_in_use", Kind.CONFLICT, _("已经预售出去的数量不能收回。")


def set_limits(
    *,
    sku_id: UUID,
    low_at: int | None,
    planned: int,
    by_name: str,
    now: datetime,
    warehouse_id: UUID = DEFAULT_WAREHOUSE,
) -> Stock:
    """Set from when on we warn, and how many pieces may be sold ahead. :raises SkuMissing, PlanInUse:"""
    with transaction.atomic(durable=True):
        stock = stock_row(sku_id, warehouse_id)
        allowed = Stock.objects.filter(pk=stock.pk, on_hand__gte=F("reserved") - planned)
        if planned < 0 or not allowed.update(low_at=low_at, planned=planned):
            stock.refresh_from_db()
            least = max(0, stock.reserved - stock.on_hand)
            sentence = gettext("已经预售了 %(least)s 件，不能比这个少。") % {"least": least}
            raise PlanInUse(sentence, fields={"planned": [sentence]}, least=least)
        before = stock.planned
        stock.refresh_from_db()
        actor = Actor(kind="person", name=by_name)
        record(what="stock.limits", subject=stock, at=now, actor=actor, low_at=low_at, planned=[before, planned])
    return stock
