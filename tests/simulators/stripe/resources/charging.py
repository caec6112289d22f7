"""What happens between "confirm" and the money: the issuer's answer, 3-D Secure, the charge."""

from tests.simulators.stripe.cards import Card, declined, declined_object
from tests.simulators.stripe.resources.balance import book
from tests.simulators.stripe.resources.disputes import open_dispute
from tests.simulators.stripe.resources.next_action import next_action
from tests.simulators.stripe.resources.payment_methods import attach_to, card_behind, has_expired
from tests.simulators.stripe.store import Store
from tests.simulators.stripe.wire import ApiError, Obj

AUTHENTICATION_FAILED = {
    "code": "payment_intent_authentication_failure",
    "message": "The provided payment method has failed authentication. You can provide payment_method_data or a new "
    "PaymentMethod to attempt to fulfill this PaymentIntent again.",
    "type": "invalid_request_error",
}


def pay(store: Store, intent: Obj, *, off_session: bool, return_url: str | None, refuse_action: bool = False) -> Obj:
    """This function will ask the issuer, and charge, refuse, or send the cardholder to 3-D Secure.

    :raises ApiError: 402 when the card is declined; the intent then waits for another payment method.
    """
    method = store.get("payment_method", intent["payment_method"])
    card = card_behind(method)
    if decline := issuer_refuses(store, card, method):
        raise refuse(store, intent, method, decline)
    if asks_for_owner(card, method, off_session=off_session):
        if off_session or refuse_action:
            raise refuse(store, intent, method, "authentication_required")
        intent["status"] = "requires_action"
        intent["next_action"] = next_action(store, intent, return_url=return_url)
        store.emit("payment_intent.requires_action", intent)
        return intent
    if store.next_payments_wait > 0:
        store.next_payments_wait -= 1
        intent.update(status="processing", next_action=None)
        store.emit("payment_intent.processing", intent)
        return intent
    return charge(store, intent, method)


def issuer_refuses(store: Store, card: Card, method: Obj) -> str | None:
    if has_expired(method["card"]["exp_year"], method["card"]["exp_month"], now=store.now()):
        return "expired_card"
    return card.decline or card.charge_decline


def asks_for_owner(card: Card, method: Obj, *, off_session: bool) -> bool:
    if card.auth == "unless_set_up":
        return not (off_session and method["_set_up"])
    if card.auth == "set_up_already":
        return not off_session
    return card.auth == "always"


def refuse(store: Store, intent: Obj, method: Obj, decline: str) -> ApiError:
    failed = add_charge(store, intent, method, decline=decline)
    intent.update(
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        latest_charge=failed["id"],
        last_payment_error={**declined_object(decline, method), "charge": failed["id"]},
    )
    store.emit("charge.failed", failed)
    store.emit("payment_intent.payment_failed", intent)
    return declined(decline, charge=failed["id"], payment_intent=intent, payment_method=method)


def charge(store: Store, intent: Obj, method: Obj) -> Obj:
    card = card_behind(method)
    paid = add_charge(store, intent, method, decline=None)
    paid["balance_transaction"] = book(
        store,
        amount=paid["amount"],
        currency=paid["currency"],
        kind="charge",
        source=paid["id"],
        description=paid["description"],
        at_once=card.available_at_once,
    )["id"]
    intent.update(
        status="succeeded",
        next_action=None,
        last_payment_error=None,
        amount_received=intent["amount"],
        latest_charge=paid["id"],
        processing=None,
    )
    if intent["customer"] and intent["setup_future_usage"]:
        method["_set_up"] = True
        attach_to(store, method, intent["customer"])
    elif not method["customer"]:
        method["_spent"] = True
    store.emit("charge.succeeded", paid)
    store.emit("payment_intent.succeeded", intent)
    if card.dispute:
        open_dispute(store, paid, reason=card.dispute, inquiry=card.inquiry)
    return intent


