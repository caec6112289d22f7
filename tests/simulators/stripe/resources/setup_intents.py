"""Setup intents: saving a card for payments without its owner."""

from tests.simulators.stripe.cards import declined, declined_object
from tests.simulators.stripe.resources.customers import living
from tests.simulators.stripe.resources.listing import list_of, merge_metadata
from tests.simulators.stripe.resources.next_action import client_secret, next_action
from tests.simulators.stripe.resources.payment_methods import attach_to, card_behind, resolve, usable_by
from tests.simulators.stripe.store import Store
from tests.simulators.stripe.wire import ApiError, Obj

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(store: Store, params: Obj) -> Obj:
    if customer := params.get("customer"):
        living(store, customer)
    types = params.get("allowed_payment_method_types")
    intent = store.add(
        "setup_intent",
        {
            "application": None,
            "allowed_payment_method_types": types,
            "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
            "cancellation_reason": None,
            "client_secret": None,
            "customer": customer,
            "description": params.get("description"),
            "flow_directions": None,
            "last_setup_error": None,
            "latest_attempt": None,
            "livemode": False,
            "mandate": None,
            "metadata": merge_metadata({}, params.get("metadata")),
            "next_action": None,
            "on_behalf_of": None,
            "payment_method": None,
            "payment_method_configuration_details": None,
            "payment_method_options": {
                "card": {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
            },
            "payment_method_types": types or ["card"],
            "single_use_mandate": None,
            "status": "requires_payment_method",
            "usage": params.get("usage", "off_session"),
        },
    )
    intent["client_secret"] = client_secret(intent)
    store.emit("setup_intent.created", intent)
    if ref := params.get("payment_method"):
        intent["payment_method"] = usable_by(store, resolve(store, ref), customer)["id"]
        intent["status"] = "requires_confirmation"
    return confirm_with(store, intent, params) if params.get("confirm") else intent


def confirm(store: Store, params: Obj, ref: str) -> Obj:
    return confirm_with(store, store.get("setup_intent", ref), params)


def confirm_with(store: Store, intent: Obj, params: Obj) -> Obj:
    if intent["status"] not in CONFIRMABLE:
        raise ApiError(
            400,
            f"You cannot confirm this SetupIntent because it has a status of {intent['status']}.",
            code="setup_intent_unexpected_state",
            setup_intent=intent,
        )
    if ref := params.get("payment_method"):
        intent["payment_method"] = usable_by(store, resolve(store, ref), intent["customer"])["id"]
    if not intent["payment_method"]:
        raise ApiError(
            400,
            "You cannot confirm this SetupIntent because it's missing a payment method.",
            code="setup_intent_unexpected_state",
            setup_intent=intent,
        )
    card = card_behind(store.get("payment_method", intent["payment_method"]))
    if card.decline:
        raise fail(store, intent, card.decline)
    if card.auth in ("always", "unless_set_up"):
        intent["status"] = "requires_action"
        intent["next_action"] = next_action(store, intent, return_url=params.get("return_url"))
        store.emit("setup_intent.requires_action", intent)
        return intent
    return succeed(store, intent)


def fail(store: Store, intent: Obj, decline: str) -> ApiError:
    """This function will record the refusal and return the 402 that tells of it."""
    method = store.get("payment_method", intent["payment_method"])
    intent.update(
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        last_setup_error=declined_object(decline, method),
    )
    store.emit("setup_intent.setup_failed", intent)
    return declined(decline, setup_intent=intent, payment_method=method)


def succeed(store: Store, intent: Obj) -> Obj:
    method = store.get("payment_method", intent["payment_method"])
    method["_set_up"] = True
    intent.update(status="succeeded", next_action=None, last_setup_error=None)
    store.emit("setup_intent.succeeded", intent)
    if intent["customer"]:
        attach_to(store, method, intent["customer"])
    return intent


def authenticate(store: Store, intent: Obj, *, approved: bool) -> Obj:
    """This function will carry the cardholder's answer to the 3-D Secure question back to the intent."""
    if intent["status"] != "requires_action":
        return intent
    if approved:
        return succeed(store, intent)
    method = store.get("payment_method", intent["payment_method"])
    intent.update(status="requires_payment_method", payment_method=None, next_action=None)
    intent["last_setup_error"] = {
        "code": "setup_intent_authentication_failure",
        "message": "The latest attempt to set up the payment method has failed because authentication failed.",
        "payment_method": method,
        "type": "invalid_request_error",
    }
    store.emit("setup_intent.setup_failed", intent)
    return intent


def cancel(store: Store, params: Obj, ref: str) -> Obj:
    intent = store.get("setup_intent", ref)
    if intent["status"] in ("succeeded", "canceled"):
        raise ApiError(
            400,
            f"You cannot cancel this SetupIntent because it has a status of {intent['status']}.",
            code="setup_intent_unexpected_state",
            setup_intent=intent,
        )
    intent.update(status="canceled", next_action=None, cancellation_reason=params.get("cancellation_reason"))
    store.emit("setup_intent.canceled", intent)
    return intent


def retrieve(store: Store, params: Obj, ref: str) -> Obj:
    return store.get("setup_intent", ref)


def list_all(store: Store, params: Obj) -> Obj:
    return list_of(
        store,
        "setup_intent",
        params,
        url="/v1/setup_intents",
        customer=params.get("customer"),
        payment_method=params.get("payment_method"),
    )
