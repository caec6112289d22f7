"""Payment methods: cards, kept or for one use."""

from datetime import UTC, datetime
from hashlib import sha256

from tests.simulators.stripe.cards import CARDS, TOKENS, Card, card_by_number, declined
from tests.simulators.stripe.resources.customers import living
from tests.simulators.stripe.resources.listing import list_of, merge_metadata
from tests.simulators.stripe.store import Store
from tests.simulators.stripe.wire import ApiError, Obj


def create(store: Store, params: Obj) -> Obj:
    if params.get("type", "card") != "card":
        raise ApiError(400, "This simulator only knows payment methods of type card.", param="type")
    given = params.get("card")
    if not given:
        raise ApiError(400, "Missing required param: card.", code="parameter_missing", param="card")
    if token := given.get("token"):
        raise ApiError(404, f"No such token: '{token}'", code="resource_missing", param="card[token]")
    for name in ("number", "exp_month", "exp_year"):
        if name not in given:
            raise ApiError(
                400, f"Missing required param: card[{name}].", code="parameter_missing", param=f"card[{name}]"
            )
    return from_number(
        store,
        number=given["number"],
        exp_month=given["exp_month"],
        exp_year=given["exp_year"],
        cvc=given.get("cvc"),
        name=(params.get("billing_details") or {}).get("name"),
        metadata=merge_metadata({}, params.get("metadata")),
    )


def from_number(
    store: Store,
    *,
    number: str,
    exp_month: int,
    exp_year: int,
    cvc: str | None,
    name: str | None = None,
    metadata: Obj | None = None,
) -> Obj:
    """This function will make a payment method from what is printed on a card.

    :raises ApiError: 402 for a wrong number, expiry or security code.
    """
    card = card_by_number(number)
    if not 1 <= exp_month <= 12:
        raise wrong_card("Your card's expiration month is invalid.", "invalid_expiry_month", "exp_month")
    exp_year += 2000 if exp_year < 100 else 0
    if has_expired(exp_year, exp_month, now=store.now()) or exp_year > 2100:
        raise wrong_card("Your card's expiration year is invalid.", "invalid_expiry_year", "exp_year")
    if cvc is not None and (not cvc.isdigit() or len(cvc) != cvc_length(card)):
        raise wrong_card("Your card's security code is invalid.", "invalid_cvc", "cvc")
    return from_card(
        store, card, exp_month=exp_month, exp_year=exp_year, cvc_given=bool(cvc), name=name, metadata=metadata
    )


def wrong_card(message: str, code: str, param: str) -> ApiError:
    return ApiError(402, message, type="card_error", code=code, param=param)


def has_expired(year: int, month: int, *, now: int) -> bool:
    today = datetime.fromtimestamp(now, tz=UTC)
    return (year, month) < (today.year, today.month)


def cvc_length(card: Card) -> int:
    return 4 if card.brand == "amex" else 3


def from_card(
    store: Store,
    card: Card,
    *,
    exp_month: int,
    exp_year: int,
    cvc_given: bool,
    name: str | None = None,
    metadata: Obj | None = None,
) -> Obj:
    return store.add(
        "payment_method",
        {
            "allow_redisplay": "unspecified",
            "billing_details": {
                "address": dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")),
                "email": None,
                "name": name,
                "phone": None,
                "tax_id": None,
            },
            "card": {
                "brand": card.brand,
                "checks": {
                    "address_line1_check": None,
                    "address_postal_code_check": None,
                    "cvc_check": "unchecked" if cvc_given else None,
                },
                "country": card.country,
                "display_brand": card.brand,
                "exp_month": exp_month,
                "exp_year": exp_year,
                "fingerprint": sha256(card.number.encode()).hexdigest()[:16],
                "funding": card.funding,
                "generated_from": None,
                "last4": card.number[-4:],
                "networks": {"available": [card.brand], "preferred": None},
                "regulated_status": "unregulated",
                "three_d_secure_usage": {"supported": card.brand != "amex"},
                "wallet": None,
            },
            "customer": None,
            "livemode": False,
            "metadata": metadata or {},
            "type": "card",
            "_number": card.number,
            "_set_up": card.auth == "set_up_already",
            "_spent": False,
        },
    )


