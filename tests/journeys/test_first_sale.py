"""From a stranger's sign-up to the platform's first bill, in a real browser, on the demo."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.journeys.leader import Leader
from tests.journeys.merchant import Merchant
from tests.journeys.neighbour import PHONE_SCREEN, Neighbour, part
from tests.journeys.operator import Operator
from tests.running import Demo
from tests.tenants.catalog.sheets import WHOLESALE, a_row, an_xlsx

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journey")]
SHANGHAI = ZoneInfo("Asia/Shanghai")
# two boxes at 49.90 and the last basket at 15.80; 0.6 % of it; the month's subscription and that fee
ORDER, FEE, BILL = "¥115.60", "¥0.69", "¥298.69"
DESK = ViewportSize(width=1366, height=860)


def test_from_sign_up_to_the_first_bill(demo: Demo, chromium: Browser, tmp_path: Path) -> None:
    desk = chromium.new_context(viewport=DESK, locale="zh-CN")
    desk.set_default_timeout(15_000)
    merchant = Merchant(page=desk.new_page(), demo=demo)

    merchant.signs_up()

    pickup = _stocks_the_shop(merchant, tmp_path)
    merchant.saves_a_card("4242424242424242")
    merchant.chooses_a_plan("启航")

    first = _neighbour(chromium, merchant, demo, phone="13600001111")
    second = _neighbour(chromium, merchant, demo, phone="13600002222")
    code = _two_phones_race_for_the_last_basket(first, second)
    that_afternoon = datetime.combine(pickup, time(17), SHANGHAI)
    demo.moves_its_clock(that_afternoon)
    leader = _leader(chromium, merchant, demo)
    _the_leader_hands_out(leader, code)

    demo.moves_its_clock(that_afternoon + timedelta(days=34))
    operator = Operator(page=chromium.new_context(viewport=DESK, locale="zh-CN").new_page(), demo=demo)
    _the_platform_is_paid(merchant, operator)
    demo.linli("check_books")


def _stocks_the_shop(merchant: Merchant, tmp_path: Path) -> date:
    page = merchant.page
    wrong = tmp_path / "goods.xlsx"
    wrong.write_bytes(an_xlsx([a_row(stock="30"), a_row("烟台苹果", price="一块八")]))
    merchant.uploads(wrong)
    expect(page.get_by_text("这次一件商品都没有导入")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载退回的表格").click()
    assert download.value.suggested_filename.endswith(".xlsx")

    right = tmp_path / "goods-again.xlsx"
    right.write_bytes(
        an_xlsx([a_row("老王红富士", stock="30", cost="8"), a_row("最后一筐草莓", price="19.9", stock="1")])
    )
    merchant.uploads(right)
    merchant.imports()

    merchant.uploads(WHOLESALE)
    merchant.maps_the_columns(percent="60", opening_stock="20")
    merchant.imports()
    page.goto(f"{merchant.store}/backoffice/products")
    expect(page.get_by_text("丑橘").first).to_be_visible()

    merchant.gives_a_second_sku("老王红富士", label="5斤/箱", price="55", stock="8")
    merchant.adds_a_leader(name="王秀兰", phone="13700001111")
    return merchant.opens_a_group_buy(
        {
            "老王红富士": {"label": "5斤/箱", "price": "49.9", "quota": "5", "per_member_limit": "2"},
            "最后一筐草莓": {"label": "最后一筐草莓", "price": "15.8"},
        }
    )


def _neighbour(chromium: Browser, merchant: Merchant, demo: Demo, *, phone: str) -> Neighbour:
    context = chromium.new_context(
        viewport=PHONE_SCREEN,
        locale="zh-CN",
        is_mobile=True,
        has_touch=True,
        geolocation={"latitude": 30.2766, "longitude": 120.1099},
        permissions=["geolocation"],
    )
    context.set_default_timeout(20_000)
    return Neighbour(page=context.new_page(), store=merchant.store, phone=phone, sms_code=demo.sms_code)


def _leader(chromium: Browser, merchant: Merchant, demo: Demo) -> Leader:
    context = chromium.new_context(viewport=PHONE_SCREEN, locale="zh-CN")
    context.set_default_timeout(20_000)
    return Leader(page=context.new_page(), store=merchant.store, phone="13700001111", sms_code=demo.sms_code)


def _two_phones_race_for_the_last_basket(first: Neighbour, second: Neighbour) -> str:
    for neighbour in (first, second):
        neighbour.opens_the_shop()
        neighbour.puts_in_the_cart("最后一筐草莓")
    second.goes_to_the_till()
    first.puts_in_the_cart("老王红富士", times=2)
    first.goes_to_the_till()

    first.orders()
    part(first.page, "pay-now").wait_for()
    second.orders()

    expect(part(second.page, "changes-sheet")).to_contain_text("最后一筐草莓")
    return first.pays()


def _the_leader_hands_out(leader: Leader, code: str) -> None:
    leader.signs_in()
    leader.types(code)
    expect(part(leader.page, "pickup-line")).to_have_count(2)
    leader.hands_everything_out()
    leader.types(code)
    expect(part(leader.page, "handover-already")).to_contain_text("王秀兰")
    leader.page.goto(f"{leader.store}/m/#/sub/leader/commissions")
    expect(part(leader.page, "commission-reason").first).to_contain_text("%")


def _the_platform_is_paid(merchant: Merchant, operator: Operator) -> None:
    page = merchant.page
    page.goto(f"{merchant.store}/backoffice/account/invoices")
    bills = page.locator("tbody tr").filter(has_text=BILL)
    expect(bills).to_have_count(1)
    expect(bills).to_contain_text("已支付")
    bills.get_by_role("link").first.click()
    expect(page.get_by_text(FEE, exact=True).first).to_be_visible()
    fees = page.locator("section", has_text="每笔订单的服务费").locator("tbody tr")
    expect(fees).to_have_count(1)  # the one order that was paid, with its reason
    expect(fees).to_contain_text(ORDER)
    expect(fees).to_contain_text("0.6%")

    operator.logs_in()
    desk = operator.page
    desk.goto(f"{operator.demo.platform}/console/stores")
    expect(desk.get_by_text("老王果园").first).to_be_visible()
    desk.goto(f"{operator.demo.platform}/console/invoices")
    expect(desk.locator("tbody tr").filter(has_text=BILL)).to_contain_text("老王果园")
    desk.goto(f"{operator.demo.platform}/console/charges")
    expect(desk.locator("tbody tr").filter(has_text=BILL)).to_contain_text("成功")
    desk.goto(f"{operator.demo.platform}/console/events?q=payment_intent.succeeded")
    expect(desk.locator("tbody tr").filter(has_text="payment_intent.succeeded").first).to_contain_text("已处理")
