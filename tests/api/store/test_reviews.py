"""Reviews through the API: written by those who fetched, read by everybody, of nobody's full name."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from api.store import reviews as door
from kit.ids import new_id
from kit.tenancy import in_store
from tenants.journal.services import Actor
from tenants.orders.models import Order
from tenants.reviews.services.answer_review import hide_review, reply_to_review
from tests.api.conftest import Shop, open_shop
from tests.api.phone import Phone, signed_in
from tests.api.test_statements import counted, work
from tests.factories.members import a_member
from tests.factories.orders import line_id_of
from tests.factories.reviews import a_fetched_order, a_review
from tests.factories.times import NOW
from tests.tenants.catalog.sheets import a_picture

BOSS = Actor(kind="person", id="1", name="老板")


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def order(shop: Shop) -> Order:
    with in_store(shop.ref):
        return a_fetched_order(shop.item, member=shop.member, point=shop.point)


def words(shop: Shop, order: Order, **said: Any) -> dict[str, Any]:
    with in_store(shop.ref):
        return {"line_id": str(line_id_of(order)), "stars": 5, "words": "很新鲜", **said}


def upload(phone: Phone, content: bytes, *, name: str = "菜.png") -> Any:
    file = SimpleUploadedFile(name, content, "image/png")
    return phone.client.post(
        "/api/v1/review-pictures", {"picture": file}, headers={"authorization": f"Bearer {phone.token}"}
    )


class TestWriting:
    def test_from_the_list_of_what_was_fetched_to_the_products_page(self, shop: Shop, order: Order) -> None:
        waiting = shop.phone.get("/reviews/to-write").json()["items"]
        assert [one["order_number"] for one in waiting] == [order.number]
        kept = upload(shop.phone, a_picture()).json()

        written = shop.phone.post(
            "/reviews", {"line_id": waiting[0]["line_id"], "stars": 4, "words": "脆", "picture_ids": [kept["id"]]}
        )

        assert written.status_code == 201, written.content
        assert shop.phone.get("/reviews/to-write").json()["items"] == []
        page = shop.stranger.get(f"/products/{waiting[0]['product_id']}/reviews").json()
        assert page["rating"] == {"average": "4.0", "count": 1, "by_stars": [0, 0, 0, 1, 0]}
        assert [one["words"] for one in page["items"]] == ["脆"]
        assert page["items"][0]["pictures"][0]["image"] == kept["image"]
        assert shop.phone.client.get(kept["image"]).status_code == 200
        assert shop.phone.client.get(kept["thumb"]).status_code == 200

    def test_is_added_to_and_answered(self, shop: Shop, order: Order) -> None:
        review = shop.phone.post("/reviews", words(shop, order)).json()

        added = shop.phone.post(f"/reviews/{review['id']}/addition", {"words": "第二天还好"})
        with in_store(shop.ref):
            reply_to_review(review_id=review["id"], reply="谢谢", actor=BOSS, now=NOW)

        assert (added.status_code, added.json()["can_add"]) == (201, False)
        again = shop.phone.post(f"/reviews/{review['id']}/addition", {"words": "再来"})
        assert (again.status_code, again.json()["code"]) == (409, "already_added")
        mine = shop.phone.get("/reviews").json()["items"][0]
        assert (mine["addition"]["words"], mine["reply"]["words"]) == ("第二天还好", "谢谢")

    def test_twice_is_a_conflict(self, shop: Shop, order: Order) -> None:
        first, second = (shop.phone.post("/reviews", words(shop, order)) for _time in range(2))

        assert (first.status_code, second.status_code) == (201, 409)
        assert second.json()["code"] == "already_reviewed"

    @pytest.mark.parametrize("stars", [0, 6, "5", 4.5, True, None])
    def test_takes_whole_stars(self, shop: Shop, order: Order, stars: Any) -> None:
        answer = shop.phone.post("/reviews", words(shop, order, stars=stars))

        assert answer.status_code == 400
        assert "stars" in answer.json()["errors"]

    def test_another_members_and_nobodys_line_and_review_are_not_there(self, shop: Shop, order: Order) -> None:
        review = shop.phone.post("/reviews", words(shop, order)).json()["id"]
        with in_store(shop.ref):
            other = signed_in(shop.ref, a_member())

        for phone, line in ((other, words(shop, order)["line_id"]), (shop.phone, str(new_id()))):
            assert phone.post("/reviews", words(shop, order, line_id=line)).status_code == 404
        assert other.post(f"/reviews/{review}/addition", {"words": "我也要说"}).status_code == 404
        assert other.get("/reviews").json()["items"] == []

    def test_needs_a_member(self, shop: Shop, order: Order) -> None:
        assert shop.stranger.post("/reviews", words(shop, order)).status_code == 401
        assert shop.stranger.get("/reviews").status_code == 401
        assert upload(shop.stranger, a_picture()).status_code == 401


class TestReading:
    def test_shows_no_more_of_a_name_than_its_first_character(self, shop: Shop) -> None:
        with in_store(shop.ref):
            known, unknown = a_member(nickname="王阿姨"), a_member(nickname="李姐")
            product = shop.item.sku.product_id
            a_review(a_fetched_order(shop.item, member=known, point=shop.point))
            a_review(a_fetched_order(shop.item, member=unknown, point=shop.point), is_anonymous=True)

        answer = shop.stranger.get(f"/products/{product}/reviews")

        assert {one["by"] for one in answer.json()["items"]} == {"王**", "**"}
        assert "王阿姨" not in answer.content.decode()
        assert "李" not in answer.content.decode()

    def test_a_hidden_one_is_its_writers_alone_with_the_reason(self, shop: Shop, order: Order) -> None:
        review = shop.phone.post("/reviews", words(shop, order, words="加微信")).json()
        with in_store(shop.ref):
            hide_review(review_id=review["id"], reason="advert", actor=BOSS, now=NOW)

        page = shop.stranger.get(f"/products/{review['product_id']}/reviews").json()

        assert (page["items"], page["rating"]["count"]) == ([], 1)
        assert shop.phone.get("/reviews").json()["items"][0]["hidden_reason"] == "广告或引流"

    def test_pages_and_filters_in_four_statements_at_most(self, shop: Shop) -> None:
        with in_store(shop.ref):
            product = shop.item.sku.product_id
            for stars in (5, 4, 3, 2, 1):
                a_review(a_fetched_order(shop.item, member=a_member(), point=shop.point), stars=stars)
        shop.stranger.get("/store")

        with counted() as said:
            first = shop.stranger.get(f"/products/{product}/reviews?limit=3").json()
        rest = shop.stranger.get(f"/products/{product}/reviews?limit=3&cursor={first['next']}").json()

        assert len(work(said)) == 3, "\n".join(work(said))  # rating, reviews with members, pictures
        assert (len(first["items"]), len(rest["items"]), rest["next"]) == (3, 2, None)
        assert len({one["id"] for one in first["items"] + rest["items"]}) == 5
        for only, wanted in (("good", {4, 5}), ("bad", {1, 2}), ("pictures", set())):
            found = shop.stranger.get(f"/products/{product}/reviews?only={only}").json()["items"]
            assert {one["stars"] for one in found} == wanted

    def test_of_a_members_own_lists_costs_the_same_for_many(self, shop: Shop) -> None:
        with in_store(shop.ref):
            for _time in range(4):
                a_review(a_fetched_order(shop.item, member=shop.member, point=shop.point))
                a_fetched_order(shop.item, member=shop.member, point=shop.point)
        shop.phone.get("/store")

        for path, statements in (("/reviews", 3), ("/reviews/to-write", 2)):  # the token is one
            with counted() as said:
                assert len(shop.phone.get(path).json()["items"]) == 4
            assert len(work(said)) == statements, "\n".join(work(said))


class TestPictures:
    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"<svg onload=alert(1)>", "not_a_picture"),
            (b"\x89PNG\r\n\x1a\n" + b"0" * 50, "not_a_picture"),
            (a_picture(size=(8000, 5001)), "picture_too_large"),
        ],
    )
    def test_that_are_none_or_too_large_are_refused(self, shop: Shop, content: bytes, code: str) -> None:
        answer = upload(shop.phone, content)

        assert (answer.status_code, answer.json()["code"]) == (422, code)

    def test_of_more_than_ten_megabytes_are_not_even_read(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(door, "MOST_BYTES", 100)

        answer = upload(shop.phone, b"x" * 5000)

        assert (answer.status_code, answer.json()["code"]) == (422, "picture_too_large")

    def test_need_a_file_and_nothing_else(self, shop: Shop) -> None:
        auth = {"authorization": f"Bearer {shop.phone.token}"}
        for form in ({}, {"picture": "no file"}, {"other": SimpleUploadedFile("a.png", a_picture())}):
            assert shop.phone.client.post("/api/v1/review-pictures", form, headers=auth).status_code == 400
        assert shop.phone.post("/review-pictures", {"picture": "x"}).status_code == 415

    def test_of_the_neighbours_are_nothing_here(self, shop: Shop, order: Order, rival: Any) -> None:
        theirs = upload(open_shop(rival).phone, a_picture()).json()

        answer = shop.phone.post("/reviews", words(shop, order, picture_ids=[theirs["id"]]))

        assert (answer.status_code, answer.json()["code"]) == (422, "review_pictures_wrong")
        assert shop.phone.client.get(theirs["image"]).status_code == 404
