"""A neighbour with a phone."""

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, ViewportSize, expect

PHONE_SCREEN = ViewportSize(width=390, height=844)


def part(page: Page, name: str) -> Locator:
    """Find a part of the visible page by its test id; uni-app keeps earlier pages in the document."""
    return page.locator(f'[data-testid="{name}"]:visible')


@dataclass
class Neighbour:
    """A shopper's phone, and what is done on it."""

    page: Page
    store: str
    phone: str
    sms_code: str

    def opens_the_shop(self) -> None:
        """Come to the store's own address and choose the nearest pickup point."""
        page = self.page
        page.goto(f"{self.store}/")
        part(page, "pickup-card").click()
        part(page, "point-locate").click()
        expect(part(page, "point-distance").first).to_contain_text(re.compile(r"\d+ (m|km)"))
        nearest = part(page, "point").first
        expect(nearest).to_contain_text("翠湖花苑东门")
        nearest.click()
        expect(part(page, "pickup-card")).to_contain_text("翠湖花苑东门")
        part(page, "goods-card").first.wait_for()

    def signs_in(self) -> None:
        """Sign in by the code of an SMS, on the page the app sent us to."""
        page = self.page
        part(page, "login-phone").locator("input").fill(self.phone)
        part(page, "login-consent").click()
        part(page, "login-send").click()
        part(page, "login-code").locator("input").fill(self.sms_code)
        part(page, "login-submit").click()

    def puts_in_the_cart(self, title: str, *, times: int = 1) -> None:
        """Press the plus of a card on the home page."""
        card = part(self.page, "goods-card").filter(has_text=title)
        for _press in range(times):
            card.locator('[data-testid="stepper-more"], [data-testid="goods-stepper"]').last.click()

    def goes_to_the_till(self) -> None:
        """From the home page to the page that asks for confirmation, signing in on the way if asked to."""
        page = self.page
        part(page, "cart-bar-go").click()
        part(page, "cart-checkout").click()
        part(page, "login-phone").or_(part(page, "submit-order")).first.wait_for()
        if part(page, "login-phone").count():
            self.signs_in()
        part(page, "submit-order").wait_for()

    def orders(self) -> None:
        """Fill in who comes, and place the order."""
        page = self.page
        part(page, "contact-name").locator("input").fill("小满妈妈")
        part(page, "contact-phone").locator("input").fill(self.phone)
        part(page, "submit-order").click()

    def pays(self) -> str:
        """Pay at the sandbox's cashier and return the pickup code."""
        page = self.page
        part(page, "pay-now").click()
        page.get_by_role("button", name="支付成功").click()
        expect(part(page, "result-success").first).to_be_visible(timeout=30_000)
        return part(page, "result-code").inner_text().replace(" ", "").strip()
