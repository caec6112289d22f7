"""Payment intents: one wish to be paid, from creation to money."""

from tests.simulators.stripe.resources.charging import pay
from tests.simulators.stripe.resources.customers import living
from tests.simulators.stripe.resources.listing import list_of, merge_metadata
from tests.simulators.stripe.resources.next_action import client_secret
from tests.simulators.stripe.resources.payment_methods import resolve, usable_by
from tests.simulators.stripe.store import Store
from tests.simulators.stripe.wire import ApiError, Obj

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
# Stripe's smallest charge is about half a US dollar; the list is docs.stripe.com/currencies, CNY by its value
SMALLEST = {"usd": 50, "eur": 50, "gbp": 30, "hkd": 400, "jpy": 50, "sgd": 50, "cny": 400}
LARGEST = 99_999_999


def create(store: Store, params: Obj) -> Obj:
    check_amount(params["amount"], params["currency"])
    if params.get("capture_method", "automatic") == "manual":
        raise ApiError(400, "This simulator does not know manual capture.", param="capture_method")
    if params.get("off_session") and not params.get("confirm"):
        raise ApiError(400, "off_session can only be used when confirm is true.", param="off_session")
    customer = params.get("customer")
    if customer:
        living(store, customer)
    types = params.get("allowed_payment_method_types")
    automatic = params.get("automatic_payment_methods") or {"enabled": True}
    intent = store.add(
        "payment_intent",
        {
            "allowed_payment_method_types": types,
            "amount": params["amount"],
            "amount_capturable": 0,
            "amount_details": {"tip": {}},
            "amount_received": 0,
            "application": None,
            "application_fee_amount": None,
            "automatic_payment_methods": (
                {"allow_redirects": automatic.get("allow_redirects", "always"), "enabled": True}
                if automatic["enabled"]
                else None
            ),
            "canceled_at": None,
            "cancellation_reason": None,
            "capture_method": params.get("capture_method", "automatic_async"),
            "client_secret": None,
            "confirmation_method": params.get("confirmation_method", "automatic"),
            "currency": params["currency"].lower(),
            "customer": customer,
            "description": params.get("description"),
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": False,
            "metadata": merge_metadata({}, params.get("metadata")),
            "next_action": None,
            "on_behalf_of": None,
            "payment_method": None,
            "payment_method_configuration_details": None,
            "payment_method_options": {
                "card": {
                    "installments": None,
                    "mandate_options": None,
                    "network": None,
                    "request_three_d_secure": "automatic",
                }
            },
            "payment_method_types": types or ["card"],
            "processing": None,
            "receipt_email": params.get("receipt_email"),
            "review": None,
            "setup_future_usage": params.get("setup_future_usage"),
            "shipping": None,
            "source": None,
            "statement_descriptor": params.get("statement_descriptor"),
            "statement_descriptor_suffix": params.get("statement_descriptor_suffix"),
            "status": "requires_payment_method",
            "transfer_data": None,
            "transfer_group": None,
        },
    )
    intent["client_secret"] = client_secret(intent)
    try:
        choose_method(store, intent, params)
    except ApiError:
        store.remove(intent)  # a bad method means that no intent was made
        raise
    store.emit("payment_intent.created", intent)
    return confirm_with(store, intent, params) if params.get("confirm") else intent


def check_amount(amount: int, currency: str) -> None:
    lowered = currency.lower()
    if lowered not in SMALLEST:
        raise ApiError(400, f"Invalid currency: {currency}.", param="currency")
    if amount < 1:
        raise ApiError(
            400, "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    if amount < SMALLEST[lowered]:
        raise ApiError(
            400,
            f"Amount must be at least {SMALLEST[lowered]} {lowered} (in its smallest unit).",
            code="amount_too_small",
            param="amount",
        )
    if amount > LARGEST:
        raise ApiError(400, "Amount must be no more than 999,999.99.", code="amount_too_large", param="amount")


def choose_method(store: Store, intent: Obj, params: Obj) -> None:
    if ref := params.get("payment_method"):
        intent["payment_method"] = usable_by(store, resolve(store, ref), intent["customer"])["id"]
        intent["status"] = "requires_confirmation"


def update(store: Store, params: Obj, ref: str) -> Obj:
    intent = store.get("payment_intent", ref)
    if intent["status"] in ("succeeded", "canceled", "processing") and set(params) - {"metadata", "description"}:
        raise unexpected_state(intent, "update")
    if "amount" in params:
        check_amount(params["amount"], intent["currency"])
        intent["amount"] = params["amount"]
    for name in ("description", "receipt_email", "setup_future_usage"):
        if name in params:
            intent[name] = params[name] or None
    intent["metadata"] = merge_metadata(intent["metadata"], params.get("metadata"))
    choose_method(store, intent, params)
    return intent


def confirm(store: Store, params: Obj, ref: str) -> Obj:
    return confirm_with(store, store.get("payment_intent", ref), params)


def confirm_with(store: Store, intent: Obj, params: Obj) -> Obj:
    if intent["status"] not in CONFIRMABLE:
        raise unexpected_state(intent, "confirm")
    choose_method(store, intent, params)
    if not intent["payment_method"]:
        raise ApiError(
            400,
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    automatic = intent["automatic_payment_methods"] or {}
    wants_return = automatic.get("allow_redirects") == "always" and intent["allowed_payment_method_types"] != ["card"]
    if wants_return and not params.get("off_session") and not params.get("return_url"):
        raise ApiError(
            400,
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of "
            "these payment methods might redirect your customer off of your page, you must provide a `return_url`.",
            param="return_url",
            payment_intent=intent,
        )
    return pay(
        store,
        intent,
        off_session=bool(params.get("off_session")),
        return_url=params.get("return_url"),
        refuse_action=bool(params.get("error_on_requires_action")),
    )


def cancel(store: Store, params: Obj, ref: str) -> Obj:
    intent = store.get("payment_intent", ref)
    if intent["status"] in ("succeeded", "canceled", "processing"):
        raise unexpected_state(intent, "cancel")
    intent.update(
        status="canceled",
        next_action=None,
        canceled_at=store.now(),
        cancellation_reason=params.get("cancellation_reason"),
    )
    store.emit("payment_intent.canceled", intent)
    return intent


def unexpected_state(intent: Obj, verb: str) -> ApiError:
    status = intent["status"]
    because = (
        "it has already succeeded after being previously confirmed"
        if status == "succeeded" and verb == "confirm"
        else f"it has a status of {status}"
    )
    return ApiError(
        400,
        f"You cannot {verb} this PaymentIntent because {because}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )


def retrieve(store: Store, params: Obj, ref: str) -> Obj:
    return store.get("payment_intent", ref)


def list_all(store: Store, params: Obj) -> Obj:
    return list_of(store, "payment_intent", params, url="/v1/payment_intents", customer=params.get("customer"))
