"""Goods that came in."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.catalog.models import Sku
from tenants.inventory.models import MoveKind, Stock, StockMove
from tenants.inventory.selectors import SkuMissing

MOST_PIECES = 1_000_000


class WrongPieces(Refused):
    """A number of pieces that cannot be."""

    code, kind, sentence = "wrong_pieces", Kind.INVALID, _("数量要填 1 到 1,000,000 之间的整数。")


def receive_stock(
    *, sku_id: UUID, quantity: int, reason: str, by_name: str, now: datetime, ref_id: UUID | None = None
) -> Stock:
    """Add pieces to what is there.

    Safe to repeat: with a ``ref_id`` (the delivery, the import) the same goods come in once.

    :raises SkuMissing, WrongPieces:
    """
    if not 0 < quantity <= MOST_PIECES:
        raise WrongPieces(fields={"quantity": [WrongPieces.sentence]})
    with transaction.atomic():
        stock = stock_row(sku_id)
        move = {"on_hand_delta": quantity, "reason": reason[:120], "by_name": by_name, "at": now}
        if ref_id is None:
            StockMove.objects.create(sku_id=sku_id, kind=MoveKind.RECEIVE, **move)
            is_new = True
        else:
            _move, is_new = StockMove.objects.get_or_create(
                sku_id=sku_id, kind=MoveKind.RECEIVE, ref_id=ref_id, defaults=move
            )
        if is_new:
            Stock.objects.filter(pk=stock.pk).update(on_hand=F("on_hand") + quantity)
            stock.refresh_from_db()
    return stock


def stock_row(sku_id: UUID) -> Stock:
    """Find a SKU's stock row, made empty if it has none yet. :raises SkuMissing:"""
    stock = Stock.objects.filter(sku_id=sku_id).first()
    if stock is not None:
        return stock
    if not Sku.objects.filter(pk=sku_id).exists():
        raise SkuMissing
    stock, _is_new = Stock.objects.get_or_create(sku_id=sku_id)
    return stock
