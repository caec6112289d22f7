"""The balance: every movement of money with its fee, and what is available."""

from tests.simulators.stripe.resources.listing import list_of
from tests.simulators.stripe.store import Store
from tests.simulators.stripe.wire import Obj

DAY = 86_400
# Stripe's US list price, 2.9 % + 30; half a unit goes up
FEE_PPM, FEE_FIXED = 29_000, 30
DISPUTE_FEE = 1_500
CATEGORY = {"charge": "charge", "refund": "refund", "adjustment": "dispute", "payout": "payout"}


def book(
    store: Store,
    *,
    amount: int,
    currency: str,
    kind: str,
    source: str,
    description: str | None,
    at_once: bool = False,
    fee: int | None = None,
    category: str | None = None,
) -> Obj:
    """This function will write one balance transaction; charges carry the card fee unless told otherwise."""
    if fee is None:
        fee = (amount * FEE_PPM + 500_000) // 1_000_000 + FEE_FIXED if kind == "charge" else 0
    now = store.now()
    available_on = now if at_once or kind != "charge" else now - now % DAY + 2 * DAY
    return store.add(
        "balance_transaction",
        {
            "amount": amount,
            "available_on": available_on,
            "balance_type": "payments",
            "currency": currency,
            "description": description,
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [
                {
                    "amount": fee,
                    "application": None,
                    "currency": currency,
                    "description": "Dispute fee" if kind == "adjustment" else "Stripe processing fees",
                    "type": "stripe_fee",
                }
            ]
            if fee
            else [],
            "net": amount - fee,
            "reporting_category": category or CATEGORY[kind],
            "source": source,
            "status": "pending" if available_on > now else "available",
            "type": kind,
            "_payout": None,
        },
    )


def retrieve_transaction(store: Store, params: Obj, ref: str) -> Obj:
    return store.get("balance_transaction", ref)


def list_transactions(store: Store, params: Obj) -> Obj:
    return list_of(
        store,
        "balance_transaction",
        params,
        url="/v1/balance_transactions",
        currency=params.get("currency"),
        source=params.get("source"),
        type=params.get("type"),
        _payout=params.get("payout"),
    )


def retrieve(store: Store, params: Obj) -> Obj:
    return {
        "object": "balance",
        "available": totals(store, "available"),
        "livemode": False,
        "pending": totals(store, "pending"),
        "refund_and_dispute_prefunding": {"available": [], "pending": []},
    }


def totals(store: Store, status: str) -> list[Obj]:
    sums: dict[str, int] = {}
    for each in store.newest("balance_transaction"):
        sums.setdefault(each["currency"], 0)
        if each["status"] == status:
            sums[each["currency"]] += each["net"]
    return [
        {"amount": amount, "currency": currency, "source_types": {"card": amount}}
        for currency, amount in sorted(sums.items())
    ]
