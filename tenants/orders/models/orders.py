"""Orders and their lines. What was agreed at checkout is copied in, so that later edits change no order."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel
from tenants.campaigns.models import CampaignItem
from tenants.catalog.models import Sku
from tenants.delivery.models import WayKind
from tenants.inventory.models import DEFAULT_WAREHOUSE, Warehouse
from tenants.leaders.models import Leader, PickupPoint
from tenants.members.models import Member


class OrderState(models.TextChoices):
    PENDING_PAYMENT = "pending_payment", _("待付款")
    PAID = "paid", _("待提货")
    PARTLY_PICKED = "partly_picked", _("部分提货")
    PICKED_UP = "picked_up", _("已提货")
    COMPLETED = "completed", _("已完成")  # fetched, and the time for after-sales is over
    CLOSED = "closed", _("已关闭")  # never paid: timed out, or the member gave up
    CANCELLED = "cancelled", _("已取消")  # paid and given back


PAID_STATES = (OrderState.PAID, OrderState.PARTLY_PICKED, OrderState.PICKED_UP, OrderState.COMPLETED)
# reserved or sold: what holds stock and quota
LIVE_STATES = (OrderState.PENDING_PAYMENT, *PAID_STATES)


class LineState(models.TextChoices):
    OPEN = "open", _("待处理")
    PICKED_UP = "picked_up", _("已提货")
    CLOSED = "closed", _("已关闭")
    REFUNDED = "refunded", _("已退款")


class Checkout(ScopedModel):
    """A basket that became several orders, paid together. What becomes of each is its own."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="checkouts")
    key = models.CharField(max_length=255)  # the member's idempotency key
    total_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    placed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "key"], name="checkout_once_a_key"),
            models.CheckConstraint(condition=models.Q(total_minor__gte=0), name="checkout_total_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.total_minor}"


class Order(ScopedModel):
    """What one member bought for one pickup point and day."""

    # with which others it is paid; none: alone
    checkout = models.ForeignKey(Checkout, null=True, on_delete=models.PROTECT, related_name="orders", db_index=False)
    number = models.CharField(max_length=20, unique=True)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="orders")
    leader = models.ForeignKey(Leader, on_delete=models.PROTECT, related_name="orders")
    pickup_point = models.ForeignKey(PickupPoint, on_delete=models.PROTECT, related_name="orders")
    pickup_date = models.DateField()
    state = models.CharField(max_length=16, choices=OrderState.choices, default=OrderState.PENDING_PAYMENT)
    contact_name = models.CharField(max_length=30)
    contact_phone = models.CharField(max_length=20)
    remark = models.CharField(max_length=100, blank=True)
    # how it comes to the member, what that costs beside the goods, and whereto, as agreed
    delivery = models.CharField(
        max_length=12, choices=WayKind.choices, default=WayKind.PICKUP, db_default=WayKind.PICKUP.value
    )
    delivery_minor = models.BigIntegerField(default=0, db_default=0)
    freight = models.JSONField(null=True)  # delivery.freight.Freight, of an express; a day's first order bears it
    address = models.JSONField(null=True)  # {"name", "phone", "text", "latitude", "longitude"}
    slot = models.JSONField(null=True)  # {"id", "day", "starts", "ends", "text"}
    dispatched_at = models.DateTimeField(null=True)  # from then on the fee is earned
    dispatch_note = models.CharField(max_length=60, blank=True, default="", db_default="")  # who brings it, a number
    courier = models.CharField(max_length=20, blank=True, default="", db_default="")  # of an express
    tracking_number = models.CharField(max_length=40, blank=True, default="", db_default="")
    source_note = models.CharField(max_length=120, blank=True, default="", db_default="")  # why filled from there
    # the member ticked that something of equal or higher value may come where goods are short
    accepts_substitute = models.BooleanField(default=False, db_default=False)
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
    completed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=100, blank=True)
    key = models.CharField(max_length=255)  # the member's idempotency key
    # 预售 with a deposit, as agreed when the order was placed. It waits for payment until the balance is paid too.
    deposit_minor = models.BigIntegerField(null=True)
    deposit_paid_at = models.DateTimeField(null=True)
    balance_from = models.DateTimeField(null=True)
    balance_until = models.DateTimeField(null=True)
    keeps_deposit = models.BooleanField(default=False, db_default=False)  # if the balance is not paid
    deposit_kept_at = models.DateTimeField(null=True)  # the balance was not paid: it is the shop's
    reminded_at = models.DateTimeField(null=True)  # that the balance can be paid now

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "key"], name="order_once_a_key"),
            models.CheckConstraint(
                condition=models.Q(refunded_minor__gte=0, paid_minor__gte=models.F("refunded_minor")),
                name="refund_within_payment",
            ),
            models.CheckConstraint(condition=models.Q(total_minor__gte=0), name="order_total_not_negative"),
            models.CheckConstraint(
                condition=models.Q(delivery="pickup", delivery_minor=0, address__isnull=True)
                | (~models.Q(delivery="pickup") & models.Q(delivery_minor__gte=0, address__isnull=False)),
                name="order_goes_somewhere",
            ),
            models.CheckConstraint(
                condition=models.Q(deposit_minor__isnull=True)
                | models.Q(deposit_minor__gt=0, deposit_minor__lt=models.F("total_minor")),
                name="order_deposit_within",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["delivery", "-placed_at"], name="orders_to_deliver", condition=~models.Q(delivery="pickup")
            ),
            models.Index(fields=["member", "-placed_at"], name="orders_of_member"),
            models.Index(fields=["state", "-placed_at"], name="orders_by_state"),
            models.Index(fields=["-placed_at", "id"], name="orders_latest"),
            models.Index(fields=["pickup_point", "pickup_date", "state"], name="orders_of_point"),
            models.Index(fields=["picked_up_at"], name="orders_to_complete", condition=models.Q(state="picked_up")),
            models.Index(fields=["expires_at"], name="orders_to_expire", condition=models.Q(state="pending_payment")),
            models.Index(
                fields=["balance_from"],
                name="orders_to_remind",
                condition=models.Q(state="pending_payment", deposit_paid_at__isnull=False, reminded_at=None),
            ),
            models.Index(fields=["checkout"], name="orders_of_checkout", condition=models.Q(checkout__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def basket_id(self) -> UUID:
        """What its coupon is held for: all orders paid together, or it alone."""
        return self.checkout_id or self.pk

    @property
    def is_delivered(self) -> bool:
        """Whether it is brought to the door."""
        return self.delivery != WayKind.PICKUP

    def state_label(self, now: datetime) -> str:
        """Say its state as a member reads it: what is brought is not fetched."""
        state = self.shown_state(now)
        if self.is_delivered and state == OrderState.PAID:
            if self.delivery == WayKind.EXPRESS:
                return str(_("已发货") if self.dispatched_at else _("待发货"))
            return str(_("配送中") if self.dispatched_at else _("待配送"))
        if self.is_delivered and state == OrderState.PICKED_UP:
            return str(_("已送达"))
        return str(state.label)

    def shown_state(self, now: datetime) -> OrderState:
        """Say what the member sees: an unpaid order whose window is over is closed, though the task has yet to come."""
        if self.state == OrderState.PENDING_PAYMENT and now >= self.expires_at:
            return OrderState.CLOSED
        return OrderState(self.state)

    def can_be_paid(self, now: datetime) -> bool:
        """Say whether it waits for payment; its reservation outlives the campaign's cut-off. A balance has its time."""
        is_time = self.deposit_paid_at is None or self.balance_from is None or now >= self.balance_from
        return is_time and self.shown_state(now) == OrderState.PENDING_PAYMENT

    @property
    def awaits_balance(self) -> bool:
        """Whether its deposit is paid and the rest is not."""
        return self.state == OrderState.PENDING_PAYMENT and self.deposit_paid_at is not None

    @property
    def due_minor(self) -> int:
        """What is paid next: all of it, or the deposit, then the rest."""
        if self.deposit_minor is None:
            return self.total_minor
        return self.deposit_minor if self.deposit_paid_at is None else self.total_minor - self.deposit_minor

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
    # One piece took so many pieces of another SKU's stock (a box of twelve); none: of its own, one each.
    stock_sku = models.ForeignKey(Sku, null=True, on_delete=models.PROTECT, related_name="+")
    stock_factor = models.PositiveIntegerField(default=1, db_default=1)
    # where it is taken from; none: the first warehouse, whose row nobody needs to have written
    warehouse = models.ForeignKey(Warehouse, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    unit_price_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()  # quantity × unit price
    net_minor = models.BigIntegerField()  # after this line's share of every discount
    estimated_grams = models.PositiveIntegerField(null=True)  # of one piece, where the scale says what it costs
    state = models.CharField(max_length=10, choices=LineState.choices, default=LineState.OPEN)
    handed_quantity = models.PositiveIntegerField(default=0)
    # Promised or given back, ever growing. Withdrawn pieces were refunded before they were handed out; the other
    # refunded pieces had been handed out.
    refunded_minor = models.BigIntegerField(default=0, db_default=0)
    refunded_quantity = models.PositiveIntegerField(default=0, db_default=0)
    kept_minor = models.BigIntegerField(default=0, db_default=0)  # the shop's, of pieces given back at a discount
    withdrawn_quantity = models.PositiveIntegerField(default=0, db_default=0)
    # Short pieces: what came instead of so many that are not given back, and how many come on a later day
    substituted_quantity = models.PositiveIntegerField(default=0, db_default=0)
    substitute = models.JSONField(null=True)  # {"sku_id", "warehouse_id", "title", "label"}
    later_quantity = models.PositiveIntegerField(default=0, db_default=0)
    later_handed_quantity = models.PositiveIntegerField(default=0, db_default=0)  # of them
    later_on = models.DateField(null=True)

    came_off: Sequence[Any] | None = None  # the discounts of a line written a moment ago; of others they are read

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="line_has_quantity"),
            models.CheckConstraint(condition=models.Q(stock_factor__gte=1), name="line_takes_stock"),
            models.CheckConstraint(
                condition=models.Q(handed_quantity__lte=models.F("quantity") - models.F("withdrawn_quantity")),
                name="not_handed_more_than_bought",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    withdrawn_quantity__lte=models.F("refunded_quantity"),
                    refunded_quantity__lte=models.F("withdrawn_quantity") + models.F("handed_quantity"),
                ),
                name="line_refund_of_pieces",
            ),
            models.CheckConstraint(
                condition=models.Q(substituted_quantity=0)
                | models.Q(
                    substitute__isnull=False,
                    substituted_quantity__lte=models.F("quantity") - models.F("refunded_quantity"),
                ),
                name="line_substitute_within",
            ),
            models.CheckConstraint(
                condition=models.Q(later_quantity=0, later_handed_quantity=0)
                | models.Q(
                    later_on__isnull=False,
                    later_handed_quantity__lte=models.F("later_quantity"),
                    later_quantity__lte=models.F("quantity")
                    - models.F("withdrawn_quantity")
                    - models.F("handed_quantity")
                    + models.F("later_handed_quantity"),
                ),
                name="line_later_within",
            ),
            models.CheckConstraint(
                condition=models.Q(total_minor=models.F("quantity") * models.F("unit_price_minor")),
                name="line_total_true",
            ),
            models.CheckConstraint(
                condition=models.Q(net_minor__gte=0, net_minor__lte=models.F("total_minor")), name="line_net_within"
            ),
            models.CheckConstraint(
                condition=models.Q(refunded_minor__gte=0, refunded_minor__lte=models.F("net_minor")),
                name="line_refund_within",
            ),
            models.CheckConstraint(
                condition=models.Q(kept_minor=0)
                | models.Q(kept_minor__gt=0, kept_minor__lte=models.F("net_minor") - models.F("refunded_minor")),
                name="line_kept_within",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["later_on"], name="lines_later", condition=models.Q(later_quantity__gt=0))
        ]

    def __str__(self) -> str:
        return f"{self.title} ×{self.quantity}"

    @property
    def stock_id(self) -> UUID:
        """The SKU whose stock the line takes."""
        return self.stock_sku_id or self.sku_id

    @property
    def stock_place_id(self) -> UUID:
        """The warehouse it is taken from."""
        return self.warehouse_id or DEFAULT_WAREHOUSE

    @property
    def stock_pieces(self) -> int:
        """How many pieces of that stock the line takes."""
        return self.quantity * self.stock_factor

    @property
    def live_quantity(self) -> int:
        """What is handed out or waits to be."""
        return self.quantity - self.withdrawn_quantity

    @property
    def left_to_hand(self) -> int:
        return self.live_quantity - self.handed_quantity

    @property
    def left_of_ordered(self) -> int:
        """How many pieces of what was ordered wait to be handed out on the order's own day.

        Nobody writes down which of them were handed out: those of what was ordered count as the first.
        """
        return max(0, self.left_to_hand - self.substituted_quantity - self.later_left)

    @property
    def later_left(self) -> int:
        """How many pieces wait for the later day."""
        return self.later_quantity - self.later_handed_quantity

    def due_on(self, day: date) -> int:
        """Say how many pieces are handed out, or wait to be, in the visit of a day; its order is at hand."""
        if day == self.order.pickup_date:
            return self.live_quantity - self.later_quantity
        return self.later_quantity if day == self.later_on else 0

    def handed_on(self, day: date) -> int:
        """Say how many of them were handed out."""
        if day == self.order.pickup_date:
            return self.handed_quantity - self.later_handed_quantity
        return self.later_handed_quantity if day == self.later_on else 0

    def left_on(self, day: date) -> int:
        """Say how many of them wait."""
        return self.due_on(day) - self.handed_on(day)

    def hand(self, pieces: int, *, day: date) -> None:
        """Count pieces as handed out in the visit of a day, or as taken back; the caller writes the line."""
        self.handed_quantity += pieces
        if day != self.order.pickup_date:
            self.later_handed_quantity += pieces

    @property
    def shortage_notes(self) -> list[str]:
        """Say what became of short pieces, for all who see the line."""
        notes = []
        if self.substituted_quantity and self.substitute:
            words = {"n": self.substituted_quantity, "goods": f"{self.substitute['title']} {self.substitute['label']}"}
            notes.append(gettext("缺货，%(n)d 份换成“%(goods)s”") % words)
        if self.later_left:
            words = {"n": self.later_left, "day": f"{self.later_on:%m-%d}"}
            notes.append(gettext("%(n)d 份改到 %(day)s 提货") % words)
        return notes

    @property
    def left_minor(self) -> int:
        """What may still be given back."""
        return self.net_minor - self.refunded_minor - self.kept_minor

    @property
    def left_grams(self) -> int | None:
        """What the pieces not given back were estimated to weigh together."""
        return self.estimated_grams and self.estimated_grams * (self.quantity - self.refunded_quantity)

    def share_of(self, quantity: int, *, before: int | None = None) -> int:
        """Say what so many more pieces are worth after ``before`` were refunded (now, if it is not said).

        Pieces share the net amount by largest remainder, the first ones a minor unit more: so the shares of any
        sequence of refunds sum to the net amount. What was given back without a piece is never given back twice.
        Pieces sold by weight share what is left: once they were weighed, that is what they cost (decision 0090).
        """
        start = self.refunded_quantity if before is None else before
        if self.estimated_grams is not None and start == self.refunded_quantity < self.quantity:
            each, over = divmod(self.left_minor, self.quantity - start)
            return each * quantity + min(over, quantity)
        each, over = divmod(self.net_minor, self.quantity)
        share = each * quantity + min(over, start + quantity) - min(over, start)
        return min(share, self.left_minor)
