"""The ways to pay. Each method is a module that speaks one provider's language; call it outside any transaction."""

from datetime import datetime
from typing import Protocol

from tenants.payments.methods import sandbox
from tenants.payments.news import PaymentNews, RefundNews


class Method(Protocol):
    """What a method can do. Every call may be repeated: the provider knows it by its key.

    Any of them raises ``MethodUnreachable`` when the provider does not answer.
    """

    def open_charge(self, *, key: str, amount_minor: int, currency: str, now: datetime) -> str:
        """Ask for the money; return the path to which the shopper is sent."""

    def cashier_path(self, *, key: str) -> str:
        """Say again to which path the shopper is sent, asking nobody."""

    def read_charge(self, *, key: str) -> PaymentNews | None:
        """Ask what became of a charge; None when the provider knows of none."""

    def close_charge(self, *, key: str) -> PaymentNews | None:
        """Take back an unpaid charge; tell what it is now, which may be paid. None as above."""

    def refund(self, *, key: str, charge_key: str, amount_minor: int) -> RefundNews:
        """Give money back."""


METHODS: dict[str, Method] = {"sandbox": sandbox}
