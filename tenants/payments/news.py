"""What a payment method tells us, in our words."""

from dataclasses import dataclass

from tenants.payments.models import PaymentState, RefundState


class MethodUnreachable(Exception):
    """The provider did not answer: whether it acted is not known."""


@dataclass(frozen=True, slots=True)
class PaymentNews:
    """What became of one charge. ``key`` is the payment's key; the amount is what the provider moved, minor units."""

    key: str
    state: PaymentState
    provider_ref: str
    amount_minor: int
    currency: str
    failure: str = ""


@dataclass(frozen=True, slots=True)
class RefundNews:
    """What became of one refund. ``key`` is the refund's key."""

    key: str
    state: RefundState
    provider_ref: str
    failure: str = ""
