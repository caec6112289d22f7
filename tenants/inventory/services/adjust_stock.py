"""What was counted on the shelf."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.inventory.models import MoveKind, Stock, StockMove
from tenants.inventory.services.receive_stock import MOST_PIECES, WrongPieces, stock_row


class CountedBelowReserved(Refused):
    """Fewer pieces were counted than orders already hold. Facts: ``reserved``."""

    code, kind = "counted_below_reserved", Kind.CONFLICT
    sentence = _("盘点数不能少于订单已占用的数量，请先处理这些订单。")


def adjust_stock(*, sku_id: UUID, counted: int, reason: str, by_name: str, now: datetime) -> Stock:
    """Set what is there to what was counted; the difference becomes a move with its reason.

    :raises SkuMissing, WrongPieces, CountedBelowReserved:
    """
    if not 0 <= counted <= MOST_PIECES:
        sentence = gettext("盘点数要填 0 到 1,000,000 之间的整数。")
        raise WrongPieces(sentence, fields={"counted": [sentence]})
    with transaction.atomic():
        row = stock_row(sku_id)
        stock = Stock.objects.select_for_update().get(pk=row.pk)
        if not Stock.objects.filter(pk=stock.pk, reserved__lte=counted).update(on_hand=counted):
            sentence = gettext("订单已占用 %(reserved)s 件，盘点数不能比这个少。") % {"reserved": stock.reserved}
            raise CountedBelowReserved(sentence, fields={"counted": [sentence]}, reserved=stock.reserved)
        if counted != stock.on_hand:
            StockMove.objects.create(
                sku_id=sku_id,
                kind=MoveKind.ADJUST,
                on_hand_delta=counted - stock.on_hand,
                reason=reason[:120],
                by_name=by_name,
                at=now,
            )
            stock.on_hand = counted
    return stock
