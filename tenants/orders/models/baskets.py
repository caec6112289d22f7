"""What a member means to buy, and what came off what they bought."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel
from tenants.campaigns.models import CampaignItem
from tenants.members.models import Member
from tenants.orders.models.orders import OrderLine


class CartLine(ScopedModel):
    """What a member means to buy: the same on every phone they sign in with. It holds no stock."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="cart_lines")
    campaign_item = models.ForeignKey(CampaignItem, on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    put_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["put_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "campaign_item"], name="item_once_a_cart"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="cart_line_has_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_item_id} ×{self.quantity}"


class DiscountSource(models.TextChoices):
    """What took money off a line, in the order in which the pricing takes it."""

    MEMBER = "member", _("会员价")
    NEXT_PIECE = "next_piece", _("第二件优惠")
    SPEND_AND_SAVE = "spend_and_save", _("满减")
    COUPON = "coupon", _("优惠券")
    POINTS = "points", _("积分")


class LineDiscount(ScopedModel):
    """One discount's share in one line: a line's total less its shares is what the line really cost."""

    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="discounts")
    source = models.CharField(max_length=14, choices=DiscountSource.choices)
    source_id = models.UUIDField(null=True)  # the promotion, or the coupon in the member's hand
    name = models.CharField(max_length=40, blank=True)  # as it was called when the order was placed
    off_minor = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(off_minor__gt=0), name="discount_takes_off"),
            models.UniqueConstraint(fields=["line", "source", "source_id"], name="discount_once_a_line"),
        ]

    def __str__(self) -> str:
        return f"{self.name} -{self.off_minor}"
