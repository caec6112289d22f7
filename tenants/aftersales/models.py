"""After-sales requests: what a member wants back, who judged it, and who bears the loss."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel
from tenants.catalog.models import Sku
from tenants.leaders.models import Leader
from tenants.members.models import Member
from tenants.orders.models import Order, OrderLine, OrderRefund


class Reason(models.TextChoices):
    SPOILT = "spoilt", _("变质不新鲜")
    DAMAGED = "damaged", _("破损")
    SHORT = "short", _("少发漏发")
    WRONG = "wrong", _("发错了")
    UNLIKE = "unlike", _("与描述不符")
    UNWANTED = "unwanted", _("不想要了")
    OTHER = "other", _("其他")


SHOWN_REASONS = (Reason.SPOILT, Reason.DAMAGED, Reason.WRONG, Reason.UNLIKE)  # a picture must show it
LOST_REASONS = (Reason.SPOILT, Reason.DAMAGED, Reason.SHORT, Reason.WRONG)  # the pieces cannot be sold again


class Remedy(models.TextChoices):
    REFUND = "refund", _("仅退款")
    RETURN = "return", _("退货退款")
    REPLACE = "replace", _("换货")


class State(models.TextChoices):
    LEADER_REVIEW = "leader_review", _("待团长核实")
    STORE_REVIEW = "store_review", _("待商家处理")
    APPEALED = "appealed", _("申诉中")
    RETURNING = "returning", _("待退货")
    REPLACING = "replacing", _("待换货")
    REFUNDING = "refunding", _("退款中")
    DONE = "done", _("已完成")
    REJECTED = "rejected", _("已拒绝")
    FINAL = "final", _("维持拒绝")
    WITHDRAWN = "withdrawn", _("已撤回")


JUDGED_BY_STORE = (State.LEADER_REVIEW, State.STORE_REVIEW, State.APPEALED)  # what the store may decide on
PROMISED = (*JUDGED_BY_STORE, State.RETURNING, State.REPLACING)  # open, its money not yet given back
ENDED = (State.DONE, State.FINAL, State.WITHDRAWN)

REOPEN_WITHIN = timedelta(hours=24)


class AfterSale(ScopedModel):
    """One request about one line. A line may have several, as long as pieces and money are left of it."""

    number = models.CharField(max_length=26, unique=True)  # the order's and a count
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="after_sales")
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="after_sales")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="after_sales")
    leader = models.ForeignKey(Leader, on_delete=models.PROTECT, related_name="after_sales")
    asked_by = models.CharField(max_length=10)  # as in the journal: member, leader, person
    asked_by_name = models.CharField(max_length=60, blank=True)
    key = models.CharField(max_length=255)  # of whoever asks
    reason = models.CharField(max_length=10, choices=Reason.choices)
    remedy = models.CharField(max_length=8, choices=Remedy.choices)  # wanted; what was decided replaces it
    words = models.CharField(max_length=200, blank=True)
    quantity = models.PositiveIntegerField()
    asked_minor = models.BigIntegerField(null=True)  # null: these pieces whole, at what they cost
    state = models.CharField(max_length=13, choices=State.choices)
    due_at = models.DateTimeField(null=True)  # by when somebody must act, or the next step comes by itself
    overdue_at = models.DateTimeField(null=True)  # since when the store owes an answer
    created_at = models.DateTimeField()
    leader_agrees = models.BooleanField(null=True)
    leader_words = models.CharField(max_length=200, blank=True)
    answer = models.CharField(max_length=200, blank=True)  # of the store, to the member
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=60, blank=True)
    approved_minor = models.BigIntegerField(null=True)  # null: these pieces whole, or nothing was approved
    restock = models.BooleanField(default=False)  # came back unopened
    is_instant = models.BooleanField(default=False)  # given at once, without anybody judging
    appeal = models.CharField(max_length=200, blank=True)
    order_refund = models.OneToOneField(OrderRefund, null=True, on_delete=models.PROTECT, related_name="after_sale")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "key"], name="after_sale_once_a_key"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="after_sale_of_pieces"),
            models.CheckConstraint(
                condition=models.Q(asked_minor__isnull=True) | models.Q(asked_minor__gt=0),
                name="after_sale_of_money",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "due_at"], name="after_sales_due"),
            models.Index(fields=["-created_at", "id"], name="after_sales_latest"),
            models.Index(fields=["member", "-created_at"], name="after_sales_of_member"),
            models.Index(fields=["leader", "state", "-created_at"], name="after_sales_of_leader"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def may_appeal(self) -> bool:
        return self.state == State.REJECTED

    @property
    def may_withdraw(self) -> bool:
        return self.state in (*JUDGED_BY_STORE, State.RETURNING)

    def may_reopen(self, now: datetime) -> bool:
        """Say whether a rejection is so young that the store may take it back."""
        return self.state == State.REJECTED and self.decided_at is not None and now < self.decided_at + REOPEN_WITHIN


class AfterSalePhoto(ScopedModel):
    """A picture that shows it. Uploaded first, hung to a request when that is made; nobody else's eyes."""

    member = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")  # who uploaded it
    after_sale = models.ForeignKey(AfterSale, null=True, on_delete=models.CASCADE, related_name="photos")
    file_key = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        indexes: ClassVar = [
            models.Index(
                fields=["created_at"], name="after_sale_photos_loose", condition=models.Q(after_sale__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return self.file_key


class Party(models.TextChoices):
    SUPPLIER = "supplier", _("供应商")
    WAREHOUSE = "warehouse", _("仓库")
    DRIVER = "driver", _("司机")
    LEADER = "leader", _("团长")
    STORE = "store", _("商家")


class Liability(ScopedModel):
    """What one party bears of what was given back. The shares of a request are a million parts together."""

    after_sale = models.ForeignKey(AfterSale, on_delete=models.PROTECT, related_name="liabilities")
    party = models.CharField(max_length=9, choices=Party.choices)
    share_ppm = models.PositiveIntegerField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["after_sale", "party"], name="liable_once_a_request"),
            models.CheckConstraint(
                condition=models.Q(share_ppm__gte=1, share_ppm__lte=1_000_000), name="liable_for_a_part"
            ),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="liable_not_negative"),
        ]
        indexes: ClassVar = [models.Index(fields=["party", "-at"], name="liabilities_of_party")]

    def __str__(self) -> str:
        return f"{self.party} {self.amount_minor}"


