"""What the fake serves has the shape the official client declares: nothing required is missing, nothing is invented."""

import inspect
import typing
from io import BytesIO
from typing import Any

import pytest
import stripe
from stripe._list_object import ListObject
from stripe._stripe_object import StripeObject, UntypedStripeObject

from tests.simulators.stripe.fixtures import RunningFake

# Served by the API though no class declares them; a list inside an object is checked by its own class
FREE = {"doc_url", "request_log_url", "stripe_js", "three_d_secure_redirect"}
RESOURCES = {
    "customer": stripe.Customer,
    "payment_method": stripe.PaymentMethod,
    "setup_intent": stripe.SetupIntent,
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
    "balance": stripe.Balance,
    "balance_transaction": stripe.BalanceTransaction,
    "payout": stripe.Payout,
    "file": stripe.File,
    "checkout.session": stripe.checkout.Session,
}


def fields_of(cls: type) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in inspect.getmro(cls):
        if issubclass(each, StripeObject) and each.__module__ != "stripe._stripe_object":
            for name, annotation in vars(each).get("__annotations__", {}).items():
                if not name.startswith("_") and "ClassVar" not in str(annotation):
                    found.setdefault(name, annotation)
    return found


def may_be_absent(annotation: Any) -> bool:
    return type(None) in typing.get_args(annotation)


def faults_of(cls: type, served: dict[str, Any], where: str) -> list[str]:
    declared, inner = fields_of(cls), getattr(cls, "_inner_class_types", {})
    faults = [
        f"{where}.{name} is required and missing or null"
        for name, annotation in declared.items()
        if not may_be_absent(annotation) and served.get(name) is None
    ]
    faults += [f"{where}.{name} is not declared" for name in served if name not in declared and name not in FREE]
    for name, value in served.items():
        if name not in declared:
            continue
        faults += wrong_type(declared[name], value, f"{where}.{name}")
        for at, each in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(each, dict):
                nested = inner.get(name) or RESOURCES.get(each.get("object", ""))
                if nested is not None:
                    faults += faults_of(nested, each, f"{where}.{name}[{at}]")
    return faults


def wrong_type(annotation: Any, value: Any, where: str) -> list[str]:
    """Plain types and Literals are compared; whatever the client leaves open is left open."""
    options = [each for each in (typing.get_args(annotation) or (annotation,)) if each is not type(None)]
    if value is None or typing.get_origin(annotation) in (list, ListObject, UntypedStripeObject):
        return []
    if options in ([int], [str], [bool]) and type(value) is not options[0]:
        return [f"{where} is {type(value).__name__}, declared {options[0].__name__}"]
    if typing.get_origin(annotation) is typing.Literal and value not in typing.get_args(annotation):
        return [f"{where} is {value!r}, not one of the declared words"]
    literals = [each for each in options if typing.get_origin(each) is typing.Literal]
    if literals and isinstance(value, str) and len(literals) + options.count(str) == len(options):
        words = {word for each in literals for word in typing.get_args(each)}
        if value not in words:
            return [f"{where} is {value!r}, not one of {sorted(words)}"]
    return []


