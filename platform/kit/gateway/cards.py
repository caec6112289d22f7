"""Cards: saved once by their owner on Stripe's page, then charged when a bill is due."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

import stripe

from kit.gateway.client import GatewayMisuse, asking, error_body, gateway

# Where we write our own words into Stripe's objects, to find them again
OUR_REF = "linli_ref"
OUR_KEY = "linli_key"


class ChargeState(StrEnum):
    """Where a charge stands. There is no "unknown" here: that is an exception, ``GatewayUnknown``."""

    SUCCEEDED = "succeeded"
    REQUIRES_ACTION = "requires_action"  # the cardholder must confirm (3-D Secure)
    PROCESSING = "processing"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class CardSetup:
    """Stripe's page where a card is saved; ``id`` is what ``read_card_setup`` wants."""

    id: str
    url: str


@dataclass(frozen=True, kw_only=True)
class SavedCard:
    """A card that may be charged without its owner. Compare ``customer_ref`` with yours before keeping it."""

    customer_ref: str
    payment_method_ref: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, kw_only=True)
class ChargeResult:
    """One charge as Stripe holds it now. ``amount`` is in minor units; ``message`` is Stripe's English, for staff.

    ``action_url`` is where the cardholder confirms; it is None when they were absent: see ``ask_cardholder``.
    """

    state: ChargeState
    ref: str
    amount: int
    currency: str
    decline_code: str | None
    message: str
    action_url: str | None


def ensure_customer(*, ref: str, name: str, email: str) -> str:
    """This function will return Stripe's customer for our reference ``ref``, making it when there is none.

    Safe to repeat. Keep the answer: a customer whose e-mail changed since is not found again, but made anew.

    :raises GatewayUnknown, GatewayMisuse:
    """
    with asking():
        for known in gateway().v1.customers.list({"email": email, "limit": 100}).auto_paging_iter():
            if known.to_dict()["metadata"].get(OUR_REF) == ref:
                return known.id
        # The words are part of the key: the same ref with another name is another request to Stripe
        words = sha256(f"{ref}\n{name}\n{email}".encode()).hexdigest()[:16]
        made = gateway().v1.customers.create(
            {"name": name, "email": email, "metadata": {OUR_REF: ref}},
            {"idempotency_key": f"customer:{ref}:{words}"},
        )
        return made.id


def open_card_setup(*, customer_ref: str, success_url: str, cancel_url: str, key: str) -> CardSetup:
    """This function will open Stripe's page where the merchant saves a card for later bills.

    ``{CHECKOUT_SESSION_ID}`` in ``success_url`` becomes the setup's id. The page lives 24 hours.

    :raises GatewayUnknown, GatewayMisuse:
    """
    with asking():
        session = gateway().v1.checkout.sessions.create(
            {
                "mode": "setup",
                "customer": customer_ref,
                "allowed_payment_method_types": ["card"],
                "success_url": success_url,
                "cancel_url": cancel_url,
            },
            {"idempotency_key": key},
        )
    return CardSetup(id=session.id, url=session.url or "")


def read_card_setup(*, setup_id: str) -> SavedCard | None:
    """This function will return the card saved on that page, or None while there is none, or no such page.

    The id comes back through the merchant's browser: believe nothing but ``customer_ref`` in the answer.

    :raises GatewayUnknown, GatewayMisuse:
    """
    with asking():
        try:
            session = gateway().v1.checkout.sessions.retrieve(setup_id, {"expand": ["setup_intent.payment_method"]})
        except stripe.InvalidRequestError as error:
            if error.code == "resource_missing":
                return None
            raise
    told = session.to_dict()
    if told["status"] != "complete" or told["mode"] != "setup" or not told["customer"]:
        return None
    method = told["setup_intent"]["payment_method"]
    card = method["card"]
    return SavedCard(
        customer_ref=told["customer"],
        payment_method_ref=method["id"],
        brand=card["brand"],
        last4=card["last4"],
        exp_month=card["exp_month"],
        exp_year=card["exp_year"],
    )


def charge_saved_card(
    *,
    customer_ref: str,
    payment_method_ref: str,
    amount: int,
    currency: str,
    description: str,
    metadata: Mapping[str, str],
    key: str,
    return_url: str | None = None,
) -> ChargeResult:
    """This function will charge a saved card, once for each ``key``, and tell how it ended.

    A decline is a result, not an exception. Without ``return_url`` nobody sits before the screen: a card that wants
    its owner answers ``requires_action`` without an ``action_url``. With it, the owner is sent to ``action_url`` and
    comes back to ``return_url``. ``amount`` is in minor units; Stripe's smallest is about half a US dollar.

    Write the attempt down before calling. After ``GatewayUnknown`` call again with the same key, or ``find_charge``;
    never charge under another key before this one is known.

    :raises GatewayUnknown, GatewayMisuse:
    """
    if amount <= 0:
        raise GatewayMisuse(f"amount must be above zero, not {amount}")
    wish: stripe.params.PaymentIntentCreateParams = {
        "amount": amount,
        "currency": currency.lower(),
        "customer": customer_ref,
        "payment_method": payment_method_ref,
        "allowed_payment_method_types": ["card"],
        "confirm": True,
        "description": description,
        "metadata": {**metadata, OUR_KEY: key},
    }
    if return_url is None:
        wish["off_session"] = True
    else:
        wish["return_url"] = return_url
    with asking():
        try:
            intent = gateway().v1.payment_intents.create(wish, {"idempotency_key": key})
        except stripe.CardError as error:
            return result_of_decline(error)
    return result_of(intent.to_dict())


