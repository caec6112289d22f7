"""A key that goes too fast is told when to come back; the headers say how much is left."""

import pytest

from api.open import views
from kit.pace import Pace
from kit.tenancy import StoreRef
from tests.api.conftest import Shop
from tests.api.open.program import a_key
from tests.api.phone import Phone


def test_headers_say_what_is_left_and_a_refusal_when_to_come_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []

    def two(*, name: str, burst: int, per_second: int) -> Pace:
        counted.append(name)
        left = 2 - len(counted)
        return Pace(left >= 0, burst, max(0, left), 0 if left >= 0 else 3, 5)

    monkeypatch.setattr(views, "step", two)
    program = Phone(shop.ref, a_key(shop.ref))

    answers = [program.get("/open/products") for _each in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0]["X-RateLimit-Remaining"] == "1"
    assert answers[0]["X-RateLimit-Limit"] == str(views.BURST)
    assert (answers[2]["Retry-After"], answers[2].json()["code"]) == ("3", "too_fast")
    assert len(set(counted)) == 1
    assert shop.ref.schema in counted[0]


def test_two_keys_are_counted_apart(shop: Shop, rival: StoreRef, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    monkeypatch.setattr(views, "step", lambda *, name, burst, per_second: counted.append(name))

    for _each in range(2):
        Phone(shop.ref, a_key(shop.ref)).get("/open/products")

    assert len(set(counted)) == 2
