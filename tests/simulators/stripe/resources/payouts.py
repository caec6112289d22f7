"""Payouts: the balance goes to the bank."""

from tests.simulators.stripe.resources.balance import DAY, book
from tests.simulators.stripe.resources.listing import list_of, merge_metadata
from tests.simulators.stripe.store import Store
from tests.simulators.stripe.wire import ApiError, Obj


def create(store: Store, params: Obj) -> Obj:
    available = available_in(store, params["currency"])
    if params["amount"] > available:
        raise ApiError(
            400,
            "You have insufficient funds in your Stripe account for this transfer.",
            code="balance_insufficient",
            param="amount",
        )
    return send(store, amount=params["amount"], currency=params["currency"], params=params, automatic=False)


def available_in(store: Store, currency: str) -> int:
    return sum(
        each["net"]
        for each in store.newest("balance_transaction")
        if each["currency"] == currency and each["status"] == "available"
    )


def send(store: Store, *, amount: int, currency: str, params: Obj, automatic: bool) -> Obj:
    payout = store.add(
        "payout",
        {
            "amount": amount,
            "application_fee": None,
            "application_fee_amount": None,
            "arrival_date": store.now() - store.now() % DAY + 2 * DAY,
            "automatic": automatic,
            "balance_transaction": None,
            "currency": currency,
            "description": params.get("description", "STRIPE PAYOUT" if automatic else None),
            "destination": "ba_linli_simulated",
            "failure_balance_transaction": None,
            "failure_code": None,
            "failure_message": None,
            "livemode": False,
            "metadata": merge_metadata({}, params.get("metadata")),
            "method": params.get("method", "standard"),
            "original_payout": None,
            "payout_method": None,
            "reconciliation_status": "in_progress" if automatic else "not_applicable",
            "reversed_by": None,
            "source_type": "card",
            "statement_descriptor": params.get("statement_descriptor"),
            "status": "pending",
            "trace_id": {"status": "pending", "value": None},
            "type": "bank_account",
        },
    )
    entry = book(
        store,
        amount=-amount,
        currency=currency,
        kind="payout",
        source=payout["id"],
        description=payout["description"],
    )
    payout["balance_transaction"] = entry["id"]
    if automatic:
        entry["_payout"] = payout["id"]
    store.emit("payout.created", payout)
    return payout


def sweep(store: Store, *, currency: str) -> Obj | None:
    """This function will pay out all that is available, linking each movement to the payout, as Stripe does daily."""
    paid_out = [
        each
        for each in store.newest("balance_transaction")
        if each["currency"] == currency and each["status"] == "available" and each["_payout"] is None
    ]
    amount = sum(each["net"] for each in paid_out)
    if amount <= 0:
        return None
    payout = send(store, amount=amount, currency=currency, params={}, automatic=True)
    for each in paid_out:
        each["_payout"] = payout["id"]
    return payout


def arrive(store: Store, payout: Obj) -> None:
    """This function will mark a payout as landed at the bank."""
    payout["status"] = "paid"
    payout["trace_id"] = {"status": "supported", "value": payout["id"][-12:]}
    if payout["automatic"]:
        payout["reconciliation_status"] = "completed"
    store.emit("payout.paid", payout)


def retrieve(store: Store, params: Obj, ref: str) -> Obj:
    return store.get("payout", ref)


def list_all(store: Store, params: Obj) -> Obj:
    return list_of(store, "payout", params, url="/v1/payouts", status=params.get("status"))
