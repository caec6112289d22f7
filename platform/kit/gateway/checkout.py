"""Shoppers' cards on Stripe's own page, with the keys of the store that sells; in the words of kit.ports.payments."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import stripe

from kit.gateway.cards import OUR_KEY
from kit.gateway.client import GatewayMisuse, GatewayRefused, GatewayUnknown, asking, client_for
from kit.gateway.refunds import REFUSALS, TOO_MUCH
from kit.gateway.webhooks import BadSignature, verify_with
from kit.ports.payments.bills import CHINA
from kit.ports.payments.keys import StripeKeys
from kit.ports.payments.words import (
    BadNotice,
    ChargeNews,
    ChargeState,
    ChargeWish,
    Check,
    ForeignNotice,
    Notice,
    Opened,
    RefundNews,
    RefundState,
    RefundWish,
    Rejected,
    StatementLine,
    Unreachable,
)

_TIMEOUT = 8.0
_STATES = {"succeeded": RefundState.SUCCEEDED, "failed": RefundState.FAILED, "canceled": RefundState.FAILED}
_OVER = ("failed", "canceled")
_MOST_AGAIN = 20  # a day's retries of one refund, by hand
_MOVEMENTS = ("charge", "payment", "refund", "payment_refund", "refund_failure")
_CHARGE, _REFUND = "charge", "refund"


class Checkout:
    """One account at Stripe."""

    def __init__(self, keys: StripeKeys, *, host: str = "") -> None:
        self.keys = keys
        self._client = client_for(keys.api_key, host, _TIMEOUT)

    def open_charge(self, wish: ChargeWish) -> Opened:
        """Open Stripe's page; the same key is the same page."""
        with _trouble():
            session = self._client.v1.checkout.sessions.create(
                {
                    "mode": "payment",
                    "client_reference_id": wish.key,
                    "allowed_payment_method_types": ["card"],
                    "line_items": [
                        {
                            "quantity": 1,
                            "price_data": {
                                "currency": wish.currency.lower(),
                                "unit_amount": wish.amount_minor,
                                "product_data": {"name": wish.title},
                            },
                        }
                    ],
                    "metadata": {OUR_KEY: wish.key},
                    "payment_intent_data": {"metadata": {OUR_KEY: wish.key}},
                    "success_url": wish.return_url,
                    "cancel_url": wish.return_url,
                },
                {"idempotency_key": wish.key},
            )
        return Opened(redirect_url=session.url or "", ref=session.id)

    def read_charge(self, *, key: str, ref: str) -> ChargeNews | None:
        """Ask what became of a page. Without its id nobody was ever sent there."""
        if not ref:
            return None
        with _trouble():
            told = self._client.v1.checkout.sessions.retrieve(ref).to_dict()
        if told.get("client_reference_id") != key:
            raise Unreachable("the answer speaks of another payment")
        state = ChargeState.PROCESSING
        if told["payment_status"] == "paid":
            state = ChargeState.SUCCEEDED
        elif told["status"] == "expired":
            state = ChargeState.CANCELLED
        return ChargeNews(
            key=key,
            state=state,
            provider_ref=str(told.get("payment_intent") or "") if state is ChargeState.SUCCEEDED else "",
            amount_minor=told["amount_total"],
            currency=told["currency"].upper(),
        )

    def close_charge(self, *, key: str, ref: str) -> ChargeNews | None:
        """Let the page expire, then ask again: it may have been paid at that very moment."""
        if not ref:
            return None
        try:
            with _trouble():
                self._client.v1.checkout.sessions.expire(ref)
        except Rejected:
            pass  # complete or expired before: the question below tells
        return self.read_charge(key=key, ref=ref)

    def refund(self, wish: RefundWish) -> RefundNews:
        """Give money back to the card it came from, once a key; one that failed at the bank may be asked for again."""
        told = self._refunds(wish.key, wish.charge_ref)
        if told and told[0]["status"] not in _OVER:
            return _refund_news(told[0], wish.key)
        with _trouble():
            made = self._new_refund(wish, number=len(told))
        return _refund_news(made.to_dict(), wish.key)

    def read_refund(self, *, key: str, charge_key: str, ref: str) -> RefundNews | None:
        """Look through the charge's refunds for the newest with our key."""
        told = self._refunds(key, ref)
        return _refund_news(told[0], key) if told else None

    def verify_notice(self, *, body: bytes, headers: Mapping[str, str], now: datetime) -> Notice:
        """Believe an event signed with this endpoint's own secret, of this very account and its kind of money."""
        try:
            event = verify_with(
                secret=self.keys.webhook_secret,
                payload=body,
                signature=headers.get("Stripe-Signature", ""),
                now=now,
            )
        except (BadSignature, GatewayMisuse) as error:
            raise BadNotice(reason=str(error)) from error
        # Only events of accounts connected to this one name an account; test money buys nothing in a shop
        if event.payload.get("account") or bool(event.payload.get("livemode")) != ("_live_" in self.keys.api_key):
            raise ForeignNotice
        subject = event.payload["data"]["object"]
        key = str((subject.get("metadata") or {}).get(OUR_KEY, ""))
        is_refund = event.object_type == _REFUND
        return Notice(
            id=event.id,
            kind=event.type,
            key="" if is_refund else key,
            refund_key=key if is_refund else "",
            said_at=event.created,
            # A dispute carries no key of ours: it names the payment and says what the bank took or gave back
            payload={
                "object": event.object_id,
                OUR_KEY: key,
                "payment": str(subject.get("payment_intent") or ""),
                "amount_minor": subject.get("amount"),
            },
        )

    def read_statement(self, *, day: date) -> list[StatementLine]:
        """Read the day's charges and refunds from the balance, with Stripe's fee of each."""
        start = datetime.combine(day, time(), tzinfo=CHINA)
        bounds: Any = {"gte": int(start.timestamp()), "lt": int((start + timedelta(days=1)).timestamp())}
        found = []
        with _trouble():
            for moved in self._client.v1.balance_transactions.list(
                {"created": bounds, "limit": 100, "expand": ["data.source"]}
            ).auto_paging_iter():
                line = _line(moved.to_dict())
                if line:
                    found.append(line)
        return found

    def _new_refund(self, wish: RefundWish, *, number: int) -> stripe.Refund:
        """Ask for a refund under the first key to which Stripe does not merely repeat an old no.

        It keeps its first answer to a key for a day, also "your balance is short", which may be over. A no that is
        repeated made no refund, so asking under the next key cannot give anything twice; and every asker takes the
        same keys in the same order.
        """
        asked: Any = {
            "payment_intent": wish.charge_ref,
            "amount": wish.amount_minor,
            "reason": "requested_by_customer",
            "metadata": {OUR_KEY: wish.key},
        }
        for again in range(number, number + _MOST_AGAIN):
            key = wish.key + (f"-{again}" if again else "")
            try:
                return self._client.v1.refunds.create(asked, {"idempotency_key": key})
            except stripe.InvalidRequestError as refusal:
                if not _is_repeated(refusal) or again == number + _MOST_AGAIN - 1:
                    raise
        raise AssertionError("the last one is returned or raised")

    def _refunds(self, key: str, ref: str) -> list[dict[str, Any]]:
        """Find the refunds of a charge that bear our key, the newest first: more than one where the first failed."""
        if not ref:
            return []
        with _trouble():
            asked = self._client.v1.refunds.list({"payment_intent": ref, "limit": 100})
            found = [one.to_dict() for one in asked.auto_paging_iter()]
        return [one for one in found if (one.get("metadata") or {}).get(OUR_KEY) == key]

    def check(self) -> Check:
        """Ask for the balance."""
        try:
            with _trouble():
                self._client.v1.balance.retrieve()
        except Unreachable as trouble:
            return Check(is_good=False, code="unreachable", said=str(trouble))
        except Rejected as refusal:
            return Check(is_good=False, code=refusal.code, said=refusal.message)
        return Check(is_good=True)


