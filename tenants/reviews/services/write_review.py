"""A member says how it was."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.journal.services import Actor, record
from tenants.members.models import Member
from tenants.orders.models import OrderLine
from tenants.reviews.models import ProductRating, Review, ReviewPicture
from tenants.reviews.selectors import ReviewMissing

MOST_PICTURES = 9
MOST_WORDS = 500
_COLUMNS = ("ones", "twos", "threes", "fours", "fives")


class LineMissing(Refused):
    """The member bought no such thing."""

    code, kind, sentence = "line_missing", Kind.MISSING, _("没有找到这件商品的订单。")


class NotPickedUp(Refused):
    """Nothing of the line has been handed out."""

    code, kind, sentence = "not_picked_up", Kind.CONFLICT, _("取货后才能评价。")


class AlreadyReviewed(Refused):
    """A line is reviewed once."""

    code, kind, sentence = "already_reviewed", Kind.CONFLICT, _("这件商品已经评价过了，可以追加评价。")


class AlreadyAdded(Refused):
    """Words are added to a review once."""

    code, kind, sentence = "already_added", Kind.CONFLICT, _("已经追加过评价了。")


class StarsWrong(Refused):
    """One to five stars."""

    code, kind, sentence = "stars_wrong", Kind.INVALID, _("请点选 1 到 5 颗星。")


class WordsWrong(Refused):
    """More than 500 characters, or nothing at all where something is added."""

    code, kind, sentence = "words_wrong", Kind.INVALID, _("请写点内容，最多 500 字。")


class ReviewPicturesWrong(Refused):
    """More than nine pictures, or one that is not the member's, or is in a review already."""

    code, kind, sentence = "review_pictures_wrong", Kind.INVALID, _("图片最多 9 张；有图片已失效，请重新上传。")


def write_review(
    *,
    member: Member,
    line_id: UUID,
    stars: int,
    words: str,
    is_anonymous: bool,
    picture_ids: Sequence[UUID],
    now: datetime,
) -> Review:
    """Write a member's review of a line of which something was handed out, and count its stars.

    :raises LineMissing, NotPickedUp, AlreadyReviewed, StarsWrong, WordsWrong, ReviewPicturesWrong:
    """
    if not 1 <= stars <= 5:
        raise StarsWrong(fields={"stars": [StarsWrong.sentence]})
    said = _checked(words)
    with transaction.atomic(durable=True):
        # FOR UPDATE: a handover that is being undone ends first
        lines = OrderLine.objects.select_for_update(of=("self",)).select_related("sku")
        line = lines.filter(pk=line_id, order__member=member).first()
        if line is None:
            raise LineMissing
        if not line.handed_quantity:
            raise NotPickedUp
        if Review.objects.filter(order_line=line).exists():
            raise AlreadyReviewed
        review = Review.objects.create(
            order_line=line,
            product_id=line.sku.product_id,
            member=member,
            title=line.title,
            sku_label=line.sku_label,
            stars=stars,
            words=said,
            is_anonymous=is_anonymous,
            has_pictures=bool(picture_ids),
            created_at=now,
        )
        _hang(review, picture_ids, is_added=False)
        _count(product_id=line.sku.product_id, stars=stars)
        actor = Actor(kind="member", id=str(member.pk), name=member.nickname)
        record(what="review.written", subject=review, at=now, actor=actor, stars=stars)
    return review


def add_to_review(*, member: Member, review_id: UUID, words: str, picture_ids: Sequence[UUID], now: datetime) -> Review:
    """Add words to a member's own review, once. Its stars stay.

    :raises ReviewMissing, AlreadyAdded, WordsWrong, ReviewPicturesWrong:
    """
    said = _checked(words)
    if not said:
        raise WordsWrong(fields={"words": [WordsWrong.sentence]})
    with transaction.atomic(durable=True):
        review = Review.objects.select_for_update().filter(pk=review_id, member=member).first()
        if review is None:
            raise ReviewMissing
        if review.added_at is not None:
            raise AlreadyAdded
        review.added_words, review.added_at = said, now
        review.has_pictures = review.has_pictures or bool(picture_ids)
        review.save(update_fields=["added_words", "added_at", "has_pictures"])
        _hang(review, picture_ids, is_added=True)
        actor = Actor(kind="member", id=str(member.pk), name=member.nickname)
        record(what="review.added_to", subject=review, at=now, actor=actor)
    return review


def _checked(words: str) -> str:
    said = words.strip()
    if len(said) > MOST_WORDS:
        raise WordsWrong(fields={"words": [WordsWrong.sentence]})
    return said


def _hang(review: Review, picture_ids: Sequence[UUID], *, is_added: bool) -> None:
    wanted = list(dict.fromkeys(picture_ids))
    wrong = ReviewPicturesWrong(fields={"picture_ids": [ReviewPicturesWrong.sentence]})
    if len(wanted) > MOST_PICTURES:
        raise wrong
    loose = ReviewPicture.objects.select_for_update().filter(pk__in=wanted, member=review.member_id, review=None)
    pictures = {picture.pk: picture for picture in loose.order_by("pk")}
    if len(pictures) != len(wanted):
        raise wrong
    for position, key in enumerate(wanted):
        picture = pictures[key]
        picture.review, picture.is_added, picture.position = review, is_added, position
    ReviewPicture.objects.bulk_update(pictures.values(), ["review", "is_added", "position"])


def _count(*, product_id: UUID, stars: int) -> None:
    column = _COLUMNS[stars - 1]
    ProductRating.objects.bulk_create([ProductRating(product_id=product_id)], ignore_conflicts=True)
    ProductRating.objects.filter(product_id=product_id).update(**{column: F(column) + 1})
