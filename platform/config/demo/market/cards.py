"""A merchant's owner at the card company's page, played without a browser: the form is read and sent."""

import re
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime
from typing import Any, Never

from billing.selectors import prices_on_sale
from billing.services.choose_plan import choose_plan
from billing.services.open_card_page import open_card_page
from billing.services.save_card import save_card
from control.merchants.models import Merchant
from kit.tenancy import in_control


class _StayHere(urllib.request.HTTPRedirectHandler):
    """The page sends the browser back to the back office, which is not up yet: stop there."""

    def redirect_request(self, *_given: Any) -> None:
        return None


def take_a_plan(*, merchant: Merchant, edition: str, card: str, actor: str, now: datetime) -> None:
    """Save a card by the hosted page and choose a monthly plan, beginning at once."""
    with in_control():
        back = "http://shop.invalid/card?setup={CHECKOUT_SESSION_ID}"
        page = open_card_page(merchant_id=merchant.pk, success_url=back, cancel_url=back, now=now)
        save_card(setup_ref=_fill_in(page, card), now=now)
        price = next(
            price for price in prices_on_sale(now=now) if price.edition.code == edition and price.interval == "month"
        )
        choose_plan(
            merchant_id=merchant.pk,
            price_id=price.pk,
            at_once=True,
            expected_minor=price.payable_minor,
            actor=actor,
            now=now,
        )


def _fill_in(page: str, card: str) -> str:
    """Type the card and send the form; return the visit's reference from the address it leads back to."""
    form = {"card_number": card, "card_expiry": "12/34", "card_cvc": "123", "card_name": "Demo Owner"}
    request = urllib.request.Request(page, data=urllib.parse.urlencode(form).encode())  # noqa: S310 - 127.0.0.1
    try:
        with urllib.request.build_opener(_StayHere).open(request, timeout=10) as answer:
            _refuse(answer.read().decode())
    except urllib.error.HTTPError as redirect:
        where = redirect.headers.get("Location", "")
    found = re.search(r"setup=([^&]+)", where)
    return found.group(1) if found else _refuse(where)


def _refuse(said: str) -> Never:
    raise RuntimeError(f"the card page did not take the card: {said[:300]}")
