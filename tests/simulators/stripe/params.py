"""Refuses what the official client does not declare.

The ``stripe`` package carries a typed dictionary for every request. Reading those keeps the fake as strict as the
client of the same version, without a copy of Stripe's specification.
"""

import builtins
import functools
import inspect
import sys
import typing
from typing import Any

import stripe.params
import stripe.params.checkout
import typing_extensions
from stripe._request_options import RequestOptions
from stripe._stripe_object import UntypedStripeObject

from tests.simulators.stripe.wire import ApiError, Obj

# Per-request options share the typed dictionary with the parameters, but travel as headers
OPTIONS = frozenset(RequestOptions.__annotations__)
# Declared by Stripe, but they would change what happens in ways this fake does not play: say so, do not ignore
NOT_PLAYED = frozenset(
    {
        "application_fee_amount",
        "automatic_tax",
        "confirmation_token",
        "discounts",
        "hooks",
        "invoice_creation",
        "mandate",
        "on_behalf_of",
        "optional_items",
        "origin",
        "payment_method_data",
        "refund_application_fee",
        "reverse_transfer",
        "shipping_options",
        "source",
        "subscription_data",
        "transfer_data",
    }
)
TRUTHS = {"true": True, "false": False}


class Anything:
    """Stands for names the client imports for type checkers only."""

    def __class_getitem__(cls, item: Any) -> Any:
        return cls


class AnyNames(dict[str, Any]):
    """Looks names up in typing, then lets builtins be found, then settles for Anything."""

    def __missing__(self, name: str) -> Any:
        if hasattr(typing, name):
            return getattr(typing, name)
        if hasattr(builtins, name):
            raise KeyError(name)
        return Anything


def check_params(schema_name: str, params: Obj) -> Obj:
    """This function will return the parameters with their declared types, or refuse them as Stripe does.

    :raises ApiError: 400 for an unknown, missing or badly typed parameter.
    """
    schema = find_schema(schema_name)
    given = {key: value for key, value in params.items() if key != "expand"}
    checked: Obj = check_dict(schema, given, path="")
    for name in given:
        if name in NOT_PLAYED and not schema_name.endswith("ListParams"):
            raise ApiError(400, f"This simulator does not play the parameter {name}.", param=name)
    expand = params.get("expand")
    if expand:
        checked["expand"] = expand if isinstance(expand, list) else [expand]
    return checked


def find_schema(name: str) -> type:
    if name.startswith("Session"):
        return typing.cast(type, getattr(stripe.params.checkout, name))
    return typing.cast(type, getattr(stripe.params, name))


@functools.cache
def fields_of(schema: type) -> dict[str, Any]:
    module = vars(sys.modules[schema.__module__])
    found: dict[str, Any] = {}
    for name, annotation in schema.__annotations__.items():
        if name not in OPTIONS:
            found[name] = resolve(annotation, module)
    return found


def resolve(annotation: Any, module: dict[str, Any]) -> Any:
    """Strip NotRequired and look up forward references, so that only real types are left."""
    if isinstance(annotation, str | typing.ForwardRef):
        text = annotation if isinstance(annotation, str) else annotation.__forward_arg__
        return resolve(eval(text, {}, AnyNames(module)), module)
    origin = typing.get_origin(annotation)
    if origin in (typing_extensions.NotRequired, typing_extensions.Required):
        return resolve(typing.get_args(annotation)[0], module)
    return annotation


def check_dict(schema: type, value: Any, *, path: str) -> Any:
    if not isinstance(value, dict):
        raise ApiError(400, f"Invalid object: {path}", param=path)
    fields, module = fields_of(schema), vars(sys.modules[schema.__module__])
    required: frozenset[str] = getattr(schema, "__required_keys__", frozenset()) - OPTIONS
    for name in value:
        if name not in fields:
            where = inside(path, name)
            raise ApiError(400, f"Received unknown parameter: {where}", code="parameter_unknown", param=where)
    for name in sorted(required):
        if name not in value:
            where = inside(path, name)
            raise ApiError(400, f"Missing required param: {where}.", code="parameter_missing", param=where)
    return {name: check(fields[name], inner, module, path=inside(path, name)) for name, inner in value.items()}


def inside(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def check(expected: Any, value: Any, module: dict[str, Any], *, path: str) -> Any:
    expected = resolve(expected, module)
    origin, args = typing.get_origin(expected), typing.get_args(expected)
    if origin is typing.Union or str(origin) == "<class 'types.UnionType'>":
        return check_one_of([resolve(arg, module) for arg in args], value, module, path=path)
    if origin is typing.Literal:
        return check_literal(args, value, path=path)
    if origin is list:
        if not isinstance(value, list):
            raise ApiError(400, f"Invalid array: {path}", param=path)
        return [check(args[0], item, module, path=f"{path}[{at}]") for at, item in enumerate(value)]
    if origin in (dict, UntypedStripeObject):
        if not isinstance(value, dict):
            raise ApiError(400, f"Invalid object: {path}", param=path)
        return value
    if inspect.isclass(expected) and typing_extensions.is_typeddict(expected):
        return check_dict(expected, value, path=path)
    return check_scalar(expected, value, path=path)


def check_one_of(choices: list[Any], value: Any, module: dict[str, Any], *, path: str) -> Any:
    refusal: ApiError | None = None
    # Narrow choices first: a Literal or an int is more telling than str, which takes everything
    for choice in sorted(choices, key=lambda each: (each in (Any, Anything), each is str)):
        try:
            return check(choice, value, module, path=path)
        except ApiError as error:
            # An unknown field inside an object says more than "Invalid string"
            if refusal is None or "unknown" in error.body["message"]:
                refusal = error
    raise refusal or ApiError(400, f"Invalid value: {path}", param=path)


def check_literal(choices: tuple[Any, ...], value: Any, *, path: str) -> Any:
    if value in choices:
        return value
    listed = ", ".join(str(choice) for choice in choices[:12])
    raise ApiError(400, f"Invalid {path}: must be one of {listed}", param=path)


def check_scalar(expected: Any, value: Any, *, path: str) -> Any:
    if expected in (Any, Anything):
        return value
    if not isinstance(value, str):
        raise ApiError(400, f"Invalid string: {path}", param=path)
    if expected is int:
        if not value.lstrip("-").isdigit():
            raise ApiError(400, f"Invalid integer: {value}", code="parameter_invalid_integer", param=path)
        return int(value)
    if expected is bool:
        if value not in TRUTHS:
            raise ApiError(400, f"Invalid boolean: {value}", param=path)
        return TRUTHS[value]
    if expected is type(None):
        raise ApiError(400, f"Invalid value: {path}", param=path)
    return value