def ask_cardholder(*, ref: str, payment_method_ref: str, return_url: str, key: str) -> ChargeResult:
    """This function will try a charge again with its owner present, and say where they confirm it (``action_url``).

    For a charge that answered ``requires_action`` while its owner was absent.

    :raises GatewayUnknown, GatewayMisuse:
    """
    with asking():
        try:
            intent = gateway().v1.payment_intents.confirm(
                ref,
                {"payment_method": payment_method_ref, "return_url": return_url},
                {"idempotency_key": key},
            )
        except stripe.CardError as error:
            return result_of_decline(error)
    return result_of(intent.to_dict())


def abandon_charge(*, ref: str, key: str) -> ChargeResult:
    """This function will make sure that an unpaid charge can never be paid any more, and tell how it stands.

    Do this before charging the same bill again: an old confirmation page may still be open somewhere. When it was
    paid meanwhile, the answer is ``succeeded``.

    :raises GatewayUnknown, GatewayMisuse:
    """
    with asking():
        try:
            intent = gateway().v1.payment_intents.cancel(ref, None, {"idempotency_key": key})
        except stripe.InvalidRequestError as error:
            if error.code != "payment_intent_unexpected_state":
                raise
            intent = gateway().v1.payment_intents.retrieve(ref)
    return result_of(intent.to_dict())


def read_charge(*, ref: str) -> ChargeResult:
    """This function will return a charge as it stands now.

    :raises GatewayUnknown, GatewayMisuse: misuse also for a ref Stripe does not know.
    """
    with asking():
        intent = gateway().v1.payment_intents.retrieve(ref)
    return result_of(intent.to_dict())


def find_charge(*, customer_ref: str, key: str) -> ChargeResult | None:
    """This function will find a charge by the key it was made with.

    None says only that Stripe shows none yet: a request may still be on its way, so charge again with the same key.

    :raises GatewayUnknown, GatewayMisuse:
    """
    with asking():
        for intent in gateway().v1.payment_intents.list({"customer": customer_ref, "limit": 100}).auto_paging_iter():
            told = intent.to_dict()
            if told["metadata"].get(OUR_KEY) == key:
                return result_of(told)
    return None


def forget_card(*, payment_method_ref: str) -> None:
    """This function will take a card out of Stripe's vault; one that is gone already stays gone.

    :raises GatewayUnknown, GatewayMisuse:
    """
    with asking():
        try:
            gateway().v1.payment_methods.detach(payment_method_ref)
        except stripe.InvalidRequestError as error:
            if error.code != "resource_missing" and "not attached" not in (error.user_message or ""):
                raise


def result_of_decline(error: stripe.CardError) -> ChargeResult:
    intent = error_body(error).get("payment_intent")
    if not isinstance(intent, dict):
        raise GatewayMisuse(str(error))
    return result_of(intent)


def result_of(intent: dict[str, Any]) -> ChargeResult:
    """This function will read a payment intent the way a bill cares about it."""
    trouble = intent.get("last_payment_error") or {}
    decline_code = trouble.get("decline_code") or trouble.get("code")
    state = STATES.get(intent["status"], ChargeState.FAILED)
    if state is ChargeState.FAILED:
        if intent["status"] == "canceled":
            decline_code = "cancelled"
        elif decline_code == "authentication_required":
            state = ChargeState.REQUIRES_ACTION
    settled = state in (ChargeState.SUCCEEDED, ChargeState.PROCESSING)
    next_step = (intent.get("next_action") or {}).get("redirect_to_url") or {}
    return ChargeResult(
        state=state,
        ref=intent["id"],
        amount=intent["amount"],
        currency=intent["currency"].upper(),
        decline_code=None if settled else decline_code,
        message="" if settled else trouble.get("message") or "",
        action_url=next_step.get("url"),
    )


# "requires_payment_method" is how Stripe leaves an intent after a decline; unconfirmed ones never leave this module
STATES = {
    "succeeded": ChargeState.SUCCEEDED,
    "processing": ChargeState.PROCESSING,
    "requires_action": ChargeState.REQUIRES_ACTION,
}
