"""A stranger who becomes a merchant, at a desk."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.running import Demo


@dataclass
class Merchant:
    """The owner's browser, and what it did."""

    page: Page
    demo: Demo
    slug: str = "laowang"
    email: str = "wang@laowang.example"

    @property
    def store(self) -> str:
        """Where the store answers."""
        return self.demo.platform.replace("//", f"//{self.slug}.")

    def signs_up(self) -> None:
        """From the public site's front page into the back office."""
        page = self.page
        page.goto(self.demo.platform)
        page.get_by_role("link", name=re.compile("免费试用")).first.click()
        page.fill("[name=phone]", "13812345678")
        page.get_by_role("button", name="发送验证码").click()
        expect(page.get_by_role("button", name=re.compile(r"\d+ ?秒|\d+s"))).to_be_visible()
        page.fill("[name=code]", self.demo.sms_code)
        page.fill("[name=email]", self.email)
        page.fill("[name=password]", "green-leaf-88")
        page.fill("[name=store_name]", "老王果园")
        page.locator("[name=slug]").press_sequentially("www")
        expect(page.locator("#slug-answer")).to_contain_text("保留")
        page.fill("[name=slug]", "")
        page.locator("[name=slug]").press_sequentially(self.slug)
        expect(page.locator("#slug-answer")).to_contain_text("可以用")
        page.check("[name=accepted_terms]")
        page.get_by_role("button", name="开店", exact=True).click()
        page.wait_for_url(f"{self.store}/backoffice/")

    def uploads(self, sheet: Path) -> None:
        """Hand a spreadsheet in."""
        self.page.goto(f"{self.store}/backoffice/imports")
        self.page.set_input_files("[name=sheet]", str(sheet))
        self.page.get_by_role("button", name="上传并检查").click()

    def imports(self) -> None:
        """Start the checked import and wait for its end."""
        self.page.get_by_role("button", name="开始导入").click()
        expect(self.page.get_by_text("导入完成")).to_be_visible(timeout=60_000)

    def maps_the_columns(self, **chosen: str) -> None:
        """Say which column is what, by its head, and check the sheet."""
        for field, label in chosen.items():
            place = self.page.locator(f"[name={field}]")
            if place.first.get_attribute("type") == "radio":
                self.page.check(f"[name={field}][value={label}]")
            elif place.evaluate("e => e.tagName") == "SELECT":
                place.select_option(label=label)
            else:
                place.fill(label)
        self.page.get_by_role("button", name="检查表格").click()

    def gives_a_second_sku(self, title: str, *, label: str, price: str, stock: str) -> None:
        """Open a product and add a SKU to it."""
        page = self.page
        page.goto(f"{self.store}/backoffice/products?q={title}")
        page.get_by_role("link", name=title).first.click()
        page.get_by_role("button", name="添加规格").click()
        row = page.locator("[data-rows=sku] [data-row]").last
        row.locator("[name$=label]").fill(label)
        row.locator("[name$=-price]").fill(price)
        row.locator("[name$=stock]").fill(stock)
        page.get_by_role("button", name="保存").click()
        expect(page.get_by_role("status").or_(page.get_by_role("alert")).filter(has_text="保存").first).to_be_visible()

    def adds_a_leader(self, *, name: str, phone: str) -> None:
        """Add a leader with a pickup point, placed on the map."""
        page = self.page
        page.goto(f"{self.store}/backoffice/leaders/new")
        page.fill("[name=name]", name)
        page.fill("[name=phone]", phone)
        page.fill("[name=point_name]", "翠湖花苑东门")
        page.fill("[name=city]", "杭州市")
        page.fill("[name=district]", "西湖区")
        page.fill("[name=address]", "文三西路 88 号 3 幢一楼")
        page.fill("[name=opening_hours]", "16:00–20:30")
        page.fill("[name=latitude]", "30.276500")
        page.fill("[name=longitude]", "120.109800")
        page.get_by_role("button", name="添加团长").click()
        expect(page.get_by_text("翠湖花苑东门").first).to_be_visible()

    def opens_a_group_buy(self, offers: dict[str, dict[str, str]]) -> date:
        """Put goods on today's list, look at the preview, publish; return the day of pickup that was proposed."""
        page = self.page
        page.goto(f"{self.store}/backoffice/campaigns/new")
        # late in the evening the list is tomorrow's, and the goods come a day later
        pickup = date.fromisoformat(page.locator("[name=pickup_date]").input_value())
        for title, terms in offers.items():
            page.fill("#goods-q", title)
            found = page.locator("#found-goods button", has_text=terms.get("label", title))
            expect(found).to_have_count(1)
            found.click()
            row = page.locator("#goods tbody tr", has_text=terms.get("label", title)).last
            expect(row).to_be_visible()
            for field, value in terms.items():
                if field != "label":
                    row.locator(f"[name$=-{field}]").fill(value)
        page.get_by_role("button", name="预览并发布").click()
        page.get_by_role("button", name=re.compile("发布")).click()
        expect(page.get_by_text("进行中").first).to_be_visible()
        return pickup

    def saves_a_card(self, number: str) -> None:
        """Type a card at the card company's page and come back."""
        page = self.page
        page.goto(f"{self.store}/backoffice/account/card")
        page.get_by_role("button", name="绑定银行卡").click()
        page.wait_for_url("**/pay/checkout/**")
        page.fill("[name=card_number]", number)
        page.fill("[name=card_expiry]", "12/34")
        page.fill("[name=card_cvc]", "123")
        page.fill("[name=card_name]", "Wang")
        page.locator("form button[type=submit], form button:not([type])").first.click()
        page.wait_for_url(f"{self.store}/backoffice/account/**")
        expect(page.get_by_text(number[-4:]).first).to_be_visible()

    def chooses_a_plan(self, name: str) -> None:
        """Take a monthly plan from today, after seeing the exact amount."""
        page = self.page
        page.goto(f"{self.store}/backoffice/account/plans")
        page.get_by_role("link", name=re.compile("按月")).click()
        page.get_by_role("link", name=f"选{name}").click()
        page.get_by_role("button", name=re.compile("确认并支付 ¥298")).click()
        expect(page.get_by_text(name).first).to_be_visible()
