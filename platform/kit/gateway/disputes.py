"""Disputes: reading one, and answering the cardholder's bank."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import stripe

from kit.gateway.client import asking, gateway, refused_by


@dataclass(frozen=True, kw_only=True)
class DisputeResult:
    """One dispute as Stripe holds it now. ``state`` is Stripe's word; money in minor units, all of it positive."""

    ref: str
    charge_ref: str  # as ChargeResult.ref
    state: str
    amount: int
    currency: str
    reason: str
    due_by: datetime | None
    withdrawn: int
    returned: int
    fee: int
    fee_returned: int
    opened_at: datetime


def upload_evidence(*, content: bytes, name: str, key: str) -> str:
    """This function will give Stripe a PDF, JPEG or PNG for a dispute, and return its reference.

    :raises GatewayRefused: Stripe does not take the file.
    :raises GatewayUnknown, GatewayMisuse:
    """
    file = BytesIO(content)
    file.name = name
    with asking():
        try:
            kept = gateway().v1.files.create({"purpose": "dispute_evidence", "file": file}, {"idempotency_key": key})
        except stripe.InvalidRequestError as error:
            raise refused_by(error) from error
    return kept.id


def answer_dispute(
    *, ref: str, explanation: str, email: str, key: str, files: Mapping[str, str] | None = None
) -> DisputeResult:
    """This function will hand in our side of a dispute. It can be done once; after that the bank decides.

    ``files`` are references of ``upload_evidence`` by the name of Stripe's box for them.

    :raises GatewayRefused: it is closed, or too late.
    :raises GatewayUnknown, GatewayMisuse:
    """
    evidence: stripe.params.DisputeUpdateParamsEvidence = {"uncategorized_text": explanation}
    if email:
        evidence["customer_email_address"] = email
    evidence.update(files or {})  # type: ignore[typeddict-item]
    with asking():
        try:
            answered = gateway().v1.disputes.update(
                ref, {"evidence": evidence, "submit": True}, {"idempotency_key": key}
            )
        except stripe.InvalidRequestError as error:
            raise refused_by(error) from error
    return dispute_of(answered.to_dict())


def dispute_of(told: dict[str, Any]) -> DisputeResult:
    """This function will read Stripe's dispute, from an answer or from an event."""
    moved = told.get("balance_transactions") or []
    taken, back = [line for line in moved if line["amount"] < 0], [line for line in moved if line["amount"] > 0]
    due_by = (told.get("evidence_details") or {}).get("due_by")
    return DisputeResult(
        ref=told["id"],
        charge_ref=str(told.get("payment_intent") or ""),
        state=told["status"],
        amount=told["amount"],
        currency=told["currency"].upper(),
        reason=told["reason"],
        due_by=datetime.fromtimestamp(due_by, tz=UTC) if due_by else None,
        withdrawn=-sum(line["amount"] for line in taken),
        returned=sum(line["amount"] for line in back),
        fee=sum(line["fee"] for line in taken),
        fee_returned=-sum(line["fee"] for line in back),
        opened_at=datetime.fromtimestamp(told["created"], tz=UTC),
    )
