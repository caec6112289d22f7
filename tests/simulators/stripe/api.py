"""One API request from its parameters to its answer: route, check, replay or run, expand."""

import json
import re
import secrets
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from tests.simulators.stripe.params import check_params
from tests.simulators.stripe.resources import (
    balance,
    charges,
    checkout_sessions,
    customers,
    disputes,
    events,
    files,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    setup_intents,
)
from tests.simulators.stripe.store import Store, public
from tests.simulators.stripe.timeline import catch_up
from tests.simulators.stripe.wire import ApiError, Obj

Handler = Callable[..., Obj]
ID = r"([A-Za-z0-9_]+)"
SESSIONS = "/v1/checkout/sessions"

# method, path, the client's name for the parameters, who answers
TABLE: list[tuple[str, str, str, Handler]] = [
    ("POST", "/v1/customers", "CustomerCreateParams", customers.create),
    ("GET", "/v1/customers", "CustomerListParams", customers.list_all),
    ("GET", "/v1/customers/ID", "CustomerRetrieveParams", customers.retrieve),
    ("POST", "/v1/customers/ID", "CustomerUpdateParams", customers.update),
    ("DELETE", "/v1/customers/ID", "CustomerDeleteParams", customers.delete),
    ("GET", "/v1/customers/ID/payment_methods", "CustomerPaymentMethodListParams", payment_methods.list_of_customer),
    ("POST", "/v1/payment_methods", "PaymentMethodCreateParams", payment_methods.create),
    ("GET", "/v1/payment_methods", "PaymentMethodListParams", payment_methods.list_all),
    ("GET", "/v1/payment_methods/ID", "PaymentMethodRetrieveParams", payment_methods.retrieve),
    ("POST", "/v1/payment_methods/ID", "PaymentMethodUpdateParams", payment_methods.update),
    ("POST", "/v1/payment_methods/ID/attach", "PaymentMethodAttachParams", payment_methods.attach),
    ("POST", "/v1/payment_methods/ID/detach", "PaymentMethodDetachParams", payment_methods.detach),
    ("POST", "/v1/setup_intents", "SetupIntentCreateParams", setup_intents.create),
    ("GET", "/v1/setup_intents", "SetupIntentListParams", setup_intents.list_all),
    ("GET", "/v1/setup_intents/ID", "SetupIntentRetrieveParams", setup_intents.retrieve),
    ("POST", "/v1/setup_intents/ID/confirm", "SetupIntentConfirmParams", setup_intents.confirm),
    ("POST", "/v1/setup_intents/ID/cancel", "SetupIntentCancelParams", setup_intents.cancel),
    ("POST", "/v1/payment_intents", "PaymentIntentCreateParams", payment_intents.create),
    ("GET", "/v1/payment_intents", "PaymentIntentListParams", payment_intents.list_all),
    ("GET", "/v1/payment_intents/ID", "PaymentIntentRetrieveParams", payment_intents.retrieve),
    ("POST", "/v1/payment_intents/ID", "PaymentIntentUpdateParams", payment_intents.update),
    ("POST", "/v1/payment_intents/ID/confirm", "PaymentIntentConfirmParams", payment_intents.confirm),
    ("POST", "/v1/payment_intents/ID/cancel", "PaymentIntentCancelParams", payment_intents.cancel),
    ("GET", "/v1/charges", "ChargeListParams", charges.list_all),
    ("GET", "/v1/charges/ID", "ChargeRetrieveParams", charges.retrieve),
    ("POST", "/v1/charges/ID", "ChargeUpdateParams", charges.update),
    ("POST", "/v1/refunds", "RefundCreateParams", refunds.create),
    ("GET", "/v1/refunds", "RefundListParams", refunds.list_all),
    ("GET", "/v1/refunds/ID", "RefundRetrieveParams", refunds.retrieve),
    ("POST", "/v1/refunds/ID", "RefundUpdateParams", refunds.update),
    ("GET", "/v1/disputes", "DisputeListParams", disputes.list_all),
    ("GET", "/v1/disputes/ID", "DisputeRetrieveParams", disputes.retrieve),
    ("POST", "/v1/disputes/ID", "DisputeUpdateParams", disputes.update),
    ("POST", "/v1/disputes/ID/close", "DisputeCloseParams", disputes.close),
    ("POST", "/v1/files", "FileCreateParams", files.create),
    ("GET", "/v1/files", "FileListParams", files.list_all),
    ("GET", "/v1/files/ID", "FileRetrieveParams", files.retrieve),
    ("GET", "/v1/events", "EventListParams", events.list_all),
    ("GET", "/v1/events/ID", "EventRetrieveParams", events.retrieve),
    ("GET", "/v1/balance", "BalanceRetrieveParams", balance.retrieve),
    ("GET", "/v1/balance_transactions", "BalanceTransactionListParams", balance.list_transactions),
    ("GET", "/v1/balance_transactions/ID", "BalanceTransactionRetrieveParams", balance.retrieve_transaction),
    ("POST", "/v1/payouts", "PayoutCreateParams", payouts.create),
    ("GET", "/v1/payouts", "PayoutListParams", payouts.list_all),
    ("GET", "/v1/payouts/ID", "PayoutRetrieveParams", payouts.retrieve),
    ("POST", SESSIONS, "SessionCreateParams", checkout_sessions.create),
    ("GET", SESSIONS, "SessionListParams", checkout_sessions.list_all),
    ("GET", f"{SESSIONS}/ID", "SessionRetrieveParams", checkout_sessions.retrieve),
    ("GET", f"{SESSIONS}/ID/line_items", "SessionLineItemListParams", checkout_sessions.list_lines),
    ("POST", f"{SESSIONS}/ID/expire", "SessionExpireParams", checkout_sessions.expire),
]
ROUTES = [(method, re.compile(path.replace("ID", ID)), schema, run) for method, path, schema, run in TABLE]


