"""Charges: read only here; payment intents make them."""

from tests.simulators.stripe.resources.listing import list_of, merge_metadata
from tests.simulators.stripe.store import Store
from tests.simulators.stripe.wire import Obj


def retrieve(store: Store, params: Obj, ref: str) -> Obj:
    return store.get("charge", ref)


def update(store: Store, params: Obj, ref: str) -> Obj:
    charge = store.get("charge", ref)
    charge["description"] = params.get("description", charge["description"])
    charge["metadata"] = merge_metadata(charge["metadata"], params.get("metadata"))
    store.emit("charge.updated", charge)
    return charge


def list_all(store: Store, params: Obj) -> Obj:
    return list_of(
        store,
        "charge",
        params,
        url="/v1/charges",
        customer=params.get("customer"),
        payment_intent=params.get("payment_intent"),
    )
