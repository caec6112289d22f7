"""Reviews: of what was fetched, once a line, counted right, hidden only for a reason, still counted then."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.storage import default_storage

from kit.ids import new_id
from tenants.journal.services import Actor
from tenants.members.models import Member
from tenants.reviews import books
from tenants.reviews.models import HideReason, ProductRating, Review, ReviewPicture, ReviewState
from tenants.reviews.rating import average_of, masked
from tenants.reviews.selectors import ReviewMissing, lines_to_review, rating_of, reviews_of_product
from tenants.reviews.services import keep_review_picture as keeping
from tenants.reviews.services.answer_review import (
    ReasonWrong,
    ReplyWrong,
    hide_review,
    reply_to_review,
    show_review,
)
from tenants.reviews.services.keep_review_picture import (
    TooManyLoosePictures,
    keep_review_picture,
    purge_loose_pictures,
)
from tenants.reviews.services.write_review import (
    AlreadyAdded,
    AlreadyReviewed,
    LineMissing,
    NotPickedUp,
    ReviewPicturesWrong,
    StarsWrong,
    WordsWrong,
    add_to_review,
    write_review,
)
from tests.factories.campaigns import an_offer
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order, line_id_of
from tests.factories.reviews import a_fetched_order, a_review
from tests.factories.times import NOW, later
from tests.tenants.catalog.sheets import a_picture

BOSS = Actor(kind="person", id="1", name="老板")
pytestmark = pytest.mark.usefixtures("in_acme")


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def write(member: Member, line_id: UUID, **said: Any) -> Review:
    words = {"stars": 5, "words": "好", "is_anonymous": False, "picture_ids": [], "now": NOW, **said}
    return write_review(member=member, line_id=line_id, **words)


def loose(member: Member, count: int = 1) -> list[UUID]:
    return [keep_review_picture(member=member, upload=a_picture(), now=NOW).pk for _time in range(count)]


class TestWriting:
    def test_keeps_stars_words_and_pictures_in_their_order(self) -> None:
        order = a_fetched_order()
        pictures = loose(order.member, 3)

        review = write(order.member, line_id_of(order), stars=4, words="  甜  ", picture_ids=pictures[::-1])

        assert (review.stars, review.words, review.title) == (4, "甜", "洛川苹果")
        assert list(review.pictures.values_list("pk", flat=True)) == pictures[::-1]
        assert review.has_pictures

    def test_waits_until_something_was_handed_out(self) -> None:
        order = a_paid_order()

        with pytest.raises(NotPickedUp):
            write(order.member, line_id_of(order))

        assert list(lines_to_review(member=order.member, now=NOW)) == []

    def test_is_the_buyers_alone(self) -> None:
        order = a_fetched_order()

        with pytest.raises(LineMissing):
            write(a_member(), line_id_of(order))
        with pytest.raises(LineMissing):
            write(order.member, new_id())

    def test_happens_once_a_line(self) -> None:
        order = a_fetched_order()
        assert [line.pk for line in lines_to_review(member=order.member, now=NOW)] == [line_id_of(order)]
        write(order.member, line_id_of(order))

        with pytest.raises(AlreadyReviewed):
            write(order.member, line_id_of(order), stars=1)

        assert list(lines_to_review(member=order.member, now=NOW)) == []
        assert rating_of(Review.objects.get().product_id) == [0, 0, 0, 0, 1]

    @pytest.mark.parametrize(
        ("said", "refusal"),
        [({"stars": 0}, StarsWrong), ({"stars": 6}, StarsWrong), ({"words": "长" * 501}, WordsWrong)],
    )
    def test_refuses_what_is_no_review(self, said: dict[str, Any], refusal: type[Exception]) -> None:
        order = a_fetched_order()

        with pytest.raises(refusal):
            write(order.member, line_id_of(order), **said)

        assert not Review.objects.exists()
        assert not ProductRating.objects.exists()

    def test_takes_no_picture_of_another_member_or_review_and_no_tenth(self) -> None:
        order = a_fetched_order()
        mine, theirs = loose(order.member, 10), loose(a_member())

        for picture_ids in (theirs, mine, [new_id()]):
            with pytest.raises(ReviewPicturesWrong):
                write(order.member, line_id_of(order), picture_ids=picture_ids)
        write(order.member, line_id_of(order), picture_ids=mine[:9])
        second = a_fetched_order(member=order.member)
        with pytest.raises(ReviewPicturesWrong):
            write(order.member, line_id_of(second), picture_ids=mine[:1])

    def test_is_added_to_once_and_by_its_writer(self) -> None:
        review = a_review(stars=2)
        picture = loose(review.member)

        with pytest.raises(ReviewMissing):
            add_to_review(member=a_member(), review_id=review.pk, words="?", picture_ids=[], now=NOW)
        with pytest.raises(WordsWrong):
            add_to_review(member=review.member, review_id=review.pk, words=" ", picture_ids=[], now=NOW)
        add_to_review(
            member=review.member, review_id=review.pk, words="后来坏了", picture_ids=picture, now=later(days=2)
        )
        with pytest.raises(AlreadyAdded):
            add_to_review(member=review.member, review_id=review.pk, words="又", picture_ids=[], now=NOW)

        review.refresh_from_db()
        assert (review.added_words, review.stars, review.has_pictures) == ("后来坏了", 2, True)
        assert review.pictures.get().is_added


class TestRating:
    def test_is_the_average_of_all_reviews_of_all_skus(self) -> None:
        item = an_offer()
        for stars in (5, 5, 4):
            a_review(a_fetched_order(item), stars=stars)

        by_stars = rating_of(item.sku.product_id)

        assert by_stars == [0, 0, 0, 1, 2]
        assert average_of(by_stars) == "4.7"
        assert books.check() == []

    @pytest.mark.parametrize(
        ("by_stars", "average"),
        [
            ([0, 0, 0, 0, 0], ""),
            ([1, 0, 0, 0, 0], "1.0"),
            ([0, 0, 0, 0, 9], "5.0"),
            ([0, 0, 1, 1, 0], "3.5"),
            ([0, 0, 0, 13, 7], "4.4"),  # 4.35: half up
            ([1, 0, 0, 0, 999_999], "5.0"),
        ],
    )
    def test_has_one_decimal(self, by_stars: list[int], average: str) -> None:
        assert average_of(by_stars) == average

    def test_keeps_the_stars_of_what_is_hidden(self) -> None:
        review = a_review(stars=1, words="加微信买更便宜")

        hide_review(review_id=review.pk, reason=HideReason.ADVERT, actor=BOSS, now=NOW)

        assert list(reviews_of_product(product_id=review.product_id)) == []
        assert rating_of(review.product_id) == [1, 0, 0, 0, 0]
        show_review(review_id=review.pk, actor=BOSS, now=NOW)
        assert [one.pk for one in reviews_of_product(product_id=review.product_id)] == [review.pk]


class TestAnswering:
    def test_is_shown_and_may_be_changed(self) -> None:
        review = a_review(stars=1)

        reply_to_review(review_id=review.pk, reply="对不起，已退款", actor=BOSS, now=NOW)
        reply_to_review(review_id=review.pk, reply="对不起，已全额退款", actor=BOSS, now=NOW)

        review.refresh_from_db()
        assert (review.reply, review.replied_by) == ("对不起，已全额退款", "老板")

    @pytest.mark.parametrize("reply", ["", "  ", "长" * 501])
    def test_needs_words(self, reply: str) -> None:
        with pytest.raises(ReplyWrong):
            reply_to_review(review_id=a_review().pk, reply=reply, actor=BOSS, now=NOW)

    @pytest.mark.parametrize("reason", ["", "bad", "差评"])
    def test_hides_for_no_other_reason(self, reason: str) -> None:
        review = a_review(stars=1)

        with pytest.raises(ReasonWrong):
            hide_review(review_id=review.pk, reason=reason, actor=BOSS, now=NOW)

        review.refresh_from_db()
        assert review.state == ReviewState.SHOWN

    def test_of_an_unknown_review_is_refused(self) -> None:
        with pytest.raises(ReviewMissing):
            show_review(review_id=new_id(), actor=BOSS, now=NOW)


class TestPictures:
    def test_go_with_their_files_when_no_review_came_within_a_day(self, tmp_path: Path) -> None:
        order = a_fetched_order()
        kept, forgotten = loose(order.member, 2)
        write(order.member, line_id_of(order), picture_ids=[kept])

        assert purge_loose_pictures(now=NOW + timedelta(hours=23)) == 0
        assert purge_loose_pictures(now=NOW + timedelta(hours=25)) == 1

        assert list(ReviewPicture.objects.values_list("pk", flat=True)) == [kept]
        key = ReviewPicture.objects.get().file_key
        assert default_storage.exists(key)
        assert len(list(tmp_path.rglob("*.webp"))) == 2  # both sizes of the one that is kept
        assert forgotten

    def test_cannot_be_hoarded(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(keeping, "MOST_LOOSE", 2)
        member = a_member()
        loose(member, 2)

        with pytest.raises(TooManyLoosePictures):
            loose(member)

        assert len(list(tmp_path.rglob("*.webp"))) == 4


def test_a_name_tells_its_first_character_alone() -> None:
    assert masked("王阿姨") == "王**"
    assert masked("") == "**"


@pytest.mark.usefixtures("broken_books")
class TestBooks:
    def test_a_wrong_count_and_a_missing_one_are_found(self) -> None:
        review, other = a_review(), a_review()
        ProductRating.objects.filter(product_id=review.product_id).update(fives=9)
        ProductRating.objects.filter(product_id=other.product_id).delete()

        assert {(one.invariant, one.subject) for one in books.check()} == {
            ("R1", str(review.product_id)),
            ("R1", str(other.product_id)),
        }

    def test_a_review_by_somebody_else_and_of_something_else_are_found(self) -> None:
        review, other = a_review(), a_review()
        Review.objects.filter(pk=review.pk).update(member=a_member())
        Review.objects.filter(pk=other.pk).update(product=review.product)

        found = {one.subject for one in books.check() if one.invariant == "R2"}

        assert found == {str(review.pk), str(other.pk)}
