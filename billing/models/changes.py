"""Changes of a subscription: shown as a quote with its exact amount, then confirmed once."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import Subscription
from billing.models.invoices import Invoice
from kit.tenancy.models import ScopedModel


class Movement(models.TextChoices):
    """What can be done to a subscription."""

    START = "start", _("开通套餐")
    SWITCH_NOW = "switch_now", _("立即更换套餐")
    SWITCH_LATER = "switch_later", _("到期更换套餐")
    ADD_ON = "add_on", _("调整增购")
    COUPON = "coupon", _("使用优惠码")
    CANCEL_LATER = "cancel_later", _("到期退订")
    CANCEL_NOW = "cancel_now", _("立即退订")
    RESUME = "resume", _("撤销退订")
    PAUSE = "pause", _("暂停营业")
    UNPAUSE = "unpause", _("恢复营业")


class ChangeState(models.TextChoices):
    """offered -> done, or offered -> waiting (for its payment) -> done | withdrawn."""

    OFFERED = "offered", _("待确认")
    WAITING = "waiting", _("等待付款")
    DONE = "done", _("已生效")
    WITHDRAWN = "withdrawn", _("未生效")


class PlanChange(ScopedModel):
    """A quote and its fate. Its id is the key: confirming it again does nothing more."""

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="changes")
    movement = models.CharField(max_length=12, choices=Movement.choices)
    wish = models.JSONField()  # {"price": id} | {"add_on": code, "quantity": n} | {"coupon": code} | {}
    state = models.CharField(max_length=9, choices=ChangeState.choices, default=ChangeState.OFFERED)
    lock_version = models.PositiveIntegerField()  # the subscription's, when it was quoted
    total_minor = models.BigIntegerField()  # the sum of its lines; below zero it becomes credit
    due_now_minor = models.BigIntegerField()  # after the account's credit
    starts_at = models.DateTimeField()
    quoted_by = models.CharField(max_length=254)
    quoted_at = models.DateTimeField()
    confirmed_by = models.CharField(max_length=254, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    done_at = models.DateTimeField(null=True)
    invoice = models.OneToOneField(Invoice, null=True, on_delete=models.PROTECT, related_name="change")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subscription"], condition=Q(state="waiting"), name="one_change_waits_for_payment"
            ),
            models.CheckConstraint(condition=Q(due_now_minor__gte=0), name="change_due_not_negative"),
        ]
        indexes: ClassVar = [models.Index(fields=["subscription", "-quoted_at"], name="changes_of_subscription")]

    def __str__(self) -> str:
        return f"{self.movement} {self.due_now_minor}"
