"""Orders and their lines. What was agreed at checkout is copied in, so that later edits change no order."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel
from tenants.campaigns.models import CampaignItem
from tenants.catalog.models import Sku
from tenants.leaders.models import Leader, PickupPoint
from tenants.members.models import Member


class OrderState(models.TextChoices):
    PENDING_PAYMENT = "pending_payment", _("待付款")
    PAID = "paid", _("待提货")
    PARTLY_PICKED = "partly_picked", _("部分提货")
    PICKED_UP = "picked_up", _("已提货")
    CLOSED = "closed", _("已关闭")  # never paid: timed out, or the member gave up
    CANCELLED = "cancelled", _("已取消")  # paid and given back


PAID_STATES = (OrderState.PAID, OrderState.PARTLY_PICKED, OrderState.PICKED_UP)
# reserved or sold: what holds stock and quota
LIVE_STATES = (OrderState.PENDING_PAYMENT, *PAID_STATES)


class LineState(models.TextChoices):
    OPEN = "open", _("待处理")
    PICKED_UP = "picked_up", _("已提货")
    CLOSED = "closed", _("已关闭")
    REFUNDED = "refunded", _("已退款")


class Order(ScopedModel):
    """What one member bought for one pickup point and day."""

    number = models.CharField(max_length=20, unique=True)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="orders")
    leader = models.ForeignKey(Leader, on_delete=models.PROTECT, related_name="orders")
    pickup_point = models.ForeignKey(PickupPoint, on_delete=models.PROTECT, related_name="orders")
    pickup_date = models.DateField()
    state = models.CharField(max_length=16, choices=OrderState.choices, default=OrderState.PENDING_PAYMENT)
    contact_name = models.CharField(max_length=30)
    contact_phone = models.CharField(max_length=20)
    remark = models.CharField(max_length=100, blank=True)
    # the point and leader as they were when the order was placed
    point_name = models.CharField(max_length=60)
    point_address = models.CharField(max_length=160)
    point_hours = models.CharField(max_length=60)
    leader_name = models.CharField(max_length=30)
    leader_phone = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    paid_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    placed_at = models.DateTimeField()
    expires_at = models.DateTimeField()  # of the reservation
    paid_at = models.DateTimeField(null=True)
    picked_up_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=100, blank=True)
    key = models.CharField(max_length=255)  # the member's idempotency key

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "key"], name="order_once_a_key"),
            models.CheckConstraint(
                condition=models.Q(refunded_minor__gte=0, paid_minor__gte=models.F("refunded_minor")),
                name="refund_within_payment",
            ),
            models.CheckConstraint(condition=models.Q(total_minor__gte=0), name="order_total_not_negative"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["member", "-placed_at"], name="orders_of_member"),
            models.Index(fields=["state", "-placed_at"], name="orders_by_state"),
            models.Index(fields=["-placed_at", "id"], name="orders_latest"),
            models.Index(fields=["pickup_point", "pickup_date", "state"], name="orders_of_point"),
            models.Index(fields=["expires_at"], name="orders_to_expire", condition=models.Q(state="pending_payment")),
        ]

    def __str__(self) -> str:
        return self.number

    def shown_state(self, now: datetime) -> OrderState:
        """Say what the member sees: an unpaid order whose window is over is closed, though the task has yet to come."""
        if self.state == OrderState.PENDING_PAYMENT and now >= self.expires_at:
            return OrderState.CLOSED
        return OrderState(self.state)

    def can_be_paid(self, now: datetime) -> bool:
        """Say whether it waits for payment; its reservation outlives the campaign's cut-off."""
        return self.shown_state(now) == OrderState.PENDING_PAYMENT

    def can_be_cancelled(self, now: datetime) -> bool:
        """Say whether the member may give it up alone."""
        return self.shown_state(now) == OrderState.PENDING_PAYMENT


class OrderLine(ScopedModel):
    """One SKU in an order: the truth that stock, commission, pickup and refund are kept by."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    campaign_item = models.ForeignKey(CampaignItem, on_delete=models.PROTECT, related_name="order_lines")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="order_lines")
    title = models.CharField(max_length=80)
    sku_label = models.CharField(max_length=40)
    picture_key = models.CharField(max_length=120, blank=True)
    quantity = models.PositiveIntegerField()
    unit_price_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()  # quantity × unit price
    net_minor = models.BigIntegerField()  # after this line's share of every discount
    state = models.CharField(max_length=10, choices=LineState.choices, default=LineState.OPEN)
    handed_quantity = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="line_has_quantity"),
            models.CheckConstraint(
                condition=models.Q(handed_quantity__lte=models.F("quantity")), name="not_handed_more_than_bought"
            ),
            models.CheckConstraint(
                condition=models.Q(total_minor=models.F("quantity") * models.F("unit_price_minor")),
                name="line_total_true",
            ),
            models.CheckConstraint(
                condition=models.Q(net_minor__gte=0, net_minor__lte=models.F("total_minor")), name="line_net_within"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ×{self.quantity}"


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
