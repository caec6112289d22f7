"""Closing one order that was not paid."""

from datetime import datetime

from tenants.campaigns.services.change_quota import QuotaChange, change_quota
from tenants.campaigns.services.seats import release_seat
from tenants.delivery.slots import free_slot
from tenants.integrations.services.announce import announce
from tenants.inventory.services.release import release
from tenants.journal.services import Actor, record
from tenants.orders.models import Order
from tenants.orders.services import close
from tenants.orders.told import told
from tenants.sales.services.points_of_order import free_points
from tenants.sales.services.settle_deposit import end_deposit
from tenants.sales.services.shared_coupon import let_coupon_go
from tenants.sales.stock import stock_lines


def close_unpaid(*, order: Order, reason: str, actor: Actor, now: datetime, gives_deposit_back: bool = False) -> None:
    """Close a locked order awaiting payment and give its goods and coupon back, in the caller's transaction.

    A deposit (预售) goes by the rule the order was placed under, or back.
    """
    lines = list(order.lines.order_by("id"))
    close(order=order, reason=reason, at=now)
    record(what="order.closed", subject=order, at=now, actor=actor, reason=reason)
    announce(kind="order.closed", key=f"{order.pk}:{now.isoformat()}", about=told(order), at=now)
    end_deposit(order=order, gives_back=gives_deposit_back, reason=reason, actor=actor, now=now)
    let_coupon_go(order=order, now=now)  # before the stock, as when an order is placed
    free_points(order=order, lines=lines)
    release(lines=stock_lines(lines), at=now)
    change_quota(changes=[QuotaChange(line.campaign_item_id, taken=-line.quantity) for line in lines])
    free_slot(slot=order.slot)
    release_seat(order_id=order.pk, at=now)
