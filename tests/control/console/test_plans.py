"""Plans at the operator's desk: versions, cohorts, coupons, and a merchant's subscription with a reason."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from billing.models.agreements import Phase
from billing.models.catalogue import PriceVersion
from billing.models.coupons import Coupon
from billing.models.grants import EntitlementGrant
from billing.services.give_gift import close_gifts
from control.audit.models import AuditEntry
from control.post.models import Letter
from kit.tenancy import in_control
from tests.billing.acting import switch
from tests.billing.world import World, at
from tests.control.console.test_console import read


@pytest.fixture
def starter(world: World) -> World:
    world.save_card()
    world.hear()
    switch(world, "starter", movement="start")
    return world


def typed(world: World, **fields: str) -> dict[str, str]:
    given = {
        "edition": "starter", "currency": "CNY", "interval": "month", "amount": "398", "tax": "6", "tiers": "0.6",
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


class TestCoupons:
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
