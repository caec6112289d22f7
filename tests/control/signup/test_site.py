"""The public site: every page, both languages, light enough, honest in its sums."""

import gzip
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing.estimates import add_ons_on_sale
from billing.models.catalogue import PriceVersion
from control.signup.offers import city_more, offers, years_with
from kit.ids import new_id
from kit.tenancy import in_control
from kit.web.format import whole_money
from tests.billing.acting import reprice

PAGES = ("/", "/features", "/prices", "/help", "/terms", "/privacy", "/signup", "/login")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
BUDGET_GZ = 120 * 1024
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.fixture
def visitor(db: None) -> Client:
    return Client(headers={"host": settings.LINLI_DOMAIN})


class TestPages:
    @pytest.mark.parametrize("path", PAGES)
    def test_speak_chinese_first(self, path: str, visitor: Client) -> None:
        answer = visitor.get(path, headers={"accept-language": "en"})

        assert answer.status_code == 200
        assert '<html lang="zh-CN"' in answer.content.decode()

    @pytest.mark.parametrize("path", PAGES)
    def test_leave_no_chinese_behind_in_english(self, path: str, visitor: Client) -> None:
        visitor.cookies["lang"] = "en"

        page = visitor.get(path).content.decode()

        left = {line.strip() for line in page.splitlines() if CHINESE.search(line)}
        assert not {line for line in left if "切换到中文" not in line and "中文</span>" not in line}

    def test_the_home_page_keeps_its_weight(self, visitor: Client) -> None:
        page = visitor.get("/").content
        static = Path(settings.ROOT) / "platform" / "kit" / "web" / "static" / "kit"

        parts = [page, *((static / name).read_bytes() for name in ("app.css", "kit.js", "icons.svg", "mark.svg"))]

        assert b"charts.js" not in page
        assert sum(len(gzip.compress(part)) for part in parts) <= BUDGET_GZ

    def test_links_lead_somewhere(self, visitor: Client) -> None:
        pages = "".join(visitor.get(path).content.decode() for path in PAGES)

        for href in sorted(set(re.findall(r'<a[^>]* href="(/[^"#?]*)"', pages))):
            assert visitor.get(href).status_code == 200, href


class TestPrices:
    def test_the_chain_edition_has_its_partners_and_says_what_a_city_more_costs(self, visitor: Client) -> None:
        page = visitor.get("/prices", {"orders": "3000", "average": "45", "cities": "7", "interval": "year"})
        with in_control():
            chain = next(offer for offer in offers(now=NOW) if offer.edition.code == "chain")
            monthly, yearly = city_more(chain, add_ons=add_ons_on_sale(now=NOW))

        assert "即将推出" not in page.content.decode()
        assert [offer.has_partners for offer in page.context["offers"]].count(True) == 1
        assert monthly is not None
        assert yearly is not None
        for price, unit in ((monthly, "月"), (yearly, "年")):
            assert f"{whole_money(price.amount_minor, 'CNY')} / {unit}" in page.content.decode()
        # two cities above the five it holds, in the calculator by the same price
        year = next(year for year in page.context["years"] if year.offer.edition.code == "chain")
        assert year.cost.extras_minor == 2 * yearly.amount_minor

    def test_the_fee_is_taken_only_above_the_included_turnover(self, db: None) -> None:
        # 3,000 orders of ¥45 a month are ¥1,620,000 a year; Starter includes ¥300,000 and takes 0.6 % of the rest
        with in_control():
            on_sale = offers(now=NOW)
        years = years_with(orders_a_month=3000, average_minor=4500, among=on_sale)
        fees = {year.offer.edition.code: year.cost.fee_minor for year in years if year.cost}

        assert (fees["starter"], fees["growth"]) == (792_000, 0)
        assert [year.offer.edition.code for year in years if year.is_cheapest] == ["growth"]

    def test_the_page_says_what_billing_sells(self, visitor: Client) -> None:
        with in_control():
            price = PriceVersion.objects.get(edition__code="starter", interval="year", valid_until=None)
            price.pk, price.amount_minor, price.valid_from = new_id(), 314_100, NOW
            PriceVersion.objects.filter(edition__code="starter", interval="year").update(valid_until=NOW)
            price.save(force_insert=True)

        page = visitor.get("/prices").content.decode()

        assert "¥3,141" in page
        assert "¥2,980</" not in page.partition("成长")[0]

    def test_a_price_with_the_tax_on_top_says_so_and_is_added_up_with_it(self, visitor: Client) -> None:
        assert "另加税" not in visitor.get("/prices").content.decode()
        for interval, amount in (("month", 28_100), ("year", 281_000)):
            reprice("starter", amount, interval=interval, tiers=[[None, 6_000]], tax_ppm=60_000, tax_inclusive=False)
        asked = {"orders": "800", "average": "50", "interval": "month"}
        page = visitor.get("/prices", asked).content.decode()

        assert "¥281<small>/ 月 · 另加税 6%</small>" in page
        assert "套餐费和交易费都不含税" in page
        starter = page.partition('id="cost-answer"')[2].partition("启航")[2].partition("成长")[0]
        # 12 times 281.00 and its 16.86; 12 times 0.6 % of 40,000 and the 14.40 on it
        for sum_of_year in ("¥6,627.12", "¥3,574.32", "¥3,052.80"):
            assert sum_of_year in starter
        visitor.cookies["lang"] = "en"
        assert "plus 6% tax" in visitor.get("/prices", asked).content.decode()

    def test_the_calculator_answers_the_page(self, visitor: Client) -> None:
        page = visitor.get("/prices", {"orders": "20000", "average": "45"}).content.decode()

        assert "¥63,000" in page

    def test_the_calculator_adds_what_a_plan_lacks_by_the_month_and_by_the_year(self, visitor: Client) -> None:
        asked = {"orders": "100", "average": "45", "leaders": "31", "cities": "4"}
        page = visitor.get("/prices", {**asked, "interval": "month"}).content.decode()

        answer = page.partition('id="cost-answer"')[2].partition("</table>")[0]
        starter, growth = answer.partition("启航")[2].partition("成长")[::2]
        assert "装不下" in starter  # no second city beside Starter
        assert "增加城市 × 1" in growth
        assert "¥2,376" in growth  # twelve months of ¥198
        assert "按月付" in answer
        by_year = visitor.get("/prices", {**asked, "interval": "year"}).content.decode()
        assert "¥1,980" in by_year.partition('id="cost-answer"')[2]

    def test_the_page_costs_few_statements(self, visitor: Client) -> None:
        visitor.get("/prices")
        with CaptureQueriesContext(connection) as asked:
            visitor.get("/prices", {"orders": "100", "average": "45", "cities": "2"})
        assert len(asked) <= 4

    @pytest.mark.parametrize(("orders", "average"), [("", "45"), ("-1", "45"), ("100", "abc"), ("1e9", "45")])
    def test_the_calculator_says_what_is_wrong(self, orders: str, average: str, visitor: Client) -> None:
        answer = visitor.get("/prices", {"orders": orders, "average": average})

        assert answer.status_code == 200
        assert 'aria-invalid="true"' in answer.content.decode()