def _is_repeated(refusal: stripe.StripeError) -> bool:
    told = {name.lower(): value for name, value in (refusal.headers or {}).items()}
    return told.get("idempotent-replayed") == "true"


def _refund_news(told: dict[str, Any], key: str) -> RefundNews:
    state = _STATES.get(told["status"], RefundState.SENT)
    return RefundNews(
        key=key,
        state=state,
        provider_ref=told["id"],
        amount_minor=told["amount"],
        failure=told.get("failure_reason") or "" if state is RefundState.FAILED else "",
    )


def _line(told: dict[str, Any]) -> StatementLine | None:
    source = told.get("source")
    if told["type"] not in _MOVEMENTS or not isinstance(source, dict):
        return None
    is_refund = "refund" in told["type"]
    # A refund that came back from the bank is money in: it stands against the one that went out
    sign = 1 if (told["amount"] < 0) is is_refund else -1
    # An account may be kept in another currency; what was charged is in the shop's
    is_kept_so = source["currency"] == told["currency"]
    return StatementLine(
        kind=_REFUND if is_refund else _CHARGE,  # type: ignore[arg-type]
        key=str((source.get("metadata") or {}).get(OUR_KEY, "")),
        provider_ref=source["id"] if is_refund else str(source.get("payment_intent") or source["id"]),
        amount_minor=sign * source["amount"],
        fee_minor=told["fee"] if is_kept_so else 0,
        currency=source["currency"].upper(),
        at=datetime.fromtimestamp(told["created"], tz=UTC),
    )


@contextmanager
def _trouble() -> Iterator[None]:
    try:
        with asking():
            try:
                yield
            except stripe.InvalidRequestError as error:
                if error.code in REFUSALS or TOO_MUCH in (error.user_message or ""):
                    raise Rejected(error.code or "invalid", error.user_message or "") from error
                raise
    except GatewayUnknown as trouble:
        raise Unreachable(str(trouble.facts.get("reason", ""))) from trouble
    except GatewayRefused as refusal:
        raise Rejected(
            str(refusal.facts.get("decline_code") or "refused"), str(refusal.facts.get("message", ""))
        ) from refusal
    except GatewayMisuse as misuse:
        raise Rejected("misuse", str(misuse)[:200]) from misuse
