"""Refunds: money back, never more than was taken."""

from tests.simulators.stripe.cards import CARDS
from tests.simulators.stripe.resources.balance import book
from tests.simulators.stripe.resources.listing import list_of, merge_metadata
from tests.simulators.stripe.store import Store
from tests.simulators.stripe.wire import ApiError, Obj

SETTLES_AFTER = 60  # seconds of the fake's time for the cards whose refunds take a turn later


def create(store: Store, params: Obj) -> Obj:
    charge = charge_of(store, params)
    left = charge["amount"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    if charge["disputed"] and charge.get("_dispute_open"):
        raise ApiError(
            400, f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
        )
    if left == 0:
        raise ApiError(400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if amount < 1:
        raise ApiError(400, "Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        raise ApiError(
            400,
            f"Refund amount ({amount} {charge['currency']}) is greater than unrefunded amount on charge "
            f"({left} {charge['currency']})",
            param="amount",
        )
    turn = CARDS[store.get("payment_method", charge["payment_method"])["_number"]].refund
    refund = store.add(
        "refund",
        {
            "amount": amount,
            "balance_transaction": None,
            "charge": charge["id"],
            "currency": charge["currency"],
            "destination_details": {
                "card": {
                    "reference_status": "pending",
                    "reference_type": "acquirer_reference_number",
                    "type": "refund",
                },
                "type": "card",
            },
            "metadata": merge_metadata({}, params.get("metadata")),
            "payment_intent": charge["payment_intent"],
            "payment_method": charge["payment_method"],
            "reason": params.get("reason"),
            "receipt_number": None,
            "source_transfer_reversal": None,
            "status": "pending" if turn == "pending_then_succeeds" else "succeeded",
            "transfer_reversal": None,
            "_turns_at": None if turn == "succeeded" else store.now() + SETTLES_AFTER,
        },
    )
    refund["balance_transaction"] = book(
        store,
        amount=-amount,
        currency=charge["currency"],
        kind="refund",
        source=refund["id"],
        description=f"REFUND FOR CHARGE ({charge['description'] or charge['id']})",
    )["id"]
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    store.emit("refund.created", refund)
    store.emit("charge.refunded", charge)
    return refund


def charge_of(store: Store, params: Obj) -> Obj:
    if ref := params.get("charge"):
        charge = store.get("charge", ref, param="charge")
    elif ref := params.get("payment_intent"):
        intent = store.get("payment_intent", ref, param="payment_intent")
        if intent["status"] != "succeeded":
            raise ApiError(
                400,
                f"This PaymentIntent ({ref}) does not have a successful charge to refund.",
                param="payment_intent",
            )
        charge = store.get("charge", intent["latest_charge"])
    else:
        raise ApiError(400, "One of the following params should be provided: payment_intent or charge.")
    if not charge["paid"]:
        raise ApiError(400, f"Charge {charge['id']} is not refundable: it failed.", param="charge")
    return charge


def turn(store: Store, refund: Obj) -> None:
    """This function will give a slow refund its second state: a pending one succeeds, an early one fails."""
    refund["_turns_at"] = None
    if refund["status"] == "pending":
        refund["status"] = "succeeded"
        store.emit("refund.updated", refund)
        return
    charge = store.get("charge", refund["charge"])
    refund["status"], refund["failure_reason"] = "failed", "lost_or_stolen_card"
    refund["failure_balance_transaction"] = book(
        store,
        amount=refund["amount"],
        currency=refund["currency"],
        kind="refund",
        source=refund["id"],
        description="REFUND FAILURE",
        category="refund_failure",
    )["id"]
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    store.emit("refund.failed", refund)


def retrieve(store: Store, params: Obj, ref: str) -> Obj:
    return store.get("refund", ref)


def update(store: Store, params: Obj, ref: str) -> Obj:
    refund = store.get("refund", ref)
    refund["metadata"] = merge_metadata(refund["metadata"], params.get("metadata"))
    store.emit("refund.updated", refund)
    return refund


def list_all(store: Store, params: Obj) -> Obj:
    return list_of(
        store,
        "refund",
        params,
        url="/v1/refunds",
        charge=params.get("charge"),
        payment_intent=params.get("payment_intent"),
    )
