"""Hot words and similar goods on a phone: counted once an address and day, this store's alone."""

import pytest

from kit.tenancy import StoreRef, in_store
from tenants.wishes.models import SearchedWords
from tenants.wishes.services.decide_word import Decision, decide_word
from tests.api.conftest import Shop, open_shop
from tests.factories.times import NOW


def noted(shop: Shop, q: str, address: str = "10.0.0.1") -> int:
    shop.stranger.client.defaults["REMOTE_ADDR"] = address
    status: int = shop.stranger.post("/searches", {"q": q}).status_code
    return status


def test_many_addresses_make_a_word_hot_and_one_does_not(shop: Shop) -> None:
    for _time in range(5):
        assert noted(shop, "苹果") == 204
    assert shop.stranger.get("/hot-words").json() == {"items": []}
    for last in (2, 3):
        assert noted(shop, " 苹果 ", f"10.0.0.{last}") == 204

    assert shop.stranger.get("/hot-words").json() == {"items": ["苹果"]}
    assert shop.phone.get(f"/hot-words?pickup_point_id={shop.point.pk}").json() == {"items": ["苹果"]}
    with in_store(shop.ref):
        assert SearchedWords.objects.get().times == 3


def test_is_this_stores_alone(shop: Shop, rival: StoreRef) -> None:
    other = open_shop(rival)
    for last in (1, 2, 3):
        noted(shop, "苹果", f"10.0.0.{last}")
    assert other.stranger.get("/hot-words").json() == {"items": []}
    with in_store(rival):
        assert not SearchedWords.objects.exists()


def test_a_banned_word_is_not_told(shop: Shop) -> None:
    for last in (1, 2, 3):
        noted(shop, "苹果", f"10.0.0.{last}")
    with in_store(shop.ref):
        decide_word(words="苹果", decision=Decision.BANNED, by_name="老板", now=NOW)
    assert shop.stranger.get("/hot-words").json() == {"items": []}


def test_what_is_there_instead_says_why(shop: Shop) -> None:
    alike = shop.stranger.get("/similar-products?q=苹果派").json()
    assert (alike["why"], [one["items"][0]["product"]["title"] for one in alike["items"]]) == ("similar", ["洛川苹果"])
    other = shop.stranger.get(f"/similar-products?q=xyz&pickup_point_id={shop.point.pk}").json()
    assert (other["why"], len(other["items"])) == ("popular", 1)


@pytest.mark.parametrize("body", [{}, {"q": ""}, {"q": "苹" * 51}, {"q": "苹果", "member": "me"}])
def test_other_words_are_refused(shop: Shop, body: dict[str, str]) -> None:
    assert shop.stranger.post("/searches", body).status_code == 400