def authenticate(store: Store, intent: Obj, *, approved: bool) -> Obj:
    """This function will carry the cardholder's answer to the 3-D Secure question back to the intent."""
    if intent["status"] != "requires_action":
        return intent
    method = store.get("payment_method", intent["payment_method"])
    if not approved:
        intent.update(status="requires_payment_method", payment_method=None, next_action=None)
        intent["last_payment_error"] = {**AUTHENTICATION_FAILED, "payment_method": method}
        store.emit("payment_intent.payment_failed", intent)
        return intent
    if decline := card_behind(method).after_auth:
        refuse(store, intent, method, decline)
        return intent
    return charge(store, intent, method)


def settle_waiting(store: Store, intent: Obj, *, succeed: bool) -> Obj:
    """This function will end a payment that was left processing."""
    if intent["status"] != "processing":
        raise ApiError(400, f"{intent['id']} is not processing.")
    method = store.get("payment_method", intent["payment_method"])
    if succeed:
        return charge(store, intent, method)
    refuse(store, intent, method, "generic_decline")
    return intent


def add_charge(store: Store, intent: Obj, method: Obj, *, decline: str | None) -> Obj:
    refusal = declined(decline) if decline else None
    card, blocked = method["card"], decline == "fraudulent"
    made = store.add(
        "charge",
        {
            "amount": intent["amount"],
            "amount_captured": 0 if refusal else intent["amount"],
            "amount_refunded": 0,
            "application": None,
            "application_fee": None,
            "application_fee_amount": None,
            "balance_transaction": None,
            "billing_details": method["billing_details"],
            "calculated_statement_descriptor": intent["statement_descriptor"] or "LINLI",
            "captured": refusal is None,
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "disputed": False,
            "failure_balance_transaction": None,
            "failure_code": refusal.body["code"] if refusal else None,
            "failure_message": refusal.body["message"] if refusal else None,
            "fraud_details": {},
            "livemode": False,
            "metadata": dict(intent["metadata"]),
            "on_behalf_of": None,
            "outcome": {
                "advice_code": None,
                "network_advice_code": None,
                "network_decline_code": None,
                "network_status": "not_sent_to_network"
                if blocked
                else "declined_by_network"
                if refusal
                else "approved_by_network",
                "reason": "highest_risk_level" if blocked else decline,
                "risk_level": "highest" if blocked else "normal",
                "risk_score": 92 if blocked else 21,
                "seller_message": "The bank did not return any further details with this decline."
                if refusal
                else "Payment complete.",
                "type": "blocked" if blocked else "issuer_declined" if refusal else "authorized",
            },
            "paid": refusal is None,
            "payment_intent": intent["id"],
            "payment_method": method["id"],
            "payment_method_details": {
                "card": {
                    "amount_authorized": None if refusal else intent["amount"],
                    "authorization_code": None if refusal else "264091",
                    "brand": card["brand"],
                    "checks": card["checks"],
                    "country": card["country"],
                    "exp_month": card["exp_month"],
                    "exp_year": card["exp_year"],
                    "fingerprint": card["fingerprint"],
                    "funding": card["funding"],
                    "installments": None,
                    "last4": card["last4"],
                    "mandate": None,
                    "network": card["brand"],
                    "network_token": {"used": False},
                    "network_transaction_id": "104102978678771",
                    "three_d_secure": None,
                    "wallet": None,
                },
                "type": "card",
            },
            "radar_options": {},
            "receipt_email": intent["receipt_email"],
            "receipt_number": None,
            "receipt_url": None,
            "refunded": False,
            "review": None,
            "shipping": None,
            "source": None,
            "source_transfer": None,
            "statement_descriptor": intent["statement_descriptor"],
            "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
            "status": "failed" if refusal else "succeeded",
            "transfer_data": None,
            "transfer_group": None,
        },
    )
    if not refusal:
        made["receipt_url"] = f"{store.public_url}/pay/receipts/{made['id']}"
    return made
