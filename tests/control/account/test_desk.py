"""The merchant's desk: what a plan costs before confirming, each order's fee, paying by hand."""

import re
from datetime import timedelta

import httpx
import pytest

from billing.models.changes import PlanChange
from billing.models.collection import ChargeAttempt
from kit.tenancy import in_control
from tests.billing.acting import reprice
from tests.billing.world import GOOD_CARD, PAYS_NEVER, World, at
from tests.control.account.conftest import Desk


def quote_on(page: str) -> str:
    found = re.search(r'name="quote" value="([0-9a-f-]+)"', page)
    assert found
    return found[1]


class TestPlan:
    def test_says_how_long_the_trial_lasts(self, world: World, owner: Desk) -> None:
        page = owner.get()

        assert "试用到 2026-12-05 00:00" in page
        assert "选择套餐" in page

    def test_foretells_the_next_invoice(self, world: World, owner: Desk) -> None:
        world.save_card()
        world.choose("starter")
        world.order_paid(1_000_000, world.now)
        world.move(world.now + timedelta(minutes=1))
        world.collect()
        page = owner.get()

        assert "¥298.00" in page
        assert "¥60.00" in page
        assert "¥358.00" in page
        assert "Visa" in page or "visa" in page

    def test_shows_what_is_owed(self, world: World, owner: Desk) -> None:
        world.save_card(PAYS_NEVER)
        world.choose("starter")

        assert "还欠 ¥298.00" in owner.get()

    def test_is_there_when_the_trial_is_over(self, world: World, owner: Desk) -> None:
        world.move(at("2026-12-05 00:10"))
        world.run()

        assert "试用已经结束" in owner.get()


class TestChoosing:
    def test_compares_by_month_and_by_year(self, world: World, owner: Desk) -> None:
        assert "¥298.00" in owner.get("plans")
        assert "¥2,980.00" in owner.get("plans", interval="year")

    def test_shows_the_exact_amount_and_charges_just_that(self, world: World, owner: Desk) -> None:
        world.save_card()
        price = world.price("growth")
        page = owner.get(f"plans/{price.pk}")
        assert "确认并支付 ¥980.00" in page
        assert "含 6% 增值税 ¥55.47" in page

        answer = owner.post(f"plans/{price.pk}", quote=quote_on(page), when="now")

        assert (answer.status_code, answer["Location"]) == (303, "/backoffice/account/")
        assert world.invoices()[0].total_minor == 98_000

    def test_later_costs_nothing_now(self, world: World, owner: Desk) -> None:
        world.save_card()
        price = world.price("growth")
        page = owner.get(f"plans/{price.pk}", when="later")
        assert "2026-12-05 再扣 ¥980.00" in page

        owner.post(f"plans/{price.pk}", quote=quote_on(page), when="later")

        assert world.invoices() == []
        assert "已约好换套餐" in owner.get()

    def test_says_so_when_the_amount_moved(self, world: World, owner: Desk) -> None:
        world.save_card()
        address = f"plans/{world.price('growth').pk}"
        page = owner.get(address)
        with in_control():
            PlanChange.objects.update(due_now_minor=1)
        answer = owner.post(address, quote=quote_on(page), when="now")

        assert answer.status_code == 422
        assert "应付金额有变化" in answer.content.decode()

    def test_without_a_card_leads_to_one(self, world: World, owner: Desk) -> None:
        page = owner.get(f"plans/{world.price('starter').pk}")

        assert "去绑卡" in page
        assert "确认并支付" not in page

    def test_is_the_owners(self, world: World, clerk: Desk) -> None:
        assert clerk.ask(f"plans/{world.price('starter').pk}").status_code == 403
        assert clerk.post("card/new").status_code == 403
        assert "请店主来选择套餐" in clerk.get("plans")

    def test_of_a_price_that_is_not_sold_is_404(self, world: World, owner: Desk) -> None:
        assert owner.ask(f"plans/{world.price('trial').pk}").status_code == 404


