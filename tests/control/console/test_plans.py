"""Plans at the operator's desk: versions, cohorts, coupons, and a merchant's subscription with a reason."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from billing.books import check
from billing.coupon_rules import coupon_for
from billing.models.addons import AddOnPrice
from billing.models.agreements import Phase
from billing.models.catalogue import PriceVersion
from billing.models.coupons import Coupon
from billing.models.grants import EntitlementGrant, Gift
from billing.refusals import CouponUnknown
from billing.renewals import add_on_price
from billing.services.give_gift import close_gifts
from control.audit.models import AuditEntry
from control.console.acts import told
from control.post.models import Letter
from kit.ids import new_id
from kit.tenancy import in_control
from tests.billing.acting import act, switch
from tests.billing.world import World, at
from tests.control.console.test_console import read

ADD_ON = {"amount": "80", "tax": "6", "tax_in": "included", "valid_from": "2026-11-21T00:00", "reason": "x"}


@pytest.fixture
def starter(world: World) -> World:
    world.save_card()
    world.hear()
    switch(world, "starter", movement="start")
    return world


def typed(world: World, **fields: str) -> dict[str, str]:
    given = {
        "edition": "starter", "currency": "CNY", "interval": "month", "amount": "398", "tax": "6", "tax_in": "included",
        "tiers": "0.6",
        "staff": "3", "skus": "500", "leaders": "30", "cities": "1", "domains": "1", "features": "api_read",
        "valid_from": "2026-11-21T00:00", "reason": "成本上涨",
    }  # fmt: skip
    return {**given, **fields}


class TestPrices:
    def test_a_new_version_is_sold_and_who_bought_before_keeps_the_old(
        self, starter: World, at_console: Client
    ) -> None:
        old = starter.price("starter")
        assert "绿家" in read(at_console, f"prices/{old.pk}/next") or "家店" in read(
            at_console, f"prices/{old.pk}/next"
        )
        assert at_console.post(f"/console/prices/{old.pk}/next", typed(starter)).status_code == 303

        assert starter.price("starter").amount_minor == 39_800
        with in_control():
            assert Phase.objects.get(ends_at=None).price_id == old.pk
        page = read(at_console, "prices")
        assert "¥398.00" in page
        assert "¥298.00" in page

    @pytest.mark.parametrize(
        "wrong", [{"amount": "-1"}, {"tiers": "100000 0.6"}, {"valid_from": "2020-01-01T00:00"}, {"staff": "-1"},
                  {"tiers": "abc"}, {"currency": "XXX"}, {"reason": ""}],
    )  # fmt: skip
    def test_that_make_no_sense_are_refused_with_a_sentence(
        self, starter: World, at_console: Client, wrong: dict[str, str]
    ) -> None:
        with in_control():
            before = PriceVersion.objects.count()
        answer = at_console.post(f"/console/prices/{starter.price('starter').pk}/next", typed(starter, **wrong))

        assert answer.status_code == 422
        with in_control():
            assert PriceVersion.objects.count() == before

    def test_that_overlap_a_later_one_are_refused(self, starter: World, at_console: Client) -> None:
        old = starter.price("starter")
        address = f"/console/prices/{old.pk}/next"
        assert at_console.post(address, typed(starter, valid_from="2027-06-01T00:00")).status_code == 303
        answer = at_console.post(address, typed(starter, valid_from="2027-01-01T00:00"))

        assert answer.status_code == 422
        assert "同一时间只能有一个价格在售" in answer.content.decode()

    def test_a_cohort_moves_after_notice_and_is_told(self, starter: World, at_console: Client) -> None:
        old = starter.price("starter")
        at_console.post(f"/console/prices/{old.pk}/next", typed(starter))
        page = read(at_console, f"prices/{old.pk}/cohort")
        assert "2027-01-20" in page
        assert "¥100.00" in page

        with starter.committing(execute=True):
            answer = at_console.post(f"/console/prices/{old.pk}/cohort", {"expected": "1", "reason": "统一价格"})
        assert answer.status_code == 303
        with in_control():
            assert "2027-01-20" in Letter.objects.latest("sent_at").text
        totals = []
        for day in ("2026-12-20", "2027-01-20"):
            starter.move(at(f"{day} 00:05"))
            starter.run()
            totals.append(starter.invoices()[-1].total_minor)
        assert totals == [29_800, 39_800]

    def test_a_cohort_of_another_size_than_shown_stays(self, starter: World, at_console: Client) -> None:
        old = starter.price("starter")
        at_console.post(f"/console/prices/{old.pk}/next", typed(starter))

        answer = at_console.post(f"/console/prices/{old.pk}/cohort", {"expected": "2", "reason": "统一价格"})
        assert answer.status_code == 422
        with in_control():
            assert Phase.objects.filter(starts_at__gt=starter.now).count() == 0


class TestTaxOnTop:
    def test_is_chosen_on_the_form_shown_in_the_list_and_told_in_the_audit(
        self, starter: World, at_console: Client
    ) -> None:
        old = starter.price("starter")
        form = read(at_console, f"prices/{old.pk}/next")
        assert "税另加时，订阅费和服务费都按不含税计算" in form
        assert "现在的价格 ¥298.00 含税。" in form
        assert at_console.post(f"/console/prices/{old.pk}/next", typed(starter, tax_in="on_top")).status_code == 303

        new = starter.price("starter")
        assert (new.tax_inclusive, new.payable_minor) == (False, 42_188)
        assert "另加税 6%" in read(at_console, "prices")
        with in_control():
            entry = AuditEntry.objects.get(what="price.published")
            assert told(entry)["sentence"] == "发布价格 启航（按月）¥398.00，另加税 6%"
        form = read(at_console, f"prices/{new.pk}/next")
        assert "现在的价格 ¥398.00，另加税 6%，合计 ¥421.88。" in form
        assert 'value="on_top" selected' in form  # the version that follows begins with what it follows

    @pytest.mark.parametrize("wrong", ["", "x", "ON_TOP"])
    def test_is_one_of_two_ways(self, starter: World, at_console: Client, wrong: str) -> None:
        old = starter.price("starter")
        assert at_console.post(f"/console/prices/{old.pk}/next", typed(starter, tax_in=wrong)).status_code == 422
        assert starter.price("starter") == old

    def test_is_told_to_a_cohort_that_moves_to_it(self, starter: World, at_console: Client) -> None:
        old = starter.price("starter")
        at_console.post(f"/console/prices/{old.pk}/next", typed(starter, amount="298", tax_in="on_top"))
        page = read(at_console, f"prices/{old.pk}/cohort")
        assert "原价含税，新价另加税 6%" in page
        assert "¥315.88" in page  # 298.00 and its 17.88
        assert "¥17.88" in page

        with starter.committing(execute=True):
            given = {"expected": "1", "reason": "税另加"}
            assert at_console.post(f"/console/prices/{old.pk}/cohort", given).status_code == 303

        with in_control():
            letter = Letter.objects.latest("sent_at").text
            moved = told(AuditEntry.objects.get(what="price.moved"))["sentence"]
        assert "由 298.00 CNY 调整为 298.00 CNY（另加税 6%，合计 315.88 CNY）" in letter
        assert "原来的价格含税；新价格不含税" in letter
        assert moved == "迁移到新价格 ¥315.88（原价含税，新价税另加，金额含税）"
        totals = []
        for day in ("2026-12-20", "2027-01-20"):
            starter.move(at(f"{day} 00:05"))
            starter.run()
            totals.append(starter.invoices()[-1].total_minor)
        assert totals == [29_800, 31_588]

    def test_is_chosen_for_an_add_on_too(self, starter: World, at_console: Client) -> None:
        with in_control():
            old = AddOnPrice.objects.get(add_on__code="staff_pack", interval="month")
        given = {**ADD_ON, "tax_in": "on_top"}
        address = f"/console/prices/add-ons/{old.pk}/next"
        assert "价格含税" in read(at_console, f"prices/add-ons/{old.pk}/next")
        assert at_console.post(address, {**given, "tax_in": "x"}).status_code == 422
        assert at_console.post(address, given).status_code == 303

        with in_control():
            new = AddOnPrice.objects.get(add_on__code="staff_pack", interval="month", valid_until=None)
            entry = AuditEntry.objects.get(what="add_on.published")
            assert told(entry)["sentence"].endswith("（按月）¥80.00，另加税 6%")
        assert (new.tax_inclusive, new.payable_minor) == (False, 8_480)
        assert "另加税 6%" in read(at_console, "prices")


class TestAddOns:
    def test_a_new_price_is_for_new_pieces_and_shows_who_keeps_the_old(
        self, starter: World, at_console: Client
    ) -> None:
        act(starter, "add_on", add_on="staff_pack", quantity=2)
        with in_control():
            old = AddOnPrice.objects.get(add_on__code="staff_pack", interval="month")
        page = read(at_console, f"prices/add-ons/{old.pk}/next")
        assert starter.merchant().name in page
        assert "¥100.00" in page
        given = {**ADD_ON, "reason": "成本上涨"}
        assert at_console.post(f"/console/prices/add-ons/{old.pk}/next", given).status_code == 303

        assert "¥80.00" in read(at_console, "prices")
        starter.move(at("2026-12-20 00:05"))
        starter.run()
        assert starter.invoices()[-1].total_minor == 29_800 + 10_000  # the pieces held are as they were bought
        with in_control():
            new = AddOnPrice.objects.get(add_on__code="staff_pack", interval="month", valid_until=None)
            assert (new.amount_minor, AddOnPrice.objects.get(pk=old.pk).valid_until) == (8_000, at("2026-11-21 00:00"))
            assert add_on_price(old.add_on_id, price=starter.price("starter"), now=starter.now) == new

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"amount": "-1"}, "不能是负数"),
            ({"valid_from": "2020-01-01T00:00"}, "不能早于现在"),
            ({"reason": ""}, "写明原因"),
        ],
    )
    def test_that_make_no_sense_are_refused(
        self, starter: World, at_console: Client, wrong: dict[str, str], sentence: str
    ) -> None:
        with in_control():
            old = AddOnPrice.objects.get(add_on__code="city", interval="year")
        given = {**ADD_ON, **wrong}
        answer = at_console.post(f"/console/prices/add-ons/{old.pk}/next", given)

        assert answer.status_code == 422
        assert sentence in answer.content.decode()
        with in_control():
            assert AddOnPrice.objects.filter(add_on=old.add_on_id, interval="year").count() == 1

    def test_two_at_one_time_are_refused(self, starter: World, at_console: Client) -> None:
        with in_control():
            old = AddOnPrice.objects.get(add_on__code="city", interval="month")
        address = f"/console/prices/add-ons/{old.pk}/next"
        given = {**ADD_ON, "valid_from": "2027-06-01T00:00"}
        assert at_console.post(address, given).status_code == 303

        answer = at_console.post(address, {**given, "valid_from": "2027-01-01T00:00"})
        assert answer.status_code == 422
        assert "同一时间只能有一个价格在售" in answer.content.decode()


class TestCoupons:
    def test_that_are_stopped_are_no_longer_redeemed_and_stay_with_who_has_them(
        self, starter: World, at_console: Client
    ) -> None:
        given = {"code": "HALF", "percent": "50", "currency": "CNY", "duration": "forever", "reason": "x"}
        at_console.post("/console/coupons/new", given)
        with in_control():
            coupon = Coupon.objects.get()
        act(starter, "coupon", coupon="half")
        address = f"/console/coupons/{coupon.pk}/stop"
        assert "已有 1 家领取" in at_console.get(address).content.decode()
        assert at_console.post(address, {"reason": ""}).status_code == 422
        assert at_console.post(address, {"reason": "活动结束"}).status_code == 303

        assert "已停用" in read(at_console, "coupons")
        with in_control(), pytest.raises(CouponUnknown):
            coupon_for(subscription=starter.subscription(), code="HALF", phase=None, now=starter.now)
        starter.move(at("2026-12-20 00:05"))
        starter.run()
        assert starter.invoices()[-1].total_minor == 14_900
        with in_control():
            assert AuditEntry.objects.filter(what="coupon.stopped", reason="活动结束").count() == 1
        assert at_console.get(f"/console/coupons/{new_id()}/stop").status_code == 404

    def test_are_made_and_listed(self, at_console: Client) -> None:
        given = {"code": "spring", "percent": "20", "currency": "CNY", "duration": "months", "months": "3",
                 "reason": "春季活动"}  # fmt: skip
        assert at_console.post("/console/coupons/new", given).status_code == 303
        assert "SPRING" in read(at_console, "coupons")
        assert at_console.post("/console/coupons/new", given).status_code == 422

    @pytest.mark.parametrize(
        "wrong",
        [{"amount": "10"}, {"percent": ""}, {"percent": "0"}, {"months": "0"}, {"redeem_by": "2020-01-01T00:00"}],
    )
    def test_that_make_no_sense_are_refused(self, at_console: Client, wrong: dict[str, str]) -> None:
        given = {
            "code": "spring",
            "percent": "20",
            "currency": "CNY",
            "duration": "months",
            "months": "3",
            "reason": "x",
        }
        assert at_console.post("/console/coupons/new", {**given, **wrong}).status_code == 422
        with in_control():
            assert Coupon.objects.count() == 0


class TestSubscription:
    def test_is_moved_down_at_once_with_a_reason(self, starter: World, at_console: Client) -> None:
        switch(starter, "growth")
        address = f"stores/{starter.store.merchant_id}/subscription"
        words = {"movement": "switch_now", "price": str(starter.price("starter").pk)}
        page = read(at_console, f"{address}/movement", **words)
        quote = re.search(r'name="quote" value="([0-9a-f-]+)"', page)
        assert quote
        query = "&".join(f"{name}={value}" for name, value in words.items())

        where = f"/console/{address}/movement?{query}"
        assert at_console.post(where, {"quote": quote[1], "reason": ""}).status_code == 422
        assert at_console.post(where, {"quote": quote[1], "reason": "买错了"}).status_code == 303
        assert starter.balance("merchant_credit") < 0
        assert "买错了" in read(at_console, address)
        with in_control():
            assert AuditEntry.objects.filter(what="subscription.changed", reason="买错了").exists()

    def test_gifts_count_at_once_and_until_they_end(self, starter: World, at_console: Client) -> None:
        address = f"/console/stores/{starter.store.merchant_id}/subscription"
        given = {"what": "leaders", "amount": "20", "ends_at": "2026-12-01T00:00", "reason": "补偿"}
        assert at_console.post(address, given).status_code == 303
        assert starter.merchant().limits["leaders"] == 50
        with in_control():
            assert EntitlementGrant.objects.filter(source="gift").count() == 1
            close_gifts(now=at("2026-12-01 00:00") + timedelta(minutes=5))
        assert starter.merchant().limits["leaders"] == 30

    def test_a_gift_may_be_ended_before_its_time(self, starter: World, at_console: Client) -> None:
        here = f"/console/stores/{starter.store.merchant_id}"
        given = {"what": "leaders", "amount": "20", "ends_at": "2026-12-01T00:00", "reason": "补偿"}
        at_console.post(f"{here}/subscription", given)
        with in_control():
            gift = Gift.objects.get()
        address = f"{here}/gifts/{gift.pk}/end"
        assert address in read(at_console, f"stores/{starter.store.merchant_id}/subscription")
        assert at_console.get(address).status_code == 200
        assert at_console.post(address, {"reason": ""}).status_code == 422
        assert at_console.post(address, {"reason": "送错了"}).status_code == 303
        assert at_console.post(address, {"reason": "送错了"}).status_code == 303

        assert starter.merchant().limits["leaders"] == 30
        with in_control():
            assert AuditEntry.objects.filter(what="gift.ended", reason="送错了").count() == 1
            assert check(starter.now) == []
        assert at_console.get(f"/console/stores/{new_id()}/gifts/{gift.pk}/end").status_code == 404

    def test_a_next_plan_may_follow_the_calendar(self, starter: World, at_console: Client) -> None:
        here = f"/console/stores/{starter.store.merchant_id}/calendar"
        assert at_console.post(here, {"bills_by_calendar": "on", "reason": ""}).status_code == 422
        assert at_console.post(here, {"bills_by_calendar": "on", "reason": "财务要求"}).status_code == 303
        assert "每月 1 日" in read(at_console, f"stores/{starter.store.merchant_id}/subscription")

        starter.move(at("2026-12-20 00:05"))
        starter.run()
        assert starter.invoices()[-1].total_minor == 29_800  # what runs goes on by its own day
        switch(starter, "starter", "year")
        assert starter.subscription().period_ends_at == at("2027-01-01 00:00")
