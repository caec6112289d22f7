"""What a first visit costs, as the wire carries it."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Request

from tests.browser.market import Market
from tests.browser.places import DESK, OWNER, PHONE, settled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journey")]
KB = 1024
MARKETING, CONSOLE, WITH_CHART, STOREFRONT = 120 * KB, 120 * KB, 350 * KB, 250 * KB


@pytest.mark.parametrize("path", ["/", "/features", "/prices", "/signup"])
def test_the_public_site_is_light(path: str, chromium: Browser, market: Market) -> None:
    context = chromium.new_context(viewport=DESK)

    assert _weight(context, market.demo.platform + path) <= MARKETING


@pytest.mark.parametrize(
    ("path", "budget"),
    [("products", CONSOLE), ("orders", CONSOLE), ("campaigns/new", CONSOLE), ("account/", CONSOLE), ("", WITH_CHART)],
)
def test_the_back_office_is_light(
    path: str, budget: int, chromium: Browser, market: Market, contexts: dict[str, BrowserContext]
) -> None:
    # The session without what the other windows have already fetched
    context = chromium.new_context(viewport=DESK, storage_state=contexts[OWNER].storage_state())

    assert _weight(context, f"{market.store['url']}/backoffice/{path}") <= budget


def test_the_first_screen_of_the_storefront_is_light(chromium: Browser, market: Market) -> None:
    context = chromium.new_context(viewport=PHONE, is_mobile=True, has_touch=True)

    assert _weight(context, f"{market.store['url']}/m/") <= STOREFRONT


def _weight(context: BrowserContext, address: str) -> int:
    """Sum what came over the wire for a page. Pictures of goods are the merchant's and are not counted."""
    page = context.new_page()
    done: list[Request] = []
    page.on(
        "requestfinished", lambda request: done.append(request)
    )  # not the method itself: playwright marks what it is given
    page.goto(address)
    settled(page)
    page.wait_for_load_state("networkidle")
    weight = sum(request.sizes()["responseBodySize"] for request in done if "/media/" not in request.url)
    context.close()
    return weight
