"""What a payment company is asked and what it answers, in our words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, Protocol

from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused


class Unreachable(Exception):
    """The company did not answer, or its answer cannot be trusted: whether it acted is not known."""


class Rejected(Exception):
    """The company said no; ``code`` is its own word for why."""

    def __init__(self, code: str, message: str = "") -> None:
        self.code, self.message = code, message
        super().__init__(f"{code} {message}".strip())


class BadNotice(Refused):
    """A notice that nobody we trust signed, or that is broken."""

    code, kind, sentence = "bad_signature", Kind.FORBIDDEN, _("签名不对，通知未接收。")


class StaleNotice(BadNotice):
    """The notice was signed too long ago, or in the future: somebody may have recorded it and play it again."""

    code, kind, sentence = "stale_notice", Kind.FORBIDDEN, _("通知已过期，未接收。")


class ForeignNotice(BadNotice):
    """Well signed, but for another account than the one this address belongs to."""

    code, kind, sentence = "foreign_notice", Kind.FORBIDDEN, _("通知里的收款账户不是本店的，未接收。")


class ChargeState(StrEnum):
    """Where a charge stands. Not knowing is an exception, ``Unreachable``."""

    PROCESSING = "processing"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUCCEEDED = "succeeded"


class RefundState(StrEnum):
    """Where a refund stands."""

    SENT = "sent"
    FAILED = "failed"
    SUCCEEDED = "succeeded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeWish:
    """A charge to be opened. ``kind`` is one of the adapter's own ways to pay; ``payer`` its name for the payer."""

    key: str
    amount_minor: int
    currency: str
    title: str
    kind: str
    expires_at: datetime
    notify_url: str
    return_url: str
    payer: str = ""
    payer_ip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Where the payer pays: a page to go to, a code to scan, or what the WeChat client is called with.

    ``ref`` is the company's own handle on the open charge, where it needs one to be asked about it; ``lasts`` how long
    this way to the charge is open, where that is shorter than the charge: asked for again by its key, there is another.
    """

    redirect_url: str = ""
    qr: str = ""
    jsapi: Mapping[str, str] = field(default_factory=dict)
    ref: str = ""
    lasts: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeNews:
    """What became of a charge. The amount is what the company moved, in minor units."""

    key: str
    state: ChargeState
    provider_ref: str = ""
    amount_minor: int = 0
    currency: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundWish:
    """Money to be given back. ``charge_ref`` is the company's name for the charge, ``charged_minor`` its amount."""

    key: str
    charge_key: str
    charge_ref: str
    amount_minor: int
    charged_minor: int
    currency: str
    reason: str
    notify_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundNews:
    """What became of a refund."""

    key: str
    state: RefundState
    provider_ref: str = ""
    amount_minor: int = 0
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One believed notice. It may be doubled, late or out of order: ask for the state of ``key`` before acting.

    ``id`` is the same for a repeat. ``refund_key`` is set when it speaks of a refund.
    """

    id: str
    kind: str
    key: str
    refund_key: str = ""
    said_at: datetime
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One movement on the company's statement of a day; the fee is what it kept, negative when it gave it back."""

    kind: Literal["charge", "refund"]
    key: str
    provider_ref: str
    amount_minor: int
    fee_minor: int
    currency: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """How a trial of the credentials ended; ``keep`` holds what should be kept from it (public certificates)."""

    is_good: bool
    code: str = ""
    said: str = ""
    expires_at: datetime | None = None
    keep: dict[str, Any] = field(default_factory=dict)


class Provider(Protocol):
    """One company, with one account's credentials in it. Every call may be repeated: it is known by its key.

    All but ``verify_notice`` use the network and raise ``Unreachable``; ``refund`` and ``open_charge`` also
    ``Rejected``.
    """

    def open_charge(self, wish: ChargeWish) -> Opened:
        """Ask for money, once a key."""

    def read_charge(self, *, key: str, ref: str) -> ChargeNews | None:
        """Ask what became of a charge; None when the company knows of none."""

    def close_charge(self, *, key: str, ref: str) -> ChargeNews | None:
        """Take back an unpaid charge; tell what it is now, which may be paid. None as above."""

    def refund(self, wish: RefundWish) -> RefundNews:
        """Give money back, once a key."""

    def read_refund(self, *, key: str, charge_key: str, ref: str) -> RefundNews | None:
        """Ask what became of a refund; None when the company knows of none."""

    def verify_notice(self, *, body: bytes, headers: Mapping[str, str], now: datetime) -> Notice:
        """Believe a notice or not, asking nobody. :raises BadNotice, StaleNotice, ForeignNotice:"""

    def read_statement(self, *, day: date) -> list[StatementLine]:
        """Read the statement of one day in China's time; empty when nothing moved."""

    def check(self) -> Check:
        """Try the credentials with a harmless question."""
