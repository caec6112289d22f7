"""What a payment method tells us, in our words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tenants.payments.models import PaymentState, RefundState


class MethodUnreachable(Exception):
    """The provider did not answer: whether it acted is not known."""


class MethodRejected(Exception):
    """The provider said no, and nothing was done; the text is its own word for why."""


@dataclass(frozen=True, slots=True)
class About:
    """What a provider wants to know of a charge beside its amount."""

    title: str
    expires_at: datetime
    payer_code: str = ""  # what ``wx.login`` gave the mini program
    payer_ip: str = ""
    return_to: str = "/m/"


@dataclass(frozen=True, slots=True)
class Opened:
    """Where the shopper pays; ``handle`` is the provider's name for the open charge, where it needs one, ``lasts`` how
    long this way there is open, where that is not as long as the charge."""

    redirect_url: str = ""
    qr: str = ""
    jsapi: Mapping[str, str] = field(default_factory=dict)
    handle: str = ""
    lasts: timedelta | None = None

    def words(self, *, at: datetime) -> dict[str, object]:
        """Return what the client needs, as it is kept."""
        told: dict[str, object] = {"redirect_url": self.redirect_url, "qr": self.qr, "jsapi": dict(self.jsapi)}
        return told | {"until": (at + self.lasts).isoformat()} if self.lasts else told


@dataclass(frozen=True, slots=True)
class Charged:
    """The charge a refund belongs to, as the provider knows it."""

    provider_ref: str
    handle: str
    amount_minor: int
    currency: str
    reason: str


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
