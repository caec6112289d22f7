"""Refunds: money back to the card it came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

import stripe

from kit.gateway.client import GatewayMisuse, asking, gateway, refused_by

Reason = Literal["duplicate", "fraudulent", "requested_by_customer"]
# Stripe has no code of its own for "more than is left", only these words
TOO_MUCH = "greater than unrefunded amount"
REFUSALS = ("charge_already_refunded", "charge_disputed", "balance_insufficient")


class RefundState(StrEnum):
    """Where a refund stands. A succeeded one may still fail days later; a webhook tells."""

    SUCCEEDED = "succeeded"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class RefundResult:
    """One refund as Stripe holds it now; ``amount`` in minor units, ``charge_ref`` as ``ChargeResult.ref``."""

    state: RefundState
    ref: str
    charge_ref: str
    amount: int
    currency: str


def refund(*, charge_ref: str, amount: int, reason: Reason, metadata: Mapping[str, str], key: str) -> RefundResult:
    """This function will give back part or all of a charge, once for each ``key``. ``amount`` is in minor units.

    :raises GatewayRefused: more than is left, already given back, or disputed; facts tell ``decline_code``.
    :raises GatewayUnknown, GatewayMisuse:
    """
    if amount <= 0:
        raise GatewayMisuse(f"amount must be above zero, not {amount}")
    with asking():
        try:
            made = gateway().v1.refunds.create(
                {"payment_intent": charge_ref, "amount": amount, "reason": reason, "metadata": dict(metadata)},
                {"idempotency_key": key},
            )
        except stripe.InvalidRequestError as error:
            if error.code in REFUSALS or TOO_MUCH in (error.user_message or ""):
                raise refused_by(error) from error
            raise
    return result_of(made.to_dict())


def read_refund(*, ref: str) -> RefundResult:
    """This function will return a refund as it stands now.

    :raises GatewayUnknown, GatewayMisuse:
    """
    with asking():
        found = gateway().v1.refunds.retrieve(ref)
    return result_of(found.to_dict())


def result_of(told: dict[str, Any]) -> RefundResult:
    return RefundResult(
        state=STATES.get(told["status"], RefundState.PENDING),
        ref=told["id"],
        charge_ref=told["payment_intent"],
        amount=told["amount"],
        currency=told["currency"].upper(),
    )


STATES = {"succeeded": RefundState.SUCCEEDED, "failed": RefundState.FAILED, "canceled": RefundState.FAILED}
