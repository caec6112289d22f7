"""Why so many pieces can be sold: every number of a SKU's stock with the rows it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Q, Sum

from tenants.inventory.models import SELLING_BATCHES, WITHHELD_BATCHES, Batch, Stock, Transfer, TransferState
from tenants.inventory.selectors import stocks_of
from tenants.orders.models import OrderLine, OrderState

_SHOWN = 20


@dataclass(frozen=True)
class Explanation:
    """A SKU's stock, taken apart. ``allocated`` is paid and not yet fetched: it has left ``on_hand`` already."""

    stocks: Sequence[Stock]
    on_hand: int
    reserved: int
    held: int
    planned: int
    allocated: int
    travelling: int
    unpaid: Sequence[OrderLine]
    paid: Sequence[OrderLine]
    selling: Sequence[Batch]
    withheld: Sequence[Batch]

    @property
    def available(self) -> int:
        return self.on_hand + self.planned - self.reserved - self.held


def explain_stock(sku_id: UUID) -> Explanation:
    """Take a SKU's stock apart in six statements, with the latest orders of each kind."""
    stocks = stocks_of(sku_id)
    lines = (
        OrderLine.objects.filter(Q(sku=sku_id, stock_sku=None) | Q(stock_sku=sku_id))
        .select_related("order")
        .order_by("-pk")
    )
    unpaid = lines.filter(order__state=OrderState.PENDING_PAYMENT)
    paid = lines.filter(order__state__in=(OrderState.PAID, OrderState.PARTLY_PICKED)).filter(
        handed_quantity__lt=F("quantity")
    )
    batches = Batch.objects.filter(stock__sku=sku_id, on_hand__gt=0).select_related("stock__warehouse")
    by_date = list(batches.order_by(F("expires_on").asc(nulls_last=True), "pk"))
    travelling = Transfer.objects.filter(sku=sku_id, state=TransferState.SENT).aggregate(n=Sum("quantity"))["n"]
    return Explanation(
        stocks=stocks,
        on_hand=sum(stock.on_hand for stock in stocks),
        reserved=sum(stock.reserved for stock in stocks),
        held=sum(stock.held for stock in stocks),
        planned=sum(stock.planned for stock in stocks),
        allocated=paid.aggregate(n=Sum((F("quantity") - F("handed_quantity")) * F("stock_factor")))["n"] or 0,
        travelling=travelling or 0,
        unpaid=list(unpaid[:_SHOWN]),
        paid=list(paid[:_SHOWN]),
        selling=[batch for batch in by_date if batch.state in SELLING_BATCHES],
        withheld=[batch for batch in by_date if batch.state in WITHHELD_BATCHES],
    )
