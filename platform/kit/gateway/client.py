"""Speaking to Stripe: one client for the settings, and every kind of trouble given one of three names."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager

import stripe
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused

# Nothing but the request itself goes out
stripe.enable_telemetry = False


class GatewayUnknown(Refused):
    """No answer to trust: it may or may not have happened, and only asking again will tell."""

    code, kind = "gateway_unknown", Kind.CONFLICT
    sentence = _("支付通道暂时没有回应，请稍后再看结果。")


class GatewayRefused(Refused):
    """The card or Stripe's rules say no; ``facts`` carries ``decline_code``, ``message`` and ``ref`` (or None)."""

    code, kind = "gateway_refused", Kind.PAYMENT
    sentence = _("支付通道拒绝了这次操作。")


class GatewayMisuse(Exception):
    """We asked for something impossible: a bug or a wrong setting, not an event of the business."""


def gateway() -> stripe.StripeClient:
    """This function will return the client for ``settings.LINLI_STRIPE`` (api_key, api_base, timeout in seconds).

    :raises GatewayMisuse: there is no key.
    """
    given = settings.LINLI_STRIPE
    if not given["api_key"]:
        raise GatewayMisuse("LINLI_STRIPE has no api_key")
    return client_for(str(given["api_key"]), str(given["api_base"]), float(str(given["timeout"])))


@functools.cache
def client_for(api_key: str, api_base: str, timeout: float) -> stripe.StripeClient:
    return stripe.StripeClient(
        api_key,
        base_addresses={"api": api_base, "files": api_base} if api_base else None,
        # Retrying is the caller's decision: it has written the attempt down and knows its key
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=timeout),
    )


@contextmanager
def asking() -> Iterator[None]:
    """This function will translate whatever Stripe's client raises inside.

    :raises GatewayUnknown, GatewayRefused, GatewayMisuse:
    """
    try:
        yield
    except stripe.CardError as error:
        raise refused_by(error) from error
    except stripe.IdempotencyError as error:
        raise GatewayMisuse(str(error)) from error
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        # 409 comes as APIError too: the first request with this key is still running, its end not known yet
        raise GatewayUnknown(reason=str(error)) from error
    except stripe.StripeError as error:
        raise GatewayMisuse(str(error)) from error


def refused_by(error: stripe.StripeError) -> GatewayRefused:
    """This function will make a refusal of Stripe's error, with the code that says most."""
    body = error_body(error)
    return GatewayRefused(
        decline_code=body.get("decline_code") or body.get("code"),
        message=body.get("message", ""),
        ref=intent_in(error),
    )


def error_body(error: stripe.StripeError) -> dict[str, object]:
    """This function will return the ``error`` object of Stripe's answer, or an empty one."""
    told = error.json_body.get("error") if isinstance(error.json_body, dict) else None
    return told if isinstance(told, dict) else {}


def intent_in(error: stripe.StripeError) -> str | None:
    intent = error_body(error).get("payment_intent")
    return str(intent["id"]) if isinstance(intent, dict) else None
