"""Leaving a wish for a pickup point, from the phone of anybody."""

from typing import Any

import pytest

from kit.tenancy import in_store
from tenants.leaders.models import PointWish
from tests.api.conftest import Shop
from tests.api.phone import Phone

WORDS = {"name": "王女士", "phone": "138 1234 5678", "city": "上海", "estate": "绿城一期", "agrees": True}


def leave(by: Phone, **other: Any) -> Any:
    return by.post("/point-wishes", {**WORDS, **other})


def test_a_stranger_and_a_member_leave_one(shop: Shop) -> None:
    answer = leave(shop.stranger, lat=31.2304, lng=121.4737)
    again = leave(shop.stranger)
    member = leave(shop.phone, estate="阳光里", would_lead=True)

    assert (answer.status_code, answer.json()["estate"], bool(answer.json()["sentence"])) == (201, "绿城一期", True)
    assert again.json() == answer.json()  # and says nothing of who asked before
    assert member.status_code == 201
    with in_store(shop.ref):
        first, second = PointWish.objects.order_by("created_at", "pk")
        assert (first.member_id, float(first.latitude or 0), second.member_id) == (None, 31.2304, shop.member.pk)


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ({"agrees": False}, 422),
        ({"phone": "12"}, 422),
        ({"estate": ""}, 400),
        ({"city": " "}, 400),
        ({"lat": 31.2}, 400),
        ({"lat": 91, "lng": 1}, 400),
        ({"lat": "NaN", "lng": 1}, 400),
        ({"state": "opened"}, 400),
    ],
)
def test_nonsense_is_refused_and_nothing_kept(shop: Shop, other: dict[str, Any], status: int) -> None:
    assert leave(shop.stranger, **other).status_code == status
    with in_store(shop.ref):
        assert not PointWish.objects.exists()


def test_one_phone_and_one_address_are_slowed_down(shop: Shop) -> None:
    answers = [leave(shop.stranger, estate=f"{number} 期") for number in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
    assert answers[-1].json()["code"] == "too_many_wishes"

    many = [leave(shop.stranger, phone=f"139000000{number:02}") for number in range(20)]
    assert many[-1].status_code == 429
    assert many[0].status_code == 201
