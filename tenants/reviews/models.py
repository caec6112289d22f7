"""What members say of goods they fetched, with pictures, and what the shop answers."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel
from tenants.catalog.models import Product
from tenants.members.models import Member
from tenants.orders.models import OrderLine


class ReviewState(models.TextChoices):
    SHOWN = "shown", _("已展示")
    HIDDEN = "hidden", _("已隐藏")


class HideReason(models.TextChoices):
    """Why words may be taken from shoppers' eyes: never because they are unkind to the goods."""

    ADVERT = "advert", _("广告或引流")
    ABUSE = "abuse", _("辱骂他人")
    PRIVACY = "privacy", _("泄露他人隐私")
    ILLEGAL = "illegal", _("违法内容")
    UNRELATED = "unrelated", _("与商品无关")


class Review(ScopedModel):
    """One member's word on one line of an order. Its stars count for ever, also while its words are hidden."""

    order_line = models.OneToOneField(OrderLine, on_delete=models.PROTECT, related_name="review")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="reviews")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="reviews")
    title = models.CharField(max_length=80)  # the product's and the SKU's, as they were bought
    sku_label = models.CharField(max_length=40)
    stars = models.PositiveSmallIntegerField()
    words = models.CharField(max_length=500, blank=True)
    is_anonymous = models.BooleanField(default=False)
    has_pictures = models.BooleanField(default=False)
    state = models.CharField(max_length=6, choices=ReviewState.choices, default=ReviewState.SHOWN)
    hidden_reason = models.CharField(max_length=10, choices=HideReason.choices, blank=True)
    hidden_by = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()
    added_words = models.CharField(max_length=500, blank=True)  # 追评, once
    added_at = models.DateTimeField(null=True)
    reply = models.CharField(max_length=500, blank=True)
    replied_at = models.DateTimeField(null=True)
    replied_by = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(stars__gte=1, stars__lte=5), name="review_has_stars"),
            models.CheckConstraint(
                condition=models.Q(state="shown", hidden_reason="")
                | models.Q(state="hidden") & ~models.Q(hidden_reason=""),
                name="review_hidden_for_a_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["product", "-created_at", "id"], name="reviews_of_product"),
            models.Index(fields=["member", "-created_at", "id"], name="reviews_of_member"),
            models.Index(fields=["-created_at", "id"], name="reviews_latest"),
            models.Index(
                fields=["-created_at", "id"], name="reviews_unanswered", condition=models.Q(replied_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ★{self.stars}"


class ReviewPicture(ScopedModel):
    """A member's picture: of no review until its review is written, then of that one for ever."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    review = models.ForeignKey(Review, null=True, on_delete=models.CASCADE, related_name="pictures")
    is_added = models.BooleanField(default=False)  # came with the words added later
    file_key = models.CharField(max_length=120)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["is_added", "position", "id"]
        indexes: ClassVar = [
            models.Index(
                fields=["member", "created_at"], name="review_pictures_loose", condition=models.Q(review__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.file_key


class ProductRating(ScopedModel):
    """How many reviews gave a product one star, two, ... five: kept in the transaction that writes the review."""

    product = models.OneToOneField(Product, on_delete=models.CASCADE, related_name="rating")
    ones = models.PositiveIntegerField(default=0)
    twos = models.PositiveIntegerField(default=0)
    threes = models.PositiveIntegerField(default=0)
    fours = models.PositiveIntegerField(default=0)
    fives = models.PositiveIntegerField(default=0)

    @property
    def by_stars(self) -> list[int]:
        """Counts of one star, two, ... five."""
        return [self.ones, self.twos, self.threes, self.fours, self.fives]