class InstantRule(ScopedModel):
    """How much may be given back at once, without anybody judging. There is one row at most; none: nothing."""

    only = models.BooleanField(default=True, unique=True)
    most_minor = models.BigIntegerField(default=0)  # a request
    member_month_minor = models.BigIntegerField(default=0)  # a member, in the last thirty days
    leader_month_minor = models.BigIntegerField(default=0)  # a leader's members together
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=60)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(most_minor__gte=0, member_month_minor__gte=0, leader_month_minor__gte=0),
                name="instant_rule_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.most_minor}"


class Weighing(ScopedModel):
    """What the scale said of a line that was paid by an estimate, once. Less is given back, more is never asked for."""

    order_line = models.OneToOneField(OrderLine, on_delete=models.PROTECT, related_name="weighing")
    estimated_grams = models.PositiveIntegerField()  # of the pieces that were left of the line
    grams = models.PositiveIntegerField()
    paid_minor = models.BigIntegerField()  # for them
    refund_minor = models.BigIntegerField()
    order_refund = models.OneToOneField(OrderRefund, null=True, on_delete=models.PROTECT, related_name="weighing")
    by_name = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(grams__gt=0, estimated_grams__gt=0), name="weighed_something"),
            models.CheckConstraint(
                condition=models.Q(refund_minor__gte=0, refund_minor__lte=models.F("paid_minor")),
                name="weighing_refund_within",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grams} g"


class ShareRule(models.TextChoices):
    """Who goes without when there is less than was sold."""

    FIRST_PAID = "first_paid", _("先付款的先给")
    LOYAL = "loyal", _("老顾客优先")
    EVEN = "even", _("按订的数量比例分")


class Ending(models.TextChoices):
    """What becomes of pieces that did not come."""

    REFUND = "refund", _("退款")
    SUBSTITUTE = "substitute", _("换同类商品")
    LATER = "later", _("下一批送达")


class Shortage(ScopedModel):
    """Fewer pieces came than were sold for a pickup day: by which rule who goes without was decided, and by whom."""

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="shortages")
    pickup_date = models.DateField()
    title = models.CharField(max_length=80)
    sku_label = models.CharField(max_length=40)
    wanted = models.PositiveIntegerField()  # pieces that were to be handed out
    there = models.PositiveIntegerField()  # pieces that can be
    rule = models.CharField(max_length=10, choices=ShareRule.choices)
    ending = models.CharField(
        max_length=10, choices=Ending.choices, default=Ending.REFUND, db_default=Ending.REFUND.value
    )
    substitute_sku = models.ForeignKey(Sku, null=True, on_delete=models.PROTECT, related_name="+")
    substitute_title = models.CharField(max_length=80, blank=True, default="", db_default="")
    substitute_label = models.CharField(max_length=40, blank=True, default="", db_default="")
    later_on = models.DateField(null=True)
    reason = models.CharField(max_length=60)
    key = models.CharField(max_length=64, unique=True)  # of the form: a second click tells nothing
    by_name = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(there__lt=models.F("wanted")), name="shortage_of_something"),
        ]
        indexes: ClassVar = [models.Index(fields=["pickup_date", "sku"], name="shortages_of_day")]

    def __str__(self) -> str:
        return f"{self.title} {self.there}/{self.wanted}"


class ShortLine(ScopedModel):
    """An order line that goes without so many pieces; settled once its end came, or nothing was left of it."""

    shortage = models.ForeignKey(Shortage, on_delete=models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="shortages")
    quantity = models.PositiveIntegerField()
    ending = models.CharField(
        max_length=10, choices=Ending.choices, default=Ending.REFUND, db_default=Ending.REFUND.value
    )
    warehouse_id = models.UUIDField(null=True)  # out of which the pieces were taken that come after all
    came_quantity = models.PositiveIntegerField(default=0, db_default=0)  # of ``quantity``: instead, or later
    order_refund = models.ForeignKey(OrderRefund, null=True, on_delete=models.PROTECT, related_name="short_lines")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shortage", "order_line"], name="line_once_a_shortage"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="short_of_something"),
            models.CheckConstraint(
                condition=models.Q(came_quantity=0)
                | ~models.Q(ending="refund") & models.Q(came_quantity__lte=models.F("quantity")),
                name="short_came_within",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["shortage"], name="short_lines_open", condition=models.Q(settled_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.order_line_id} -{self.quantity}"
