"""A leader earns when an order is paid."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from tenants.commissions.models import CommissionEntry, CommissionRule, RuleScope
from tenants.commissions.rates import amount_of, rate_for, reason_for
from tenants.ledger.models import Book
from tenants.ledger.services import Side, post
from tenants.orders.models import Order, OrderLine


def accrue(*, order: Order, lines: Sequence[OrderLine], at: datetime) -> list[CommissionEntry]:
    """Write what the order's leader earns from each line, in the caller's transaction.

    One entry a line, also of nothing, so that each amount has its reason. ``lines`` carry campaign item and SKU.
    The base is the line's net amount; every line is rounded down by itself (market-and-domain.md C13).
    """
    rules = _rules_for(order, lines, at)
    entries = []
    for line in lines:
        rate = rate_for(
            item_ppm=line.campaign_item.commission_ppm,
            product_id=line.sku.product_id,
            leader_id=order.leader_id,
            rules=rules,
        )
        entries.append(
            CommissionEntry(
                leader_id=order.leader_id,
                order_line=line,
                base_minor=line.net_minor,
                rate_ppm=rate.ppm,
                amount_minor=amount_of(base_minor=line.net_minor, ppm=rate.ppm),
                currency=order.currency,
                rule=rate.rule,
                reason=reason_for(rate=rate, base_minor=line.net_minor, currency=order.currency),
                created_at=at,
            )
        )
    CommissionEntry.objects.bulk_create(entries)
    total = sum(entry.amount_minor for entry in entries)
    post(
        what="commission.accrued",
        subject_id=order.id,
        sides=[Side(Book.COMMISSION_EXPENSE, total), Side(Book.COMMISSION_PAYABLE, -total, order.leader_id)],
        currency=order.currency,
        at=at,
    )
    return entries


def _rules_for(order: Order, lines: Sequence[OrderLine], at: datetime) -> list[CommissionRule]:
    products = {line.sku.product_id for line in lines}
    rules = CommissionRule.objects.filter(
        Q(scope=RuleScope.STORE)
        | Q(scope=RuleScope.LEADER, scope_id=order.leader_id)
        | Q(scope=RuleScope.PRODUCT, scope_id__in=products),
        valid_from__lte=at,
    )
    return list(rules.order_by("-valid_from", "-id"))
