"""What a cardholder meets: the checkout page, the 3-D Secure question, the receipt."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.simulators.stripe import pages
from tests.simulators.stripe.resources import charging, checkout_sessions, payment_methods, setup_intents
from tests.simulators.stripe.store import Store
from tests.simulators.stripe.timeline import catch_up
from tests.simulators.stripe.wire import ApiError, Obj

FIELD_OF_CODE = {
    "incorrect_number": "number",
    "invalid_expiry_month": "expiry",
    "invalid_expiry_year": "expiry",
    "expired_card": "expiry",
    "invalid_cvc": "cvc",
    "incorrect_cvc": "cvc",
}


@dataclass
class Page:
    """One answer to a browser."""

    status: int
    html: str
    headers: dict[str, str] = field(default_factory=dict)


def go_to(address: str) -> Page:
    return Page(303, "", {"Location": address})


class Hosted:
    """Draws the pages and carries what is typed in them to the resources."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def answer(self, method: str, path: str, query: Obj, form: Obj, accepts: str) -> Page:
        """This function will answer one browser request; whatever is wrong becomes a page that says so."""
        parts = [part for part in path.split("/") if part]
        lang = choose_language(query, accepts)
        with self.store.lock:
            catch_up(self.store)
            try:
                match (method, *parts):
                    case (_,):
                        return self.index(lang)
                    case ("GET", "pay", "checkout", ref):
                        return self.show_checkout(ref, query, lang)
                    case ("POST", "pay", "checkout", ref):
                        return self.submit_checkout(ref, form, lang)
                    case ("GET", "pay", "3ds", ref):
                        return self.show_question(ref, query, lang)
                    case ("POST", "pay", "3ds", ref):
                        return self.answer_question(ref, form, query, lang)
                    case ("GET", "pay", "receipts", ref):
                        charge = self.store.get("charge", ref)
                        return Page(200, pages.receipt(charge, lang=lang))
            except ApiError as error:
                if error.status != 404:
                    return Page(error.status, pages.message("went_wrong", lang=lang, detail=str(error)))
            finally:
                self.store.changed.set()
        return Page(404, pages.message("not_found", lang=lang))

    def index(self, lang: str) -> Page:
        counts: dict[str, int] = {}
        for each in self.store.objects.values():
            counts[each["object"]] = counts.get(each["object"], 0) + 1
        return Page(200, pages.index(counts, now=self.store.now(), lang=lang))

    def show_checkout(self, ref: str, query: Obj, lang: str) -> Page:
        session = self.store.get("checkout.session", ref)
        lang = pages.session_language(session, lang) if "lang" not in query else lang
        if session["status"] == "complete":
            return Page(200, pages.message("complete", lang=lang, link=success_address(session)))
        if session["status"] == "expired":
            return Page(410, pages.message("expired", lang=lang, link=session["cancel_url"]))
        errors = {"number": "authentication_failed"} if query.get("error") == "authentication" else {}
        return Page(200, self.draw_checkout(session, {}, errors, lang))

    def draw_checkout(self, session: Obj, typed: Obj, errors: dict[str, str], lang: str) -> str:
        customer = self.store.objects.get(session["customer"] or "", {})
        return pages.checkout(session, customer=customer, typed=typed, errors=errors, lang=lang)

    def submit_checkout(self, ref: str, form: Obj, lang: str) -> Page:
        session = self.store.get("checkout.session", ref)
        if session["status"] != "open":
            return go_to(f"/pay/checkout/{ref}?lang={lang}")
        lang = form.get("lang") or lang
        errors = missing_fields(form)
        month, year = read_expiry(form.get("card_expiry", ""))
        if not errors and month is None:
            errors = {"expiry": "invalid_expiry"}
        if errors:
            return Page(422, self.draw_checkout(session, form, errors, lang))
        try:
            method = payment_methods.from_number(
                self.store,
                number=form["card_number"],
                exp_month=month or 0,
                exp_year=year or 0,
                cvc=form["card_cvc"].strip(),
                name=form.get("card_name") or None,
            )
            intent = checkout_sessions.submit(self.store, session, method)
        except ApiError as error:
            if error.status != 402:
                raise
            code = error.body.get("decline_code") or error.body["code"]
            errors = {FIELD_OF_CODE.get(error.body["code"], "number"): code}
            return Page(402, self.draw_checkout(session, form, errors, lang))
        if intent["status"] == "requires_action":
            return go_to(f"/pay/3ds/{intent['id']}?{urlencode({'session': ref, 'lang': lang})}")
        return go_to(success_address(session))

    def intent_of(self, ref: str) -> Obj:
        kind = "setup_intent" if ref.startswith("seti_") else "payment_intent"
        return self.store.get(kind, ref)

    def show_question(self, ref: str, query: Obj, lang: str) -> Page:
        intent = self.intent_of(ref)
        if intent["status"] != "requires_action":
            return Page(200, pages.message("answered", lang=lang, link=intent.get("_return_url")))
        method = self.store.get("payment_method", intent["payment_method"])
        return Page(200, pages.question(intent, method=method, session=query.get("session", ""), lang=lang))

    def answer_question(self, ref: str, form: Obj, query: Obj, lang: str) -> Page:
        intent = self.intent_of(ref)
        approved = form.get("outcome") == "approve"
        act = setup_intents.authenticate if ref.startswith("seti_") else charging.authenticate
        act(self.store, intent, approved=approved)
        session_ref = form.get("session") or query.get("session")
        if session_ref:
            session = self.store.get("checkout.session", session_ref)
            checkout_sessions.finish(self.store, session, intent)
            if session["status"] == "complete":
                return go_to(success_address(session))
            return go_to(f"/pay/checkout/{session_ref}?{urlencode({'error': 'authentication', 'lang': lang})}")
        if back := intent.get("_return_url"):
            name = intent["object"]
            told = urlencode(
                {
                    name: ref,
                    f"{name}_client_secret": intent["client_secret"],
                    "redirect_status": "succeeded" if intent["status"] == "succeeded" else "failed",
                }
            )
            return go_to(f"{back}{'&' if '?' in back else '?'}{told}")
        return Page(200, pages.message("answered", lang=lang))


def choose_language(query: Obj, accepts: str) -> str:
    if query.get("lang") in ("zh", "en"):
        return str(query["lang"])
    return "en" if accepts.lower().startswith("en") else "zh"


def success_address(session: Obj) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def missing_fields(form: Obj) -> dict[str, str]:
    names = {"card_number": "number", "card_expiry": "expiry", "card_cvc": "cvc"}
    return {short: "required" for name, short in names.items() if not str(form.get(name, "")).strip()}


def read_expiry(text: str) -> tuple[int | None, int | None]:
    """This function will read "12/34", "12 / 2034" or "1234"; (None, None) when it is none of them."""
    digits = "".join(each for each in text if each.isdigit())
    if len(digits) not in (4, 6):
        return None, None
    return int(digits[:2]), int(digits[2:])
