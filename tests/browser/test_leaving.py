"""Forms whose answer leads to another host, held to what our pages allow: a browser follows, or it does not work."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.market import Market

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journey")]


class TestLeavingAHost:
    def test_an_operator_is_led_into_the_store_with_a_banner(self, chromium: Browser, market: Market) -> None:
        context = chromium.new_context(locale="zh-CN")
        market.logs_in_operator(context)
        page = context.new_page()
        page.goto(f"{market.demo.platform}/console/stores")
        page.get_by_role("link", name=market.store["name"]).first.click()
        page.get_by_role("link", name="进店协助").click()
        page.fill("[name=reason]", "商家说商品列表打不开，来看看")
        page.fill("[name=password]", market.demo.facts["platform"]["operator"]["password"])
        page.press("[name=password]", "Enter")

        page.wait_for_url(f"{market.store['url']}/backoffice/")
        expect(page.get_by_text("只能查看")).to_be_visible()
        page.get_by_role("button", name="离开").click()
        expect(page.get_by_text("只能查看")).to_have_count(0)
        context.close()

    def test_an_owner_proves_a_domain_and_opens_the_store_there(self, chromium: Browser, market: Market) -> None:
        context = chromium.new_context(locale="zh-CN")
        market.logs_in_owner(context)
        page = context.new_page()
        page.goto(f"{market.store['url']}/backoffice/account/domains")
        page.fill("[name=domain]", "fruit.localhost")
        page.press("[name=domain]", "Enter")
        expect(page.get_by_text("_linli-verify.fruit.localhost")).to_be_visible()
        value = re.search(r"linli-verify=\w+", page.inner_text("main"))
        assert value
        market.demo.linli("demo", "--txt", "_linli-verify.fruit.localhost", value.group())
        page.get_by_role("button", name="立即检查").click()
        expect(page.get_by_text("域名已启用")).to_be_visible()
        address = page.get_by_role("link", name="打开店铺").get_attribute("href")
        answer = context.new_page().goto(f"{address}api/v1/store")
        assert answer is not None
        assert answer.json()["slug"] == market.store["slug"]
        context.close()