@dataclass
class Answer:
    """Status, body and the headers that tell of a replay."""

    status: int
    body: Obj
    replayed: bool = False


def new_request_id() -> str:
    return f"req_{secrets.token_hex(7)}"


def find_route(method: str, path: str) -> tuple[str, Handler, tuple[str, ...]]:
    """This function will name the parameters' schema, the handler and the ids in the path.

    :raises ApiError: 404 for an address Stripe does not have, or this fake does not.
    """
    for verb, pattern, schema, run in ROUTES:
        if verb == method and (match := pattern.fullmatch(path)):
            return schema, run, match.groups()
    raise ApiError(404, f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs.")


def begin_idempotent(store: Store, key: str, *, method: str, path: str, params: Obj) -> Answer | None:
    """This function will return the saved answer for a key, or reserve the key for the caller.

    :raises ApiError: 400 when the key was used for something else, 409 while its first request is still running.
    """
    if len(key) > 255:
        raise ApiError(400, "Idempotency keys can be no longer than 255 characters.", type="idempotency_error")
    print_of = fingerprint(method, path, params)
    with store.lock:
        saved = store.saved_answers.get(key)
        if saved is not None and saved["fingerprint"] != print_of:
            raise ApiError(
                400,
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{key}' if you meant to execute a different request.",
                type="idempotency_error",
            )
        if key in store.keys_in_use:
            raise ApiError(
                409,
                "There is currently another in-progress request using this Idempotent Key. Please try again later.",
                type="idempotency_error",
                code="idempotency_key_in_use",
            )
        if saved is not None:
            return Answer(saved["status"], saved["body"], replayed=True)
        store.keys_in_use.add(key)
    return None


def remember(store: Store, key: str, answer: Answer, *, method: str, path: str, params: Obj) -> None:
    """This function will keep an answer under its key, errors of the endpoint included."""
    kept = {"fingerprint": fingerprint(method, path, params), "status": answer.status, "body": answer.body}
    with store.lock:
        store.saved_answers[key] = kept


def fingerprint(method: str, path: str, params: Obj) -> str:
    return sha256(json.dumps([method, path, params], sort_keys=True).encode()).hexdigest()


def run_request(
    store: Store, run: Handler, params: Obj, refs: tuple[str, ...], *, request_id: str, key: str | None
) -> Answer:
    """This function will run one handler alone and turn what comes out into an answer."""
    with store.lock:
        store.request = {"id": request_id, "idempotency_key": key}
        try:
            catch_up(store)
            result = run(store, params, *refs)
            return Answer(200, expand(store, public(result), params.get("expand", [])))
        except ApiError as error:
            return Answer(error.status, {"error": public(error.body)})
        except Exception:  # a bug of the fake must look like Stripe's 500, and be seen
            traceback.print_exc()
            return Answer(500, {"error": {"type": "api_error", "message": "An unknown error occurred"}})
        finally:
            store.request = {"id": None, "idempotency_key": None}
            store.changed.set()


def expand(store: Store, body: Obj, paths: list[str]) -> Obj:
    for path in paths:
        expand_path(store, body, path.split("."), whole=path)
    return body


def expand_path(store: Store, here: Any, parts: list[str], *, whole: str) -> None:
    if isinstance(here, list):
        for each in here:
            expand_path(store, each, parts, whole=whole)
        return
    name, *rest = parts
    if not isinstance(here, dict) or name not in here:
        raise ApiError(400, f"This property cannot be expanded ({whole}).", param="expand")
    if isinstance(here[name], str):
        found = store.objects.get(here[name])
        if found is None:
            raise ApiError(400, f"This property cannot be expanded ({whole}).", param="expand")
        here[name] = public(found)
    if rest and here[name] is not None:
        expand_path(store, here[name], rest, whole=whole)


def check_request(method: str, path: str, given: Obj) -> tuple[Handler, Obj, tuple[str, ...]]:
    """This function will find who answers and check the parameters against the client's declarations."""
    schema, run, refs = find_route(method, path)
    return run, check_params(schema, given), refs