class TestTaxOnTop:
    def test_is_said_before_and_added_to_what_is_paid(self, world: World, owner: Desk) -> None:
        price = reprice("starter", 28_100, tiers=[[None, 6_000]], tax_ppm=60_000, tax_inclusive=False)
        world.save_card()
        plans = owner.get("plans")
        assert "另加税 6%，合计 ¥297.86" in plans
        assert "写着“另加税”的" in plans
        page = owner.get(f"plans/{price.pk}", when="later")
        assert "再扣 ¥297.86" in page
        page = owner.get(f"plans/{price.pk}")
        assert "确认并支付 ¥297.86" in page
        assert "含 6% 增值税 ¥16.86" in page
        assert "¥281.00 另加税 6%：¥16.86" in page

        owner.post(f"plans/{price.pk}", quote=quote_on(page), when="now")
        assert world.invoices()[0].total_minor == 29_786
        world.order_paid(1_000_000, world.now)
        world.move(world.now + timedelta(minutes=1))
        world.collect()

        page = owner.get()
        assert "¥63.60" in page  # 60.00 of fees and 3.60 on them
        assert "¥361.46" in page  # with the next month's 297.86
        fees = owner.get("fees")
        assert "另加税 6%，在账单上整行一起算" in fees
        assert "¥3.60" in fees


class TestCard:
    def test_is_typed_on_stripes_page_and_then_shown_by_its_last_digits(self, world: World, owner: Desk) -> None:
        leaving = owner.post("card/new")
        address = leaving["Refresh"].removeprefix("0; url=")
        assert address in leaving.content.decode()

        typed = {"card_number": GOOD_CARD, "card_expiry": "12/34", "card_cvc": "123", "card_name": "Wang"}
        back = httpx.post(address, data=typed).headers["Location"]
        answer = owner.ask(back.removeprefix("http://acme.linli.test/backoffice/account/"))

        assert answer.status_code == 303
        assert "···· 4242" in owner.get("card")

    def test_of_a_strange_visit_is_not_taken(self, world: World, owner: Desk) -> None:
        owner.ask("card/done", visit="cs_test_somebody_elses")

        assert "还没有绑定银行卡" in owner.get("card")


class TestInvoices:
    @pytest.fixture
    def billed(self, world: World) -> World:
        world.save_card()
        world.choose("starter", "year")
        world.hear()
        world.order_paid(29_990_000, at("2026-11-22 10:00"))
        world.order_paid(1_025_000, at("2026-11-22 11:00"))
        world.move(at("2026-12-20 00:30"))
        world.run()
        world.hear()
        return world

    def test_are_listed_with_their_states(self, billed: World, owner: Desk) -> None:
        page = owner.get("invoices")

        assert [number in page for number in ("LL2026-000001", "LL2026-000002")] == [True, True]
        assert "没有符合条件的记录" in owner.get("invoices", state="open")

    def test_explain_each_orders_fee(self, billed: World, owner: Desk) -> None:
        page = owner.get(f"invoices/{billed.invoices()[1].pk}")

        assert "¥299,900.00 在套餐包含的成交额内，不收费" in page
        assert "¥100.00 在套餐包含的成交额内，不收费" in page
        assert "¥10,150.00 × 0.6%" in page
        assert "¥60.90" in page
        assert "2026-11-20 – 2026-12-19" in page

    def test_find_one_order(self, billed: World, owner: Desk) -> None:
        path = f"invoices/{billed.invoices()[1].pk}"
        number = re.findall(r"N[0-9a-f]{6}", owner.get(path))[0]

        assert len(set(re.findall(r"/backoffice/orders/[0-9a-f-]{36}", owner.get(path, q=number)))) == 1

    def test_of_other_merchants_are_404(self, billed: World, owner: Desk) -> None:
        assert owner.ask("invoices/00000000-0000-7000-8000-000000000000").status_code == 404

    def test_that_failed_are_paid_by_hand(self, world: World, owner: Desk) -> None:
        world.save_card(PAYS_NEVER)
        world.choose("starter")
        invoice = world.invoices()[0]
        assert "没有付成功" in owner.get(f"invoices/{invoice.pk}")

        answer = owner.post(f"invoices/{invoice.pk}/payment")
        assert answer.status_code == 303
        with in_control():
            assert ChargeAttempt.objects.count() == 2

    def test_under_way_are_not_paid_twice(self, world: World, owner: Desk) -> None:
        world.save_card()
        world.choose("starter")
        invoice = world.invoices()[0]
        assert "立即付款" not in owner.get(f"invoices/{invoice.pk}")

        owner.post(f"invoices/{invoice.pk}/payment")
        with in_control():
            assert ChargeAttempt.objects.count() == 1
