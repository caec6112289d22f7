"""A payment company as a method of this store: the port's words turned into ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from kit.ports.payments.wechat import WeChat
from kit.ports.payments.words import ChargeNews, ChargeWish, RefundWish, Rejected, Unreachable
from kit.ports.payments.words import RefundNews as PortRefundNews
from tenants.payments.channels import callback_url, channel_of, company_of, store_address
from tenants.payments.models import PaymentState, RefundState
from tenants.payments.news import About, Charged, MethodRejected, MethodUnreachable, Opened, PaymentNews, RefundNews
from tenants.payments.ways import Way


class Outside:
    """One way to pay through a company, with this store's own keys. :raises ChannelMissing: it has none."""

    def __init__(self, way: Way) -> None:
        channel = channel_of(way.provider)
        if channel is None:
            raise MethodUnreachable("no channel")
        self.way, self.channel, self.company = way, channel, company_of(channel)

    def open_charge(
        self, *, key: str, amount_minor: int, currency: str, now: datetime, about: About | None = None
    ) -> Opened:
        """Ask the company for the money."""
        assert about is not None  # every story tells; only the sandbox does without
        with _in_our_words():
            payer = ""
            if self.way.kind == "jsapi" and isinstance(self.company, WeChat):
                payer = self.company.openid_of(about.payer_code)
            opened = self.company.open_charge(
                ChargeWish(
                    key=key,
                    amount_minor=amount_minor,
                    currency=currency,
                    title=about.title,
                    kind=self.way.kind,
                    expires_at=about.expires_at,
                    notify_url=callback_url(self.channel),
                    return_url=store_address() + about.return_to,
                    payer=payer,
                    payer_ip=about.payer_ip,
                )
            )
        return Opened(opened.redirect_url, opened.qr, opened.jsapi, opened.ref, opened.lasts)

    def read_charge(self, *, key: str, handle: str = "") -> PaymentNews | None:
        """Ask what became of a charge."""
        with _in_our_words():
            return _news(self.company.read_charge(key=key, ref=handle))

    def close_charge(self, *, key: str, handle: str = "") -> PaymentNews | None:
        """Take back an unpaid charge."""
        with _in_our_words():
            return _news(self.company.close_charge(key=key, ref=handle))

    def refund(self, *, key: str, charge_key: str, amount_minor: int, charged: Charged | None = None) -> RefundNews:
        """Give money back; a clear no is a failed refund."""
        assert charged is not None
        wish = RefundWish(
            key=key,
            charge_key=charge_key,
            charge_ref=charged.provider_ref,
            amount_minor=amount_minor,
            charged_minor=charged.amount_minor,
            currency=charged.currency,
            reason=charged.reason,
            notify_url=callback_url(self.channel),
        )
        try:
            with _in_our_words():
                return _refund_news(self.company.refund(wish))
        except MethodRejected as refusal:
            return RefundNews(key, RefundState.FAILED, "", failure=str(refusal)[:120])

    def read_refund(self, *, key: str, charge_key: str, charged: Charged | None = None) -> RefundNews | None:
        """Ask what became of a refund."""
        with _in_our_words():
            found = self.company.read_refund(
                key=key, charge_key=charge_key, ref=charged.provider_ref if charged else ""
            )
        return _refund_news(found) if found else None


def _news(told: ChargeNews | None) -> PaymentNews | None:
    if told is None:
        return None
    return PaymentNews(
        key=told.key,
        state=PaymentState(told.state.value),
        provider_ref=told.provider_ref,
        amount_minor=told.amount_minor,
        currency=told.currency,
        failure=told.failure,
    )


def _refund_news(told: PortRefundNews) -> RefundNews:
    return RefundNews(told.key, RefundState(told.state.value), told.provider_ref, failure=told.failure)


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except Unreachable as trouble:
        raise MethodUnreachable(str(trouble)) from trouble
    except Rejected as refusal:
        raise MethodRejected(str(refusal)) from refusal
