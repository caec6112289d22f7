"""Coupons and promotions, through the pages."""

from typing import Any

import pytest
from django.test import Client

from control.people.models import Person
from kit.tenancy import StoreRef, in_store
from tenants.promotions.models import CouponKind, Promotion, Running
from tests.tenants.backoffice.conftest import SignIn, statements_of

COUPON = {
    "name": "新客满30减5",
    "off": "5",
    "threshold": "30",
    "audience": "new",
    "claim_from": "2026-11-20T08:00",
    "claim_until": "2026-12-20T08:00",
    "valid_days": "7",
    "per_member": "1",
    "total": "200",
    "budget": "1000",
    "after_refund": "return",
    "do": "publish",
}
SAVE = {
    "name": "周末满减",
    "starts_at": "2026-11-20T08:00",
    "ends_at": "2026-11-27T08:00",
    "from_1": "50",
    "off_1": "5",
    "from_2": "100",
    "off_2": "15",
    "do": "publish",
}


def page_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_coupon_is_made_published_seen_and_stopped(acme: StoreRef, desk: Client) -> None:
    assert desk.get("/backoffice/coupons/new").status_code == 200
    answer = desk.post("/backoffice/coupons/new", COUPON)
    with in_store(acme):
        kind = CouponKind.objects.get()
    assert answer["Location"] == f"/backoffice/coupons/{kind.pk}"
    assert (kind.off_minor, kind.threshold_minor, kind.total, kind.budget_minor) == (500, 3000, 200, 100_000)
    assert "新客满30减5" in page_of(desk.get("/backoffice/coupons"))
    assert "满 ¥30.00 可用" in page_of(desk.get(answer["Location"]))
    desk.post(f"/backoffice/coupons/{kind.pk}/stop")
    assert "已停止" in page_of(desk.get(answer["Location"]))
    edited = desk.get(f"/backoffice/coupons/{kind.pk}/edit")
    assert 'value="30.00"' in page_of(edited)


def test_a_coupon_that_makes_no_sense_says_so_at_the_field(acme: StoreRef, desk: Client) -> None:
    answer = desk.post("/backoffice/coupons/new", COUPON | {"off": "50"})
    assert answer.status_code == 422
    assert "使用门槛不能低于减免金额" in page_of(answer)
    assert "请填写整数" in page_of(desk.post("/backoffice/coupons/new", COUPON | {"total": "一百"}))
    with in_store(acme):
        assert not CouponKind.objects.exists()


def test_a_draft_waits(acme: StoreRef, desk: Client) -> None:
    desk.post("/backoffice/coupons/new", COUPON | {"do": "save"})
    with in_store(acme):
        assert CouponKind.objects.get().state == Running.DRAFT


def test_a_promotion_is_made_changed_and_stopped_and_told_of_its_rival(acme: StoreRef, desk: Client) -> None:
    assert desk.get("/backoffice/promotions/new/spend_and_save").status_code == 200
    desk.post("/backoffice/promotions/new/spend_and_save", SAVE)
    with in_store(acme):
        promotion = Promotion.objects.get()
    assert promotion.rule == {"tiers": [[5000, 500], [10000, 1500]]}
    assert "满 ¥50.00 减 ¥5.00" in page_of(desk.get("/backoffice/promotions"))
    told = desk.post("/backoffice/promotions/new/spend_and_save", SAVE | {"name": "另一个"}, follow=True)
    assert "一单只按最优惠的算" in page_of(told)
    assert 'value="100.00"' in page_of(desk.get(f"/backoffice/promotions/{promotion.pk}"))
    desk.post(f"/backoffice/promotions/{promotion.pk}", SAVE | {"off_1": "60"})
    desk.post(f"/backoffice/promotions/{promotion.pk}/stop")
    with in_store(acme):
        promotion.refresh_from_db()
    assert promotion.state == Running.STOPPED
    assert promotion.rule["tiers"][0] == [5000, 500]


def test_the_second_piece_at_half_price(acme: StoreRef, desk: Client) -> None:
    words = {name: SAVE[name] for name in ("name", "starts_at", "ends_at", "do")} | {"every": "2", "share": "50"}
    desk.post("/backoffice/promotions/new/next_piece", words)
    with in_store(acme):
        assert Promotion.objects.get().rule == {"every": 2, "off_ppm": 500_000}


@pytest.mark.parametrize("page", ["coupons/new", "promotions/new/spend_and_save", "promotions/new/next_piece"])
def test_clerks_may_look_but_not_give(acme: StoreRef, clerk: Person, sign_in: SignIn, page: str) -> None:
    client = sign_in(clerk)
    assert client.get("/backoffice/coupons").status_code == 200
    assert client.post(f"/backoffice/{page}", COUPON).status_code == 403
    with in_store(acme):
        assert not CouponKind.objects.exists()


def test_lists_cost_the_same_however_long(acme: StoreRef, desk: Client) -> None:
    desk.post("/backoffice/coupons/new", COUPON)
    desk.post("/backoffice/promotions/new/spend_and_save", SAVE)
    before = statements_of(desk, "/backoffice/coupons"), statements_of(desk, "/backoffice/promotions")
    for _more in range(4):
        desk.post("/backoffice/coupons/new", COUPON)
        desk.post("/backoffice/promotions/new/spend_and_save", SAVE)
    assert (statements_of(desk, "/backoffice/coupons"), statements_of(desk, "/backoffice/promotions")) == before
