"""A leader at the desk in the stairwell, with the same app."""

from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.journeys.neighbour import Neighbour, part


@dataclass
class Leader:
    """The leader's phone."""

    page: Page
    store: str
    phone: str
    sms_code: str

    def signs_in(self) -> None:
        """Sign in and open the desk."""
        page = self.page
        page.goto(f"{self.store}/m/#/sub/leader/desk")
        part(page, "login-phone").or_(part(page, "desk-verify")).first.wait_for()
        if part(page, "login-phone").count():
            Neighbour(page=page, store=self.store, phone=self.phone, sms_code=self.sms_code).signs_in()
        part(page, "desk-verify").first.wait_for()

    def types(self, code: str) -> None:
        """Type a pickup code."""
        page = self.page
        page.goto(f"{self.store}/m/#/sub/leader/verify")
        part(page, "code-input").locator("input").fill(code)

    def hands_everything_out(self) -> None:
        """All lines are ticked to begin with: confirm."""
        page = self.page
        part(page, "handover-confirm").click()
        expect(part(page, "handover-done").first).to_be_visible()