@pytest.fixture
def lived(stripe_fake: RunningFake, client: stripe.StripeClient) -> dict[str, list[dict[str, Any]]]:
    """Objects of every kind, in as many states as a short life gives them."""
    owner = client.v1.customers.create({"name": "x", "email": "a@example.cn"})
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": owner.id})
    bare: Any = {"amount": 9900, "currency": "cny", "customer": owner.id}
    kept: Any = {**bare, "payment_method": method.id, "confirm": True, "off_session": True}

    def pay(**more: Any) -> stripe.PaymentIntent:
        wish: Any = {**kept, **more}
        return client.v1.payment_intents.create(wish)

    paid = pay()
    client.v1.refunds.create({"payment_intent": paid.id, "amount": 100, "reason": "requested_by_customer"})
    client.v1.payment_intents.create(bare)
    client.v1.payment_intents.cancel(client.v1.payment_intents.create(bare).id, {"cancellation_reason": "duplicate"})
    for token in ("pm_card_chargeCustomerFail", "pm_card_radarBlock", "pm_card_threeDSecure2Required"):
        with pytest.raises(stripe.CardError):
            pay(payment_method=token)
    pay(payment_method="pm_card_threeDSecure2Required", off_session=False, return_url="https://x.cn/")
    for token in (
        "pm_card_createDispute",
        "pm_card_createDisputeInquiry",
        "pm_card_refundFail",
        "pm_card_bypassPending",
    ):
        pay(payment_method=token)
    client.v1.refunds.create({"payment_intent": pay(payment_method="pm_card_refundFail").id})
    client.v1.setup_intents.create({"customer": owner.id})
    client.v1.setup_intents.create(
        {"payment_method": "pm_card_authenticationRequiredOnSetup", "confirm": True, "return_url": "https://x.cn/"}
    )
    with pytest.raises(stripe.CardError):
        client.v1.setup_intents.create({"payment_method": "pm_card_chargeDeclined", "confirm": True})
    page = client.v1.checkout.sessions.create(
        {"mode": "setup", "customer": owner.id, "currency": "cny", "success_url": "https://x.cn/"}
    )
    client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "https://x.cn/",
            "line_items": [
                {"price_data": {"currency": "cny", "unit_amount": 500, "product_data": {"name": "x"}}, "quantity": 1}
            ],
        }
    )
    assert page.url is not None
    card = {"card_number": "4242424242424242", "card_expiry": "12/40", "card_cvc": "123"}
    stripe_fake.http.post(page.url, data=card)
    stripe_fake.pull("clock", advance_seconds=4 * 86400)
    stripe_fake.pull("payouts", currency="cny")
    every: Any = {"limit": 100}
    v1 = client.v1
    page_of_a_contract = BytesIO(b"%PDF-1.7")
    page_of_a_contract.name = "a.pdf"
    client.v1.files.create({"purpose": "dispute_evidence", "file": page_of_a_contract})
    lists: dict[str, Any] = {
        "file": v1.files.list(every),
        "customer": v1.customers.list(every),
        "payment_method": v1.payment_methods.list({"customer": owner.id}),
        "setup_intent": v1.setup_intents.list(every),
        "payment_intent": v1.payment_intents.list(every),
        "charge": v1.charges.list(every),
        "refund": v1.refunds.list(every),
        "dispute": v1.disputes.list(every),
        "event": v1.events.list(every),
        "balance_transaction": v1.balance_transactions.list(every),
        "payout": v1.payouts.list(every),
        "checkout.session": v1.checkout.sessions.list(every),
    }
    found = {kind: [each.to_dict() for each in listed.data] for kind, listed in lists.items()}
    return {**found, "balance": [v1.balance.retrieve().to_dict()]}


@pytest.mark.parametrize("kind", list(RESOURCES))
def test_every_object_has_the_declared_shape(lived: dict[str, list[dict[str, Any]]], kind: str) -> None:
    assert lived[kind]
    faults = {fault for each in lived[kind] for fault in faults_of(RESOURCES[kind], each, kind)}
    assert sorted(faults) == []


def test_events_carry_objects_of_the_declared_shape(lived: dict[str, list[dict[str, Any]]]) -> None:
    faults = set()
    for event in lived["event"]:
        subject = event["data"]["object"]
        faults |= set(faults_of(RESOURCES[subject["object"]], subject, subject["object"]))
    assert sorted(faults) == []


def test_the_check_itself_sees_a_missing_and_an_invented_field(lived: dict[str, list[dict[str, Any]]]) -> None:
    broken = {**lived["charge"][0], "invented": 1}
    del broken["paid"]
    assert set(faults_of(stripe.Charge, broken, "charge")) == {
        "charge.paid is required and missing or null",
        "charge.invented is not declared",
    }
