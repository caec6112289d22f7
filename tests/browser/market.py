"""The small store of the demo: coming in, and finding one of each thing."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page

from tests.browser.places import LEADER, OPERATOR, OWNER, SHOPPER, Known
from tests.journeys.neighbour import Neighbour, part
from tests.running import Demo
from tests.tenants.catalog.sheets import WHOLESALE, a_row, an_xlsx

UUID = r"[0-9a-f]{8}-[0-9a-f-]{27}"
# One call of the store's API with the token the app keeps
CALL = """async ([method, path, body]) => {
  let session = localStorage.getItem(Object.keys(localStorage).find(name => name.endsWith('.session')));
  while (!session.token) session = typeof session === 'string' ? JSON.parse(session) : session.data;
  const answer = await fetch('/api/v1' + path, {
    method,
    headers: {
      Authorization: 'Bearer ' + session.token, 'Content-Type': 'application/json',
      'Idempotency-Key': crypto.randomUUID(),
    },
    body: body ? JSON.stringify(body) : undefined,
  });
  return await answer.json();
}"""


@dataclass
class Market:
    """The demo's one store."""

    demo: Demo

    @property
    def store(self) -> dict[str, Any]:
        store: dict[str, Any] = self.demo.facts["stores"][0]
        return store

    def address(self, path: str, *, on_platform: bool) -> str:
        return f"{self.demo.platform if on_platform else self.store['url']}{path}"

    def logs_in_owner(self, context: BrowserContext) -> None:
        """Log in to the back office."""
        _log_in(context, f"{self.store['url']}/backoffice/login", **self.store["owner"])

    def logs_in_operator(self, context: BrowserContext) -> None:
        """Log in to the operator's console."""
        _log_in(context, f"{self.demo.platform}/console/login", **self.demo.facts["platform"]["operator"])

    def signs_in(self, context: BrowserContext, *, phone: str) -> None:
        """Sign in to the storefront."""
        page = context.new_page()
        page.goto(f"{self.store['url']}/m/#/sub/account/login")
        Neighbour(page=page, store=self.store["url"], phone=phone, sms_code=self.demo.sms_code).signs_in()
        page.wait_for_function("() => Object.keys(localStorage).some(name => name.endsWith('.session'))")
        page.close()

    def speaks(self, context: BrowserContext, language: str) -> None:
        """Choose the language of our pages and of the storefront, as their switches do."""
        for url in (self.demo.platform, self.store["url"]):
            context.add_cookies([{"name": "lang", "value": "en" if language == "en" else "zh-hans", "url": url}])
        page = context.new_page()
        page.goto(f"{self.store['url']}/m/#/sub/account/settings")
        choice = part(page, "language-en" if language == "en" else "language-zh-CN")
        choice.or_(part(page, "page-error")).first.wait_for()
        choice.click()
        page.close()

    def look_around(self, contexts: dict[str, BrowserContext], folder: Path) -> Known:
        """Find one of each thing; order something, so that there is an order to pay and one that is paid."""
        known = self._shops(contexts[SHOPPER])
        known |= self._sees_desk(contexts[OWNER], folder)
        page = contexts[OPERATOR].new_page()
        page.goto(f"{self.demo.platform}/console/stores")
        known["merchant"] = _first(page, f"/console/stores/({UUID})")
        page.goto(f"{self.demo.platform}/console/prices")
        known["add_on_price"] = _first(page, f"/console/prices/add-ons/({UUID})/next")
        page.close()
        page = contexts[LEADER].new_page()
        page.goto(f"{self.store['url']}/m/")
        date = page.evaluate(CALL, ["GET", "/pickup-codes", None]) and None
        today = page.evaluate(CALL, ["GET", "/leader/desk", None])["date"]
        for state in ("waiting", "done"):
            found = page.evaluate(CALL, ["GET", f"/leader/pickups?date={date or today}&state={state}", None])["items"]
            if found:
                known["pickup"] = found[0]["id"]
        page.close()
        return known

    def _sees_desk(self, context: BrowserContext, folder: Path) -> Known:
        page, known = context.new_page(), {}
        for name, listing, link in (
            ("chain", "campaigns?q=接龙", "campaigns"),
            ("team_buy", "campaigns?q=拼团", "campaigns"),
            ("campaign", "campaigns?state=open&q=今日", "campaigns"),
            ("product", "products", "products"),
            ("order", "orders", "orders"),
            ("member", "members", "members"),
            ("leader", "leaders", "leaders"),
            ("sku", "stock", "stock"),
            ("invoice", "account/invoices", "account/invoices"),
            ("price", "account/plans", "account/plans"),
            ("coupon", "coupons", "coupons"),
            ("promotion", "promotions", "promotions"),
        ):
            page.goto(f"{self.store['url']}/backoffice/{listing}")
            known[name] = _first(page, f"/backoffice/{link}/({UUID})")
        page.goto(f"{self.store['url']}/backoffice/leaders/{known['leader']}")
        known["point"] = _first(page, f"/backoffice/leaders/points/({UUID})")
        wrong = folder / "goods.xlsx"
        wrong.write_bytes(an_xlsx([a_row(stock="30"), a_row("烟台苹果", price="一块八"), a_row("", stock="x")]))
        known["import_returned"] = self._uploads(page, wrong)
        known["import_to_map"] = self._uploads(page, WHOLESALE)
        page.close()
        return known

    def _uploads(self, page: Page, sheet: Path) -> str:
        page.goto(f"{self.store['url']}/backoffice/imports")
        page.set_input_files("[name=sheet]", str(sheet))
        page.get_by_role("button", name="上传并检查").click()
        page.wait_for_url(re.compile(f"/imports/{UUID}"))
        return _uuid_in(page.url)

    def _shops(self, context: BrowserContext) -> Known:
        page = context.new_page()
        page.goto(f"{self.store['url']}/m/#/sub/pickup/choose")
        part(page, "point").first.click()
        part(page, "goods-card").first.wait_for()
        for number in (0, 1):
            part(page, "goods-card").nth(number).locator('[data-testid="stepper-more"]').click()
        paid, unpaid = self._orders(page), self._orders(page)
        started = page.evaluate(CALL, ["POST", f"/orders/{paid}/payments", {"method": "sandbox"}])
        page.goto(started["redirect_url"])
        page.get_by_role("button", name="支付成功").click()
        part(page, "result-success").first.wait_for()
        started = page.evaluate(CALL, ["POST", f"/orders/{unpaid}/payments", {"method": "sandbox"}])
        teams = self._teams(page)
        page.close()
        return teams | {"paid_order": paid, "unpaid_order": unpaid, "cashier": urlsplit(started["redirect_url"]).path}

    def _teams(self, page: Page) -> Known:
        campaigns = page.evaluate(CALL, ["GET", "/campaigns", None])["items"]
        for item in next(one for one in campaigns if one["kind"] == "team")["items"]:
            if found := page.evaluate(CALL, ["GET", f"/teams?item={item['id']}", None])["items"]:
                return {"team": found[0]["id"], "team_item": item["id"], "team_product": item["product"]["id"]}
        raise AssertionError("no team of the demo has a seat free")

    def _orders(self, page: Page) -> str:
        campaign = page.evaluate(CALL, ["GET", "/campaigns", None])["items"][0]
        point = page.evaluate(CALL, ["GET", "/pickup-points", None])["items"][0]
        item = next(item for item in campaign["items"] if item["available"] > 1 and not item["per_member_limit"])
        order = page.evaluate(
            CALL,
            [
                "POST",
                "/orders",
                {
                    "lines": [{"campaign_item_id": item["id"], "quantity": 1}],
                    "pickup_point_id": point["id"],
                    "contact": {"name": "小满妈妈", "phone": "13600040001"},
                    "remark": "",
                    "expected_total": item["price"],
                },
            ],
        )
        return str(order["id"])


def _log_in(context: BrowserContext, address: str, *, email: str, password: str) -> None:
    page = context.new_page()
    page.goto(address)
    page.fill("[name=email]", email)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    page.close()


def _first(page: Page, pattern: str) -> str:
    hrefs = page.locator("a[href]").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    return next(found.group(1) for href in hrefs if (found := re.search(pattern, href)))


def _uuid_in(text: str) -> str:
    found = re.search(UUID, text)
    assert found, text
    return found.group()
