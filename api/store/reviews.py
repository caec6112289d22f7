"""Reviews: a product's, and those of the member who is asking."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import member_asking
from api.pagination import PageQuery, id_after, page_of, place_after
from api.parsing import StrictSerializer, WholeNumberField
from api.schema import operation
from api.shapes import moment, picture
from api.store import examples
from api.store.words import list_of
from api.views import StoreView, body_of, query_of
from kit import clock
from tenants.catalog.selectors import SMALL
from tenants.catalog.services.encode_picture import MOST_BYTES, NotAPicture, PictureTooLarge
from tenants.orders.models import OrderLine
from tenants.reviews.models import Review, ReviewPicture
from tenants.reviews.rating import average_of, count_of, masked
from tenants.reviews.selectors import (
    ReviewMissing,
    lines_to_review,
    rating_of,
    review_of,
    reviews_of_member,
    reviews_of_product,
)
from tenants.reviews.services.keep_review_picture import TooManyLoosePictures, keep_review_picture
from tenants.reviews.services.write_review import (
    MOST_PICTURES,
    MOST_WORDS,
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

_FORM = 4096  # what a form adds around its one file


class ReviewPictureSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    image = serializers.CharField()
    thumb = serializers.CharField()


class AdditionSerializer(serializers.Serializer[Any]):
    """What the member added later."""

    at = serializers.DateTimeField()
    words = serializers.CharField()
    pictures = ReviewPictureSerializer(many=True)


class ReplySerializer(serializers.Serializer[Any]):
    """What the shop answers."""

    at = serializers.DateTimeField()
    words = serializers.CharField()


class ReviewSerializer(serializers.Serializer[Any]):
    """A review. ``by`` tells no more of the member than the first character of the nickname."""

    id = serializers.UUIDField()
    product_id = serializers.UUIDField()
    title = serializers.CharField()
    sku_label = serializers.CharField()
    by = serializers.CharField()
    stars = serializers.IntegerField()
    words = serializers.CharField(allow_blank=True)
    pictures = ReviewPictureSerializer(many=True)
    at = serializers.DateTimeField()
    addition = AdditionSerializer(allow_null=True)
    reply = ReplySerializer(allow_null=True)


class OwnReviewSerializer(ReviewSerializer):
    """The member's own: ``hidden_reason`` says why shoppers do not see it, empty while they do."""

    hidden_reason = serializers.CharField(allow_blank=True)
    can_add = serializers.BooleanField()


class RatingSerializer(serializers.Serializer[Any]):
    """``average`` is empty while there is no review; ``by_stars`` counts one star first."""

    average = serializers.CharField(allow_blank=True)
    count = serializers.IntegerField()
    by_stars = serializers.ListField(child=serializers.IntegerField())


class ProductReviewPageSerializer(serializers.Serializer[Any]):
    """A page of a product's reviews under its rating."""

    rating = RatingSerializer()
    items = ReviewSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class LineToReviewSerializer(serializers.Serializer[Any]):
    """Something that was fetched and has no review yet."""

    line_id = serializers.UUIDField()
    order_id = serializers.UUIDField()
    order_number = serializers.CharField()
    product_id = serializers.UUIDField()
    title = serializers.CharField()
    sku_label = serializers.CharField()
    image = serializers.CharField(allow_null=True)
    placed_at = serializers.DateTimeField()


class AddedWordsSerializer(StrictSerializer):
    words = serializers.CharField(max_length=MOST_WORDS, allow_blank=True, required=False, default="")
    picture_ids = serializers.ListField(
        child=serializers.UUIDField(), max_length=MOST_PICTURES, required=False, default=list
    )


class NewReviewSerializer(AddedWordsSerializer):
    line_id = serializers.UUIDField()
    stars = WholeNumberField(min_value=1, max_value=5)
    is_anonymous = serializers.BooleanField(required=False, default=False)


class PictureFileSerializer(StrictSerializer):
    picture = serializers.FileField(max_length=200)


