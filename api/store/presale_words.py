"""How a presale with a deposit is paid, in a quote and in an order."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from api.shapes import moment, money
from api.store import examples
from api.store.words import MoneySerializer
from tenants.orders.models import Order
from tenants.orders.services import NewDeposit
from tenants.sales.presale import rule_sentence


class PresaleTermsSerializer(serializers.Serializer[Any]):
    """A deposit now, the balance between two moments. ``rule`` says what becomes of the deposit otherwise."""

    deposit = MoneySerializer()
    balance = MoneySerializer()
    balance_from = serializers.DateTimeField()
    balance_until = serializers.DateTimeField()
    keeps_deposit = serializers.BooleanField()
    rule = serializers.CharField()


class OrderPresaleSerializer(PresaleTermsSerializer):
    deposit_paid_at = serializers.DateTimeField(allow_null=True)


TERMS_EXAMPLE = {
    "deposit": examples.yuan(200),
    "balance": examples.yuan(880),
    "balance_from": "2026-11-25T10:00:00+08:00",
    "balance_until": "2026-11-27T22:00:00+08:00",
    "keeps_deposit": False,
    "rule": "尾款在 2026-11-25 10:00 到 2026-11-27 22:00 付清。到期未付，订单关闭，定金原路退回。",
}


def terms_shape(terms: NewDeposit, *, total_minor: int, currency: str) -> dict[str, Any]:
    """Write what is agreed to before a deposit is paid."""
    return _shape(
        deposit=terms.amount_minor,
        balance=total_minor - terms.amount_minor,
        currency=currency,
        balance_from=terms.balance_from,
        balance_until=terms.balance_until,
        is_kept=terms.is_kept,
    )


def presale_shape(order: Order) -> dict[str, Any] | None:
    """Write how an order is paid in two parts; none for one that is paid at once."""
    if order.deposit_minor is None or order.balance_from is None or order.balance_until is None:
        return None
    shape = _shape(
        deposit=order.deposit_minor,
        balance=order.total_minor - order.deposit_minor,
        currency=order.currency,
        balance_from=order.balance_from,
        balance_until=order.balance_until,
        is_kept=order.keeps_deposit,
    )
    return {**shape, "deposit_paid_at": moment(order.deposit_paid_at)}


def _shape(
    *, deposit: int, balance: int, currency: str, balance_from: datetime, balance_until: datetime, is_kept: bool
) -> dict[str, Any]:
    return {
        "deposit": money(deposit, currency),
        "balance": money(balance, currency),
        "balance_from": moment(balance_from),
        "balance_until": moment(balance_until),
        "keeps_deposit": is_kept,
        "rule": rule_sentence(balance_from=balance_from, balance_until=balance_until, is_kept=is_kept),
    }