def resolve(store: Store, ref: str, *, param: str = "payment_method") -> Obj:
    """This function will return the payment method; each use of a ``pm_card_…`` token makes a new one."""
    if ref in TOKENS:
        year = datetime.fromtimestamp(store.now(), tz=UTC).year + 1
        return from_card(store, CARDS[TOKENS[ref]], exp_month=12, exp_year=year, cvc_given=True)
    return store.get("payment_method", ref, param=param)


def card_behind(method: Obj) -> Card:
    return CARDS[method["_number"]]


def usable_by(store: Store, method: Obj, customer: str | None) -> Obj:
    """This function will check that a customer may pay with the method.

    :raises ApiError: 400 for a method of someone else, or one that was detached or used up.
    """
    if method["customer"] and method["customer"] != customer:
        raise ApiError(
            400,
            f"The customer does not have a payment method with the ID {method['id']}. "
            "The payment method must be attached to the customer.",
            param="payment_method",
        )
    if method["_spent"]:
        raise spent()
    return method


def spent() -> ApiError:
    return ApiError(
        400,
        "This PaymentMethod was previously used without being attached to a Customer or was detached from a "
        "Customer, and may not be used again.",
        param="payment_method",
    )


def attach(store: Store, params: Obj, ref: str) -> Obj:
    method = resolve(store, ref)
    customer = living(store, params["customer"])
    if method["customer"] and method["customer"] != customer["id"]:
        raise ApiError(400, "The payment method you provided has already been attached to a customer.")
    if method["_spent"]:
        raise spent()
    if decline := card_behind(method).decline:
        raise declined(decline)
    return attach_to(store, method, customer["id"])


def attach_to(store: Store, method: Obj, customer: str) -> Obj:
    if method["customer"] != customer:
        method["customer"] = customer
        method["card"]["checks"]["cvc_check"] = "pass" if method["card"]["checks"]["cvc_check"] else None
        store.emit("payment_method.attached", method)
    return method


def detach(store: Store, params: Obj, ref: str) -> Obj:
    method = store.get("payment_method", ref)
    owner = method["customer"]
    if not owner:
        raise ApiError(
            400, "The payment method you provided is not attached to a customer so detachment is impossible."
        )
    method["customer"], method["_spent"] = None, True
    settings = store.get("customer", owner)["invoice_settings"]
    if settings["default_payment_method"] == ref:
        settings["default_payment_method"] = None
    store.emit("payment_method.detached", method, previous={"customer": owner})
    return method


def retrieve(store: Store, params: Obj, ref: str) -> Obj:
    return store.get("payment_method", ref)


def update(store: Store, params: Obj, ref: str) -> Obj:
    method = store.get("payment_method", ref)
    if not method["customer"]:
        raise ApiError(400, "You must save this PaymentMethod to a customer before you can update it.")
    for name, value in (params.get("card") or {}).items():
        if name in ("exp_month", "exp_year"):
            method["card"][name] = value
    method["billing_details"].update(params.get("billing_details") or {})
    method["metadata"] = merge_metadata(method["metadata"], params.get("metadata"))
    store.emit("payment_method.updated", method)
    return method


def list_all(store: Store, params: Obj) -> Obj:
    if "customer" not in params:
        # Stripe lists only what is attached to someone
        return list_of(store, "payment_method", params, url="/v1/payment_methods", customer="")
    living(store, params["customer"])
    return list_of(
        store,
        "payment_method",
        params,
        url="/v1/payment_methods",
        customer=params["customer"],
        type=params.get("type"),
    )


def list_of_customer(store: Store, params: Obj, customer: str) -> Obj:
    return list_all(store, {**params, "customer": customer})
