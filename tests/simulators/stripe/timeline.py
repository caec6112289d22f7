"""What happens by itself as time passes."""

from tests.simulators.stripe.resources import checkout_sessions, payouts, refunds
from tests.simulators.stripe.store import Store


def catch_up(store: Store) -> None:
    """This function will do all that fell due: money becomes available, payouts land, pages expire."""
    now = store.now()
    for entry in store.newest("balance_transaction"):
        if entry["status"] == "pending" and entry["available_on"] <= now:
            entry["status"] = "available"
    for payout in store.newest("payout"):
        if payout["status"] == "pending" and payout["arrival_date"] <= now:
            payouts.arrive(store, payout)
    for refund in store.newest("refund"):
        if refund["_turns_at"] is not None and refund["_turns_at"] <= now:
            refunds.turn(store, refund)
    for session in store.newest("checkout.session"):
        if session["status"] == "open" and session["expires_at"] <= now:
            checkout_sessions.expire(store, {}, session["id"])
