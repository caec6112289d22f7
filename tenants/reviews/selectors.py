"""Reading reviews: a product's, a member's own, what waits to be written, the desk's queue."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.members.models import Member
from tenants.orders.models import OrderLine
from tenants.reviews.models import ProductRating, Review, ReviewPicture, ReviewState

WRITE_WITHIN = timedelta(days=90)  # of placing the order: how long a line stands on the list of those to review
GOOD, BAD = 4, 2
Cursor = tuple[datetime, UUID]


class ReviewMissing(Refused):
    """There is no such review, or it is somebody else's."""

    code, kind, sentence = "review_missing", Kind.MISSING, _("没有找到这条评价。")


def rating_of(product_id: UUID) -> list[int]:
    """Count a product's reviews of one star, two, ... five."""
    rating = ProductRating.objects.filter(product_id=product_id).first()
    return rating.by_stars if rating else [0] * 5


def reviews_of_product(
    *, product_id: UUID, only: str = "", after: Cursor | None = None, limit: int = 20
) -> Sequence[Review]:
    """List what shoppers may read of a product, newest first; ``only``: "pictures", "good", "bad" or all."""
    reviews = Review.objects.filter(product_id=product_id, state=ReviewState.SHOWN)
    chosen = {"pictures": Q(has_pictures=True), "good": Q(stars__gte=GOOD), "bad": Q(stars__lte=BAD)}
    if only in chosen:
        reviews = reviews.filter(chosen[only])
    return _page(reviews, after, limit)


def reviews_of_member(*, member: Member, after: Cursor | None = None, limit: int = 20) -> Sequence[Review]:
    """List a member's own reviews, hidden ones too, newest first."""
    return _page(Review.objects.filter(member=member), after, limit)


def review_of(*, member: Member, review_id: UUID) -> Review:
    """Read a member's own review. :raises ReviewMissing: also for another member's."""
    review = _whole(Review.objects.filter(member=member, pk=review_id)).first()
    if review is None:
        raise ReviewMissing
    return review


def lines_to_review(
    *, member: Member, now: datetime, after: UUID | None = None, limit: int = 20
) -> Sequence[OrderLine]:
    """List a member's lines that were handed out within ninety days and have no review, newest order first."""
    lines = OrderLine.objects.filter(
        order__member=member, order__placed_at__gt=now - WRITE_WITHIN, handed_quantity__gt=0, review=None
    )
    if after is not None:
        lines = lines.filter(pk__lt=after)  # ids grow with time
    return list(lines.select_related("order", "sku").order_by("-pk")[:limit])


def reviews_for_desk(*, state: str = "", query: str = "", product_id: UUID | None = None) -> QuerySet[Review]:
    """Find reviews for the shop: ``state`` is "waiting" (no answer yet), "bad", "pictures", "hidden" or all."""
    chosen = {
        "waiting": Q(replied_at=None, state=ReviewState.SHOWN),
        "bad": Q(stars__lte=BAD),
        "pictures": Q(has_pictures=True),
        "hidden": Q(state=ReviewState.HIDDEN),
    }
    reviews = Review.objects.filter(chosen.get(state, Q()))
    if query := query.strip():
        said = Q(words__icontains=query) | Q(added_words__icontains=query)
        reviews = reviews.filter(said | Q(title__icontains=query))
    if product_id:
        reviews = reviews.filter(product_id=product_id)
    return _whole(reviews).select_related("member", "order_line__order").order_by("-created_at", "id")


def count_for_desk(*, query: str = "") -> dict[str, int]:
    """Count the reviews behind each tab of the desk, in one statement."""
    return (
        reviews_for_desk(query=query)
        .order_by()
        .aggregate(
            **{
                "": Count("id"),
                "waiting": Count("id", filter=Q(replied_at=None, state=ReviewState.SHOWN)),
                "bad": Count("id", filter=Q(stars__lte=BAD)),
                "pictures": Count("id", filter=Q(has_pictures=True)),
                "hidden": Count("id", filter=Q(state=ReviewState.HIDDEN)),
            }
        )
    )


def review_for_desk(review_id: UUID) -> Review:
    """Read any review of the store. :raises ReviewMissing:"""
    review = _whole(Review.objects.filter(pk=review_id)).select_related("member", "order_line__order").first()
    if review is None:
        raise ReviewMissing
    return review


def _page(reviews: QuerySet[Review], after: Cursor | None, limit: int) -> Sequence[Review]:
    if after is not None:
        moment, last = after
        reviews = reviews.filter(Q(created_at__lt=moment) | Q(created_at=moment, id__gt=last))
    return list(_whole(reviews).select_related("member").order_by("-created_at", "id")[:limit])


def _whole(reviews: QuerySet[Review]) -> QuerySet[Review]:
    return reviews.prefetch_related(Prefetch("pictures", ReviewPicture.objects.order_by("is_added", "position", "id")))
