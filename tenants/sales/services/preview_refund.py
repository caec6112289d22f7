"""What a refund would do, shown before anybody decides on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tenants.commissions.services.reverse import would_reverse
from tenants.orders.models import PAID_STATES, LineRefund
from tenants.orders.selectors import any_order
from tenants.payments.models import Payment
from tenants.payments.selectors import kept_payments_of
from tenants.sales.services.points_of_order import would_restore
from tenants.sales.services.refund_lines import (
    NotRefundable,
    WantedRefund,
    checked,
    fee_to_give_back,
    keep_recalled_out,
    take_from,
)


@dataclass(frozen=True, slots=True)
class RefundEffect:
    """Who gets and who loses what. Amounts in minor units of the order's currency."""

    parts: Sequence[LineRefund]
    amount_minor: int
    commission_minor: int  # what the leader loses
    by_payment: Sequence[tuple[Payment, int]]  # by which payment how much goes back
    returned: int  # pieces that can be sold again
    delivery_minor: int  # of it: the fee for bringing
    lost: int  # pieces that were handed out and do not come back
    points_back: int  # spent points that come back to the member
    points_gone: int  # earned ones that are taken back


def preview_refund(*, order_id: UUID, wanted: Sequence[WantedRefund]) -> RefundEffect:
    """Work out what ``refund_lines`` would do, and do nothing.

    :raises OrderMissing, NotRefundable, NothingToRefund, TooMuchRefunded:
    """
    order = any_order(order_id)
    if order.state not in PAID_STATES:
        raise NotRefundable
    lines = {line.pk: line for line in order.lines.all()}
    parts = [take_from(wish, lines[wish.line_id]) for wish in checked(wanted, lines)]
    keep_recalled_out(parts)
    fee = fee_to_give_back(order, list(lines.values()))
    amount = left = fee + sum(part.amount_minor for part in parts)
    by_payment = []
    for payment in kept_payments_of(order):
        share = min(left, payment.amount_minor - payment.refunding_minor)
        if share > 0:
            by_payment.append((payment, share))
            left -= share
    points_back, points_gone = would_restore(order=order, lines=list(lines.values()))
    return RefundEffect(
        parts=parts,
        amount_minor=amount,
        commission_minor=would_reverse([part.order_line for part in parts]),
        by_payment=by_payment,
        delivery_minor=fee,
        returned=sum(part.returned_quantity for part in parts),
        lost=sum(part.quantity - part.returned_quantity for part in parts),
        points_back=points_back,
        points_gone=points_gone,
    )
