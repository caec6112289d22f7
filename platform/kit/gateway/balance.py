"""Stripe's own list of what moved our balance, and what it sent to our bank."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kit.gateway.client import asking, gateway


@dataclass(frozen=True, kw_only=True)
class Movement:
    """One line of Stripe's balance. Minor units; ``net`` = ``amount`` - ``fee``.

    ``intent_ref`` names the charge as ``ChargeResult.ref`` does, where the movement belongs to one.
    """

    ref: str
    category: str
    source_ref: str
    intent_ref: str
    amount: int
    fee: int
    currency: str
    occurred_at: datetime


@dataclass(frozen=True, kw_only=True)
class PaidOut:
    """Money that Stripe says has arrived at our bank, and the movements it is made of."""

    ref: str
    amount: int
    currency: str
    arrived_at: datetime
    movement_refs: tuple[str, ...]


def movements_since(moment: datetime) -> Iterator[Movement]:
    """This function will yield every movement created at or after a moment, the newest first.

    :raises GatewayUnknown, GatewayMisuse:
    """
    with asking():
        listed = gateway().v1.balance_transactions.list(
            {"created": {"gte": int(moment.timestamp())}, "limit": 100, "expand": ["data.source"]}
        )
        for line in listed.auto_paging_iter():
            yield movement_of(line.to_dict())


def movement_of(told: dict[str, Any]) -> Movement:
    source = told["source"]
    whole: dict[str, Any] = source if isinstance(source, dict) else {"id": source or ""}
    return Movement(
        ref=told["id"],
        category=told["reporting_category"],
        source_ref=whole["id"],
        intent_ref=str(whole.get("payment_intent") or ""),
        amount=told["amount"],
        fee=told["fee"],
        currency=told["currency"].upper(),
        occurred_at=datetime.fromtimestamp(told["created"], tz=UTC),
    )


def payouts_since(moment: datetime) -> Iterator[PaidOut]:
    """This function will yield every paid payout created at or after a moment, with what it is made of.

    :raises GatewayUnknown, GatewayMisuse:
    """
    with asking():
        listed = gateway().v1.payouts.list({"created": {"gte": int(moment.timestamp())}, "limit": 100})
        for payout in listed.auto_paging_iter():
            told = payout.to_dict()
            if told["status"] != "paid":
                continue
            lines = gateway().v1.balance_transactions.list({"payout": told["id"], "limit": 100})
            yield PaidOut(
                ref=told["id"],
                amount=told["amount"],
                currency=told["currency"].upper(),
                arrived_at=datetime.fromtimestamp(told["arrival_date"], tz=UTC),
                movement_refs=tuple(line.id for line in lines.auto_paging_iter() if line.type != "payout"),
            )
