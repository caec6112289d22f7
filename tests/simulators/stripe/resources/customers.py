"""Customers: who pays."""

from tests.simulators.stripe.resources.listing import list_of, merge_metadata
from tests.simulators.stripe.store import Store
from tests.simulators.stripe.wire import Obj

CHANGEABLE = ("name", "email", "phone", "description", "address", "shipping", "preferred_locales", "tax_exempt")


def create(store: Store, params: Obj) -> Obj:
    customer = store.add(
        "customer",
        {
            "address": None,
            "balance": params.get("balance", 0),
            "currency": None,
            "default_source": None,
            "delinquent": False,
            "description": None,
            "email": None,
            "invoice_prefix": None,
            "invoice_settings": {
                "custom_fields": None,
                "default_payment_method": None,
                "footer": None,
                "rendering_options": None,
            },
            "livemode": False,
            "metadata": merge_metadata({}, params.get("metadata")),
            "name": None,
            "next_invoice_sequence": 1,
            "phone": None,
            "preferred_locales": [],
            "shipping": None,
            "tax_exempt": "none",
            "test_clock": None,
            "_deleted": False,
        },
    )
    customer["invoice_prefix"] = customer["id"][4:12].upper()
    change(store, customer, params)
    store.emit("customer.created", customer)
    return customer


def retrieve(store: Store, params: Obj, ref: str) -> Obj:
    customer = store.get("customer", ref)
    if customer["_deleted"]:
        return {"id": ref, "object": "customer", "deleted": True}
    return customer


def update(store: Store, params: Obj, ref: str) -> Obj:
    customer = living(store, ref, param="id")
    before = {name: customer.get(name) for name in (*CHANGEABLE, "metadata") if name in params}
    change(store, customer, params)
    customer["metadata"] = merge_metadata(customer["metadata"], params.get("metadata"))
    store.emit("customer.updated", customer, previous=before)
    return customer


def change(store: Store, customer: Obj, params: Obj) -> None:
    for name in CHANGEABLE:
        if name in params:
            customer[name] = params[name] if params[name] != "" else None
    default = (params.get("invoice_settings") or {}).get("default_payment_method")
    if default is not None:
        if default:
            store.get("payment_method", default, param="invoice_settings[default_payment_method]")
        customer["invoice_settings"]["default_payment_method"] = default or None


def delete(store: Store, params: Obj, ref: str) -> Obj:
    customer = living(store, ref, param="id")
    customer["_deleted"] = True
    for method in store.newest("payment_method"):
        if method["customer"] == ref:
            method["customer"], method["_spent"] = None, True
    store.emit("customer.deleted", customer)
    return {"id": ref, "object": "customer", "deleted": True}


def list_all(store: Store, params: Obj) -> Obj:
    return list_of(store, "customer", params, url="/v1/customers", email=params.get("email"), _deleted=False)


def living(store: Store, ref: str, *, param: str = "customer") -> Obj:
    """This function will return a customer that was not deleted.

    :raises ApiError: 404 otherwise.
    """
    customer = store.get("customer", ref, param=param)
    return customer if not customer["_deleted"] else store.get("customer", f"{ref} (deleted)", param=param)
