"""The ways to pay. Each method is a module or an object that speaks one provider's language; call it outside any
transaction."""

from datetime import datetime
from typing import Protocol

from tenants.payments.channels import ChannelMissing
from tenants.payments.methods import balance, sandbox
from tenants.payments.methods.outside import Outside
from tenants.payments.news import About, Charged, MethodUnreachable, Opened, PaymentNews, RefundNews
from tenants.payments.ways import WAYS


class Method(Protocol):
    """What a method can do. Every call may be repeated: the provider knows it by its key.

    Any of them raises ``MethodUnreachable`` when the provider does not answer; ``open_charge`` also
    ``MethodRejected``.
    """

    def open_charge(
        self, *, key: str, amount_minor: int, currency: str, now: datetime, about: About | None = None
    ) -> Opened:
        """Ask for the money; say where the shopper pays."""

    def read_charge(self, *, key: str, handle: str = "") -> PaymentNews | None:
        """Ask what became of a charge; None when the provider knows of none."""

    def close_charge(self, *, key: str, handle: str = "") -> PaymentNews | None:
        """Take back an unpaid charge; tell what it is now, which may be paid. None as above."""

    def refund(self, *, key: str, charge_key: str, amount_minor: int, charged: Charged | None = None) -> RefundNews:
        """Give money back."""

    def read_refund(self, *, key: str, charge_key: str, charged: Charged | None = None) -> RefundNews | None:
        """Ask what became of a refund; None when the provider knows of none."""


METHODS: dict[str, Method] = {"sandbox": sandbox, "balance": balance}


def method_of(code: str) -> Method:
    """Find the method behind a way to pay; a company's speaks with this store's keys.

    :raises MethodUnreachable: the store has no keys for it that can be opened: what became of it is not known.
    """
    if code in METHODS:
        return METHODS[code]
    try:
        return Outside(WAYS[code])
    except ChannelMissing as missing:
        raise MethodUnreachable("no keys") from missing