_PICTURE = {"id": examples.PICTURE_ID, "image": examples.REVIEW_IMAGE, "thumb": examples.REVIEW_IMAGE}
_REVIEW = {
    "id": examples.REVIEW_ID,
    "product_id": examples.PRODUCT_ID,
    "title": "崇明小青菜",
    "sku_label": "500g/份",
    "by": "王**",
    "stars": 5,
    "words": "很新鲜，叶子上还有水珠。",
    "pictures": [_PICTURE],
    "at": "2026-11-24T19:20:00+08:00",
    "addition": {"at": "2026-11-26T08:00:00+08:00", "words": "放了两天还是脆的。", "pictures": []},
    "reply": {"at": "2026-11-24T20:00:00+08:00", "words": "谢谢王阿姨，明早还有一批。"},
}
_OWN = {**_REVIEW, "hidden_reason": "", "can_add": False}
_TO_WRITE = {
    "line_id": examples.LINE_ID,
    "order_id": examples.ORDER_ID,
    "order_number": "2611230000123456",
    "product_id": examples.PRODUCT_ID,
    "title": "崇明小青菜",
    "sku_label": "500g/份",
    "image": examples.IMAGE,
    "placed_at": "2026-11-23T12:00:00+08:00",
}


class ProductReviews(StoreView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    class ReviewQuerySerializer(PageQuery):
        only = serializers.ChoiceField(choices=["pictures", "good", "bad"], required=False, default="")

    @operation(
        "listProductReviews",
        "商品评价，新的在前；only 可选有图、好评、差评",
        query=ReviewQuerySerializer,
        answer=ProductReviewPageSerializer,
        example={
            "rating": {"average": "4.8", "count": 26, "by_stars": [0, 1, 0, 2, 23]},
            "items": [_REVIEW],
            "next": None,
        },
        refusals=((404, "not_found"),),
        tag="reviews",
        is_public=True,
    )
    def get(self, request: Request, product_id: UUID) -> Response:
        asked = query_of(request, self.ReviewQuerySerializer)
        by_stars = rating_of(product_id)
        found = reviews_of_product(
            product_id=product_id, only=asked["only"], after=place_after(asked["cursor"]), limit=asked["limit"] + 1
        )
        page = page_of(found, limit=asked["limit"], place=lambda one: (one.created_at, one.pk), shape=review_shape)
        rating = {"average": average_of(by_stars), "count": count_of(by_stars), "by_stars": by_stars}
        return Response({"rating": rating, **page})


class Reviews(StoreView):
    @operation(
        "listReviews",
        "我写的评价，新的在前",
        query=PageQuery,
        answer=list_of(OwnReviewSerializer, "OwnReviewPage"),
        example=examples.page(_OWN),
        tag="reviews",
    )
    def get(self, request: Request) -> Response:
        asked = query_of(request, PageQuery)
        found = reviews_of_member(
            member=member_asking(request), after=place_after(asked["cursor"]), limit=asked["limit"] + 1
        )
        page = page_of(found, limit=asked["limit"], place=lambda one: (one.created_at, one.pk), shape=_own_shape)
        return Response(page)

    @operation(
        "writeReview",
        "评价一件取过货的商品",
        body=NewReviewSerializer,
        asked={
            "line_id": examples.LINE_ID,
            "stars": 5,
            "words": "很新鲜。",
            "is_anonymous": False,
            "picture_ids": [examples.PICTURE_ID],
        },
        answer=OwnReviewSerializer,
        status=201,
        example=_OWN,
        refusals=(LineMissing, NotPickedUp, AlreadyReviewed, StarsWrong, WordsWrong, ReviewPicturesWrong),
        tag="reviews",
    )
    def post(self, request: Request) -> Response:
        words, member = body_of(request, NewReviewSerializer), member_asking(request)
        review = write_review(member=member, now=clock.now(), **words)
        return Response(_own_shape(review_of(member=member, review_id=review.pk)), status=201)


class LinesToReview(StoreView):
    @operation(
        "listLinesToReview",
        "取过货、还没评价的商品（90 天内）",
        query=PageQuery,
        answer=list_of(LineToReviewSerializer, "LineToReviewPage"),
        example=examples.page(_TO_WRITE),
        tag="reviews",
    )
    def get(self, request: Request) -> Response:
        asked = query_of(request, PageQuery)
        found = lines_to_review(
            member=member_asking(request), now=clock.now(), after=id_after(asked["cursor"]), limit=asked["limit"] + 1
        )
        return Response(page_of(found, limit=asked["limit"], place=lambda one: (one.pk,), shape=_line_shape))


class Additions(StoreView):
    @operation(
        "addToReview",
        "追加评价，只能一次",
        body=AddedWordsSerializer,
        asked={"words": "放了两天还是脆的。", "picture_ids": []},
        answer=OwnReviewSerializer,
        status=201,
        example=_OWN,
        refusals=(ReviewMissing, AlreadyAdded, WordsWrong, ReviewPicturesWrong),
        tag="reviews",
    )
    def post(self, request: Request, review_id: UUID) -> Response:
        words, member = body_of(request, AddedWordsSerializer), member_asking(request)
        add_to_review(member=member, review_id=review_id, now=clock.now(), **words)
        return Response(_own_shape(review_of(member=member, review_id=review_id)), status=201)


class ReviewPictures(StoreView):
    parser_classes = (MultiPartParser,)  # type: ignore[assignment]  # the one place that takes a file

    @operation(
        "uploadReviewPicture",
        "上传一张评价图片（JPG、PNG、WebP，最大 10 MB）；一天内提交评价时带上它的 id",
        body=PictureFileSerializer,
        answer=ReviewPictureSerializer,
        status=201,
        example=_PICTURE,
        refusals=(NotAPicture, PictureTooLarge, TooManyLoosePictures),
        tag="reviews",
    )
    def post(self, request: Request) -> Response:
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES + _FORM:
            raise PictureTooLarge
        file = body_of(request, PictureFileSerializer)["picture"]
        if file.size > MOST_BYTES:
            raise PictureTooLarge
        kept = keep_review_picture(member=member_asking(request), upload=file.read(), now=clock.now())
        return Response(_picture_shape(kept), status=201)


def review_shape(review: Review) -> dict[str, Any]:
    """Write a review as other shoppers read it."""
    shown = list(review.pictures.all())
    addition = None
    if review.added_at is not None:
        added = [_picture_shape(one) for one in shown if one.is_added]
        addition = {"at": moment(review.added_at), "words": review.added_words, "pictures": added}
    return {
        "id": review.pk,
        "product_id": review.product_id,
        "title": review.title,
        "sku_label": review.sku_label,
        "by": masked("" if review.is_anonymous else review.member.nickname),
        "stars": review.stars,
        "words": review.words,
        "pictures": [_picture_shape(one) for one in shown if not one.is_added],
        "at": moment(review.created_at),
        "addition": addition,
        "reply": {"at": moment(review.replied_at), "words": review.reply} if review.replied_at else None,
    }


def _own_shape(review: Review) -> dict[str, Any]:
    hidden = review.get_hidden_reason_display() if review.hidden_reason else ""
    return {**review_shape(review), "hidden_reason": hidden, "can_add": review.added_at is None}


def _line_shape(line: OrderLine) -> dict[str, Any]:
    return {
        "line_id": line.pk,
        "order_id": line.order_id,
        "order_number": line.order.number,
        "product_id": line.sku.product_id,
        "title": line.title,
        "sku_label": line.sku_label,
        "image": picture(line.picture_key, SMALL),
        "placed_at": moment(line.order.placed_at),
    }


def _picture_shape(one: ReviewPicture) -> dict[str, Any]:
    return {"id": one.pk, "image": picture(one.file_key), "thumb": picture(one.file_key, SMALL)}
