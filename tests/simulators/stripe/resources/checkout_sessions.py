"""Checkout sessions: a hosted page where a cardholder saves a card or pays once."""

from tests.simulators.stripe.resources import payment_intents, setup_intents
from tests.simulators.stripe.resources.customers import living
from tests.simulators.stripe.resources.listing import list_of, merge_metadata, page
from tests.simulators.stripe.store import Store
from tests.simulators.stripe.wire import ApiError, Obj

DAY = 86_400


def create(store: Store, params: Obj) -> Obj:
    mode = params.get("mode")
    if mode not in ("setup", "payment"):
        raise ApiError(400, "This simulator knows the modes setup and payment.", param="mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise ApiError(400, "This simulator only knows the hosted page.", param="ui_mode")
    if "success_url" not in params:
        raise ApiError(400, "Missing required param: success_url.", code="parameter_missing", param="success_url")
    for name in ("success_url", "cancel_url"):
        if name in params and not params[name].startswith(("http://", "https://")):
            raise ApiError(
                400,
                "Invalid URL: An explicit scheme (such as https) must be provided.",
                code="url_invalid",
                param=name,
            )
    if mode == "setup" and "currency" not in params and not params.get("allowed_payment_method_types"):
        raise ApiError(
            400,
            "You must specify `currency` or `allowed_payment_method_types` in setup mode.",
            code="parameter_missing",
            param="currency",
        )
    customer = living(store, params["customer"]) if "customer" in params else None
    lines = read_lines(params) if mode == "payment" else []
    total = sum(line["amount_total"] for line in lines)
    session = store.add(
        "checkout.session",
        {
            "adaptive_pricing": {"enabled": False} if mode == "payment" else None,
            "after_expiration": None,
            "allow_promotion_codes": None,
            "allowed_payment_method_types": params.get("allowed_payment_method_types"),
            "amount_subtotal": total if lines else None,
            "amount_total": total if lines else None,
            "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
            "billing_address_collection": None,
            "cancel_url": params.get("cancel_url"),
            "client_reference_id": params.get("client_reference_id"),
            "client_secret": None,
            "collected_information": None,
            "consent": None,
            "consent_collection": None,
            "currency": lines[0]["currency"] if lines else params.get("currency"),
            "currency_conversion": None,
            "custom_fields": [],
            "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
            "customer": customer["id"] if customer else None,
            "customer_creation": None if customer else params.get("customer_creation", "if_required"),
            "customer_details": None,
            "customer_email": params.get("customer_email"),
            "discounts": None,
            "expires_at": params.get("expires_at", store.now() + DAY),
            "invoice": None,
            "invoice_creation": None,
            "livemode": False,
            "locale": params.get("locale"),
            "metadata": merge_metadata({}, params.get("metadata")),
            "mode": mode,
            "origin_context": None,
            "payment_intent": None,
            "payment_link": None,
            "payment_method_collection": params.get("payment_method_collection"),
            "payment_method_configuration_details": None,
            "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
            "payment_method_types": params.get("allowed_payment_method_types") or ["card"],
            "payment_status": "unpaid" if mode == "payment" else "no_payment_required",
            "permissions": None,
            "phone_number_collection": {"enabled": False},
            "recovered_from": None,
            "saved_payment_method_options": None,
            "setup_intent": None,
            "shipping_address_collection": None,
            "shipping_cost": None,
            "shipping_options": [],
            "status": "open",
            "submit_type": params.get("submit_type"),
            "subscription": None,
            "success_url": params["success_url"],
            "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
            "ui_mode": "hosted_page",
            "url": None,
            "wallet_options": None,
            "_lines": lines,
            "_intent_data": params.get("payment_intent_data") or {},
        },
    )
    session["url"] = f"{store.public_url}/pay/checkout/{session['id']}"
    if mode == "setup":
        given = params.get("setup_intent_data") or {}
        intent = setup_intents.create(
            store,
            {
                "customer": session["customer"],
                "usage": "off_session",
                "allowed_payment_method_types": ["card"],
                "metadata": given.get("metadata") or {},
                "description": given.get("description"),
            },
        )
        session["setup_intent"] = intent["id"]
    return session


def read_lines(params: Obj) -> list[Obj]:
    lines = []
    for at, given in enumerate(params.get("line_items") or []):
        price = given.get("price_data")
        if not price or "unit_amount" not in price or "product_data" not in price:
            raise ApiError(
                400,
                "This simulator has no prices: give price_data with unit_amount and product_data.",
                param=f"line_items[{at}]",
            )
        quantity = given.get("quantity", 1)
        lines.append(
            {
                "object": "item",
                "description": price["product_data"]["name"],
                "currency": price["currency"].lower(),
                "quantity": quantity,
                "amount_total": price["unit_amount"] * quantity,
            }
        )
    if not lines:
        raise ApiError(400, "You must provide `line_items`.", code="parameter_missing", param="line_items")
    if len({line["currency"] for line in lines}) > 1:
        raise ApiError(400, "All line items must have the same currency.", param="line_items")
    return lines


def submit(store: Store, session: Obj, method: Obj) -> Obj:
    """This function will use the card a cardholder typed, and return the intent as it stands then.

    :raises ApiError: 402 when the card is declined; the session stays open for another card.
    """
    if session["mode"] == "setup":
        intent = setup_intents.confirm(
            store, {"payment_method": method["id"], "return_url": session["url"]}, session["setup_intent"]
        )
    else:
        given = session["_intent_data"]
        if session["payment_intent"] is None:
            created = payment_intents.create(
                store,
                {
                    "amount": session["amount_total"],
                    "currency": session["currency"],
                    "customer": session["customer"],
                    "allowed_payment_method_types": ["card"],
                    "description": given.get("description"),
                    "metadata": given.get("metadata") or {},
                    "setup_future_usage": given.get("setup_future_usage"),
                },
            )
            session["payment_intent"] = created["id"]
        intent = payment_intents.confirm(
            store, {"payment_method": method["id"], "return_url": session["url"]}, session["payment_intent"]
        )
    return finish(store, session, intent)


def finish(store: Store, session: Obj, intent: Obj) -> Obj:
    """This function will complete the session once its intent succeeded."""
    if session["status"] == "open" and intent["status"] in ("succeeded", "processing"):
        session["status"], session["url"] = "complete", None
        if session["mode"] == "payment":
            session["payment_status"] = "paid" if intent["status"] == "succeeded" else "unpaid"
        who = store.get("customer", session["customer"]) if session["customer"] else {}
        session["customer_details"] = {
            "address": None,
            "business_name": None,
            "email": who.get("email") or session["customer_email"],
            "individual_name": None,
            "name": who.get("name"),
            "phone": who.get("phone"),
            "tax_exempt": "none",
            "tax_ids": None,
        }
        store.emit("checkout.session.completed", session)
    return intent


def expire(store: Store, params: Obj, ref: str) -> Obj:
    session = store.get("checkout.session", ref)
    if session["status"] != "open":
        raise ApiError(400, f'Only Checkout Sessions with a status in ["open"] can be expired. {ref} is not.')
    session["status"], session["url"] = "expired", None
    store.emit("checkout.session.expired", session)
    return session


def retrieve(store: Store, params: Obj, ref: str) -> Obj:
    return store.get("checkout.session", ref)


def list_all(store: Store, params: Obj) -> Obj:
    return list_of(
        store,
        "checkout.session",
        params,
        url="/v1/checkout/sessions",
        customer=params.get("customer"),
        status=params.get("status"),
        payment_intent=params.get("payment_intent"),
    )


def list_lines(store: Store, params: Obj, ref: str) -> Obj:
    session = store.get("checkout.session", ref)
    lines = [
        {
            "id": f"li_{ref[8:20]}{at}",
            **line,
            "amount_discount": 0,
            "allowed_payment_method_types": params.get("allowed_payment_method_types"),
            "amount_subtotal": line["amount_total"],
            "amount_tax": 0,
            "price": None,
        }
        for at, line in enumerate(session["_lines"])
    ]
    return page(lines, url=f"/v1/checkout/sessions/{ref}/line_items")
