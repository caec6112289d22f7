"""Commission rules and the entries they produce."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel
from tenants.leaders.models import Leader
from tenants.orders.models import OrderLine


class RuleScope(models.TextChoices):
    """First hit wins: item override (on the campaign item) > product > leader > store."""

    PRODUCT = "product", _("按商品")
    LEADER = "leader", _("按团长")
    STORE = "store", _("全店默认")


class CommissionRule(ScopedModel):
    """A rate from a moment on. Rules are never edited: a new one takes over."""

    scope = models.CharField(max_length=8, choices=RuleScope.choices)
    scope_id = models.UUIDField(null=True)  # the product or leader
    rate_ppm = models.PositiveIntegerField()
    valid_from = models.DateTimeField()
    by_name = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints: ClassVar = [
            # the cap of the whole line's commissions; sum over levels is checked when accruing
            models.CheckConstraint(condition=models.Q(rate_ppm__lte=300_000), name="rate_within_cap"),
            models.CheckConstraint(
                condition=models.Q(scope="store", scope_id__isnull=True)
                | (~models.Q(scope="store") & models.Q(scope_id__isnull=False)),
                name="rule_names_its_scope",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["scope", "scope_id", "-valid_from"], name="rules_in_force")]

    def __str__(self) -> str:
        return f"{self.scope} {self.rate_ppm}"


class EntryState(models.TextChoices):
    """accrued (paid) -> pending (picked up) -> available (after the freeze); reversed when nothing of it is left."""

    ACCRUED = "accrued", _("待提货")
    PENDING = "pending", _("冻结中")
    AVAILABLE = "available", _("可提现")
    REVERSED = "reversed", _("已冲回")


class CommissionEntry(ScopedModel):
    """What one leader earns from one line, and why."""

    leader = models.ForeignKey(Leader, on_delete=models.PROTECT, related_name="commissions")
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="commissions")
    # Art. 7 of the regulation against pyramid selling (禁止传销条例): a third level cannot be stored.
    level = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(max_length=8, choices=[("accrual", "计提"), ("reversal", "冲回")], default="accrual")
    base_minor = models.BigIntegerField()
    rate_ppm = models.PositiveIntegerField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    rule = models.ForeignKey(CommissionRule, null=True, on_delete=models.PROTECT)  # none: the item's own rate
    reason = models.CharField(max_length=160)  # "按全店默认 8%：¥12.90 × 8% = ¥1.03"
    state = models.CharField(max_length=10, choices=EntryState.choices, default=EntryState.ACCRUED)
    created_at = models.DateTimeField()
    pending_at = models.DateTimeField(null=True)
    available_at = models.DateTimeField(null=True)  # when the freeze ends
    refund_id = models.UUIDField(null=True)  # of a reversal: the order's refund that caused it

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order_line", "leader", "level"], name="commission_once", condition=models.Q(kind="accrual")
            ),
            models.UniqueConstraint(
                fields=["order_line", "leader", "level", "refund_id"],
                name="reversal_once_a_refund",
                condition=models.Q(kind="reversal"),
            ),
            models.CheckConstraint(condition=models.Q(level__gte=1, level__lte=2), name="two_levels_at_most"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["leader", "-created_at"], name="commissions_of_leader"),
            models.Index(fields=["available_at"], name="freezes_to_end", condition=models.Q(state="pending")),
        ]

    def __str__(self) -> str:
        return f"{self.leader_id} {self.amount_minor}"
