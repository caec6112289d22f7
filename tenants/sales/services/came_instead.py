"""Lines of which something else came: what goes back to which stock when they are given back."""

from uuid import UUID

from tenants.inventory.services.move_stock import StockChange
from tenants.orders.models import LineRefund, OrderLine


def substitutes_taken(line: OrderLine, quantity: int, *, is_lost: bool) -> int:
    """Say how many of so many pieces given back are of what came instead.

    Who gives something back did not want what came instead; what is lost is what was ordered, as far as it goes.
    """
    if not is_lost:
        return min(quantity, line.substituted_quantity)
    ordered = line.quantity - line.refunded_quantity - line.substituted_quantity
    return max(0, quantity - ordered)


def back_in_stock(part: LineRefund) -> list[StockChange]:
    """Say what a part of a refund brings back to stock: what came instead to its own."""
    line = part.order_line
    instead = min(part.substitute_quantity, part.returned_quantity)
    changes = []
    if ordered := part.returned_quantity - instead:
        changes.append(
            StockChange(
                line.stock_id,
                on_hand_delta=ordered * line.stock_factor,
                ref_id=part.pk,
                warehouse_id=line.stock_place_id,
            )
        )
    if instead and line.substitute:
        changes.append(
            StockChange(
                UUID(line.substitute["sku_id"]),
                on_hand_delta=instead,
                ref_id=part.pk,
                warehouse_id=UUID(line.substitute["warehouse_id"]),
            )
        )
    return changes
