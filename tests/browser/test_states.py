"""What a page does when something is wrong, and with the keyboard alone."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.market import Market
from tests.browser.places import DESK, LEADER, OWNER, PHONE, SHOPPER, settled
from tests.journeys.neighbour import part
from tests.running import Demo

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journey")]
LISTING = re.compile(r"/backoffice/products\?")


@pytest.fixture
def desk(contexts: dict[str, BrowserContext], market: Market) -> Page:
    """The back office in a window of its own."""
    page = contexts[OWNER].new_page()
    page.goto(f"{market.store['url']}/backoffice/products")
    return page


class TestServerErrors:
    def test_are_said_in_place_and_nothing_typed_is_lost(self, desk: Page) -> None:
        desk.route(LISTING, _breaks)

        desk.fill("[name=q]", "苹果")
        desk.press("[name=q]", "Enter")

        expect(desk.get_by_role("status").filter(has_text="没有成功")).to_be_visible()
        expect(desk.locator("#id_q")).to_have_value("苹果")
        desk.unroute(LISTING)
        desk.get_by_role("status").get_by_role("button", name="重试").click()
        expect(desk.locator("tbody tr").filter(has_text="苹果").first).to_be_visible()

    def test_without_a_network_the_desk_says_so(self, desk: Page, contexts: dict[str, BrowserContext]) -> None:
        contexts[OWNER].set_offline(True)
        try:
            desk.fill("[name=q]", "梨")
            desk.press("[name=q]", "Enter")
            expect(desk.get_by_role("status").filter(has_text="网络")).to_be_visible()
        finally:
            contexts[OWNER].set_offline(False)


class TestFiltersOnAPhone:
    def test_fold_up_to_the_search_so_that_the_list_is_seen_and_open_with_a_tap(
        self, contexts: dict[str, BrowserContext], market: Market
    ) -> None:
        page = contexts[OWNER].new_page()
        page.set_viewport_size(PHONE)
        page.goto(f"{market.store['url']}/backoffice/orders")
        point, more = page.locator("#id_point"), page.get_by_role("button", name="筛选", exact=True)

        expect(page.locator("#id_q")).to_be_visible()
        expect(point).to_be_hidden()
        more.click()
        expect(point).to_be_visible()
        expect(more).to_have_attribute("aria-expanded", "true")

        page.goto(f"{market.store['url']}/backoffice/orders?since=2026-01-01")
        expect(page.locator("#id_since")).to_have_value("2026-01-01")  # what is filtered by is seen
        expect(page.locator("#id_since")).to_be_visible()
        page.set_viewport_size(DESK)
        expect(more).to_be_hidden()
        page.goto(f"{market.store['url']}/backoffice/orders")
        expect(point).to_be_visible()
        page.close()


class TestStorefront:
    def test_shows_a_bar_while_the_phone_is_offline(self, contexts: dict[str, BrowserContext], market: Market) -> None:
        page = contexts[SHOPPER].new_page()
        page.set_viewport_size(PHONE)
        page.goto(f"{market.store['url']}/m/#/sub/order/list")
        settled(page)

        contexts[SHOPPER].set_offline(True)
        try:
            expect(part(page, "offline-bar")).to_be_visible()
        finally:
            contexts[SHOPPER].set_offline(False)
        expect(part(page, "offline-bar")).to_have_count(0)
        page.close()

    def test_keeps_its_words_and_offers_to_try_again_when_the_server_fails(
        self, contexts: dict[str, BrowserContext], market: Market
    ) -> None:
        page = contexts[LEADER].new_page()
        page.set_viewport_size(PHONE)
        page.route("**/api/v1/leader/commissions*", _breaks)
        page.goto(f"{market.store['url']}/m/#/sub/leader/commissions")
        part(page, "page-error").wait_for()
        page.unroute("**/api/v1/leader/commissions*")

        part(page, "empty-action").click()

        part(page, "commission-card").first.wait_for()
        page.close()


class TestExpiredSession:
    def test_leads_to_the_login_and_back_to_the_same_page(self, chromium: Browser, market: Market) -> None:
        context = chromium.new_context(locale="zh-CN")
        page = context.new_page()
        wanted = f"{market.store['url']}/backoffice/orders?state=paid"

        page.goto(wanted)
        expect(page).to_have_url(re.compile("/backoffice/login"))
        _type_the_login(page, market)
        expect(page).to_have_url(wanted)

        context.clear_cookies()
        page.fill("[name=q]", "138")
        page.press("[name=q]", "Enter")  # asked by htmx
        expect(page).to_have_url(re.compile("/backoffice/login"))
        _type_the_login(page, market)
        expect(page).to_have_url(re.compile("/backoffice/orders"))
        context.close()


class TestKeyboard:
    def test_a_drawer_closes_by_esc_and_gives_the_focus_back(self, desk: Page, market: Market) -> None:
        desk.goto(f"{market.store['url']}/backoffice/stock")
        link = desk.locator("a[data-drawer]").first
        link.focus()

        desk.keyboard.press("Enter")
        expect(desk.locator("#drawer dialog")).to_be_visible()
        assert desk.evaluate("document.querySelector('#drawer dialog').contains(document.activeElement)")
        expect(desk).to_have_url(re.compile("/stock/.+/"))
        desk.keyboard.press("Escape")

        expect(desk.locator("#drawer dialog")).to_have_count(0)
        expect(link).to_be_focused()
        expect(desk).to_have_url(re.compile("/backoffice/stock$"))

    def test_the_first_tab_jumps_over_the_menu(self, desk: Page) -> None:
        desk.keyboard.press("Tab")
        desk.keyboard.press("Enter")

        assert desk.evaluate("document.activeElement.id") == "main"

    def test_search_opens_by_its_keys_and_closes_by_esc(self, desk: Page) -> None:
        desk.keyboard.press("Control+k")
        expect(desk.locator("#finder")).to_be_visible()

        desk.keyboard.press("Escape")

        expect(desk.locator("#finder")).to_be_hidden()


def _breaks(route: Route) -> None:
    route.fulfill(status=500, content_type="text/html", body="<h1>500</h1>")


def _type_the_login(page: Page, market: Market) -> None:
    page.fill("[name=email]", market.store["owner"]["email"])
    page.fill("[name=password]", market.store["owner"]["password"])
    page.press("[name=password]", "Enter")


def test_an_unknown_store_is_not_found(demo: Demo, chromium: Browser) -> None:
    page = chromium.new_page()

    answer = page.goto(demo.platform.replace("//", "//nobody-here."))

    assert answer is not None
    assert answer.status == 404
    page.close()
