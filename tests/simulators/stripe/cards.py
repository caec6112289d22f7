"""Stripe's documented test cards (docs.stripe.com/testing): what each number and token does."""

from dataclasses import dataclass
from typing import Any

from tests.simulators.stripe.wire import ApiError, Obj


@dataclass(frozen=True)
class Card:
    """What the issuer behind a test number does. ``auth`` is when it asks for 3-D Secure."""

    number: str
    brand: str = "visa"
    funding: str = "credit"
    country: str = "US"
    decline: str | None = None  # refuses to be saved and to pay
    charge_decline: str | None = None  # lets itself be saved, refuses to pay
    auth: str = "never"  # never | always | unless_set_up | set_up_already
    after_auth: str | None = None  # declines even after 3-D Secure
    dispute: str | None = None  # paid, then disputed with this reason
    inquiry: bool = False  # the dispute starts as a question
    available_at_once: bool = False
    refund: str = "succeeded"  # succeeded | pending_then_succeeds | succeeds_then_fails


# decline_code -> (code, message); a code that is no "card_declined" is its own error code
DECLINES: dict[str, tuple[str, str]] = {
    "generic_decline": ("card_declined", "Your card was declined."),
    "insufficient_funds": ("card_declined", "Your card has insufficient funds."),
    "lost_card": ("card_declined", "Your card was declined."),
    "stolen_card": ("card_declined", "Your card was declined."),
    "fraudulent": ("card_declined", "Your card was declined."),
    "card_velocity_exceeded": ("card_declined", "Your card was declined for making repeated attempts too frequently."),
    "test_mode_live_card": (
        "card_declined",
        "Your card was declined. Your request was in test mode, but used a non test card.",
    ),
    "expired_card": ("expired_card", "Your card has expired."),
    "incorrect_cvc": ("incorrect_cvc", "Your card's security code is incorrect."),
    "processing_error": (
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
    "authentication_required": (
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
    ),
}

CARDS = {
    card.number: card
    for card in (
        Card("4242424242424242"),
        Card("4000056655665556", funding="debit"),
        Card("5555555555554444", brand="mastercard"),
        Card("378282246310005", brand="amex"),
        Card("6200000000000005", brand="unionpay", country="CN"),
        Card("3566002020360505", brand="jcb", country="JP"),
        Card("6011111111111117", brand="discover"),
        Card("4000001560000002", country="CN"),
        Card("4000000000000002", decline="generic_decline"),
        Card("4000000000009995", decline="insufficient_funds"),
        Card("4000000000009987", decline="lost_card"),
        Card("4000000000009979", decline="stolen_card"),
        Card("4000000000000069", decline="expired_card"),
        Card("4000000000000127", decline="incorrect_cvc"),
        Card("4000000000000119", decline="processing_error"),
        Card("4000000000006975", decline="card_velocity_exceeded"),
        Card("4000000000000341", charge_decline="generic_decline"),
        Card("4100000000000019", charge_decline="fraudulent"),
        Card("4000002500003155", auth="unless_set_up"),
        Card("4000002760003184", auth="always"),
        Card("4000000000003220", auth="always"),
        Card("4000003800000446", auth="set_up_already"),
        Card("4000008260003178", auth="always", after_auth="insufficient_funds"),
        Card("4000008400001629", auth="always", after_auth="generic_decline"),
        Card("4000000000000259", dispute="fraudulent"),
        Card("4000000000002685", dispute="product_not_received"),
        Card("4000000000001976", dispute="fraudulent", inquiry=True),
        Card("4000000000000077", available_at_once=True),
        Card("4000000000007726", refund="pending_then_succeeds"),
        Card("4000000000005126", refund="succeeds_then_fails"),
    )
}

TOKENS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_visa_debit": "4000056655665556",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_amex": "378282246310005",
    "pm_card_unionpay": "6200000000000005",
    "pm_card_jcb": "3566002020360505",
    "pm_card_discover": "6011111111111117",
    "pm_card_cn": "4000001560000002",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_visa_chargeDeclinedLostCard": "4000000000009987",
    "pm_card_visa_chargeDeclinedStolenCard": "4000000000009979",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
    "pm_card_chargeDeclinedIncorrectCvc": "4000000000000127",
    "pm_card_chargeDeclinedProcessingError": "4000000000000119",
    "pm_card_visa_chargeDeclinedVelocityLimitExceeded": "4000000000006975",
    "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_radarBlock": "4100000000000019",
    "pm_card_authenticationRequiredOnSetup": "4000002500003155",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_threeDSecure2Required": "4000000000003220",
    "pm_card_threeDSecureRequired": "4000000000003220",
    "pm_card_authenticationRequiredSetupForOffSession": "4000003800000446",
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": "4000008260003178",
    "pm_card_threeDSecureRequiredChargeDeclined": "4000008400001629",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_createDisputeProductNotReceived": "4000000000002685",
    "pm_card_createDisputeInquiry": "4000000000001976",
    "pm_card_bypassPending": "4000000000000077",
    "pm_card_pendingRefund": "4000000000007726",
    "pm_card_refundFail": "4000000000005126",
}


def card_by_number(number: str) -> Card:
    """This function will return the test card with this number.

    :raises ApiError: 402, for a number that is no card and for a card that is not a test card.
    """
    digits = number.replace(" ", "").replace("-", "")
    if not digits.isdigit() or not 12 <= len(digits) <= 19 or not passes_luhn(digits):
        raise ApiError(
            402, "Your card number is incorrect.", type="card_error", code="incorrect_number", param="number"
        )
    if digits not in CARDS:
        raise declined("test_mode_live_card")
    return CARDS[digits]


def passes_luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def declined(decline_code: str, **more: Any) -> ApiError:
    """This function will make the 402 Stripe answers when the issuer refuses."""
    code, message = DECLINES[decline_code]
    if code in ("card_declined", "authentication_required"):
        more = {"decline_code": decline_code, **more}
    return ApiError(402, message, type="card_error", code=code, **more)


def declined_object(decline_code: str, payment_method: Obj) -> Obj:
    """The same refusal as it is kept in ``last_payment_error``."""
    return {**declined(decline_code).body, "payment_method": payment_method}
