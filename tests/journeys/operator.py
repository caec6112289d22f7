"""The platform's own person at the console."""

from dataclasses import dataclass

from playwright.sync_api import Page

from tests.running import Demo


@dataclass
class Operator:
    """The operator's browser."""

    page: Page
    demo: Demo

    def logs_in(self) -> None:
        """Log in to the console."""
        known = self.demo.facts["platform"]["operator"]
        self.page.goto(f"{self.demo.platform}/console/login")
        self.page.fill("[name=email]", known["email"])
        self.page.fill("[name=password]", known["password"])
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_url(f"{self.demo.platform}/console/")
