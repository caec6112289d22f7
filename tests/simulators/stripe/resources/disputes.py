"""Disputes: the cardholder's bank takes the money back, and sometimes returns it."""

from tests.simulators.stripe.resources.balance import DAY, DISPUTE_FEE, book
from tests.simulators.stripe.resources.listing import list_of, merge_metadata
from tests.simulators.stripe.store import Store
from tests.simulators.stripe.wire import ApiError, Obj

EVIDENCE = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
)
FILES = {
    "cancellation_policy",
    "customer_communication",
    "customer_signature",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "shipping_documentation",
    "uncategorized_file",
}
ENDED = ("won", "lost", "warning_closed")


def open_dispute(store: Store, charge: Obj, *, reason: str, inquiry: bool = False, amount: int | None = None) -> Obj:
    """This function will dispute a paid charge; an inquiry takes no money yet."""
    if not charge["paid"] or charge["disputed"]:
        raise ApiError(400, f"Charge {charge['id']} cannot be disputed.")
    dispute = store.add(
        "dispute",
        {
            "amount": amount or charge["amount"] - charge["amount_refunded"],
            "balance_transactions": [],
            "charge": charge["id"],
            "currency": charge["currency"],
            "enhanced_eligibility_types": [],
            "evidence": {**dict.fromkeys(EVIDENCE), "enhanced_evidence": {}},
            "evidence_details": {
                "due_by": store.now() + 9 * DAY,
                "enhanced_eligibility": {},
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
                "submission_method": "not_submitted",
            },
            "is_charge_refundable": inquiry,
            "livemode": False,
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "payment_method_details": {
                "card": {
                    "brand": charge["payment_method_details"]["card"]["brand"],
                    "case_type": "inquiry" if inquiry else "chargeback",
                    "network": charge["payment_method_details"]["card"]["network"],
                    "network_reason_code": "10.4",
                },
                "type": "card",
            },
            "reason": reason,
            "status": "warning_needs_response" if inquiry else "needs_response",
        },
    )
    charge["disputed"], charge["_dispute_open"] = True, not inquiry
    store.emit("charge.dispute.created", dispute)
    if not inquiry:
        move_money(store, dispute, amount=-dispute["amount"], fee=DISPUTE_FEE, category="dispute")
        store.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def move_money(store: Store, dispute: Obj, *, amount: int, fee: int, category: str) -> None:
    entry = book(
        store,
        amount=amount,
        currency=dispute["currency"],
        kind="adjustment",
        source=dispute["id"],
        description=f"Chargeback {'withdrawal' if amount < 0 else 'reversal'} for {dispute['charge']}",
        fee=fee,
        category=category,
    )
    dispute["balance_transactions"].append(entry)


def end(store: Store, dispute: Obj, *, won: bool) -> Obj:
    """This function will close a dispute; a won one returns the amount and the fee."""
    if dispute["status"] in ENDED:
        raise ApiError(400, f"This dispute is already {dispute['status']}.")
    inquiry = dispute["status"].startswith("warning")
    dispute["status"] = "warning_closed" if inquiry else "won" if won else "lost"
    charge = store.get("charge", dispute["charge"])
    charge["_dispute_open"] = not (won or inquiry)
    if won and not inquiry:
        move_money(store, dispute, amount=dispute["amount"], fee=-DISPUTE_FEE, category="dispute_reversal")
        store.emit("charge.dispute.funds_reinstated", dispute)
    store.emit("charge.dispute.closed", dispute)
    return dispute


def update(store: Store, params: Obj, ref: str) -> Obj:
    dispute = store.get("dispute", ref)
    if dispute["status"] in ENDED:
        raise ApiError(400, "This dispute is already closed.")
    evidence = params.get("evidence") or {}
    for name in FILES & evidence.keys():
        if store.get("file", evidence[name], param=f"evidence[{name}]")["purpose"] != "dispute_evidence":
            raise ApiError(400, f"The file {evidence[name]} is no evidence.", param=f"evidence[{name}]")
    dispute["evidence"].update(evidence)
    dispute["metadata"] = merge_metadata(dispute["metadata"], params.get("metadata"))
    dispute["evidence_details"]["has_evidence"] = any(dispute["evidence"][name] for name in EVIDENCE)
    # Stripe submits unless told to wait; these two words decide a test dispute at once
    if evidence and params.get("submit", True):
        dispute["evidence_details"].update(submission_count=1, submission_method="manual")
        inquiry = dispute["status"].startswith("warning")
        dispute["status"] = "warning_under_review" if inquiry else "under_review"
        verdict = evidence.get("uncategorized_text")
        if verdict in ("winning_evidence", "losing_evidence"):
            return end(store, dispute, won=verdict == "winning_evidence")
    store.emit("charge.dispute.updated", dispute)
    return dispute


def close(store: Store, params: Obj, ref: str) -> Obj:
    return end(store, store.get("dispute", ref), won=False)


def retrieve(store: Store, params: Obj, ref: str) -> Obj:
    return store.get("dispute", ref)


def list_all(store: Store, params: Obj) -> Obj:
    return list_of(
        store,
        "dispute",
        params,
        url="/v1/disputes",
        charge=params.get("charge"),
        payment_intent=params.get("payment_intent"),
    )
