"""Outside events, kept whole so that they can be replayed."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel


class EventState(models.TextChoices):
    """received -> done | ignored | failed; failed ones are tried again."""

    RECEIVED = "received", _("待处理")
    DONE = "done", _("已处理")
    IGNORED = "ignored", _("无需处理")
    FAILED = "failed", _("处理失败")


class OutsideEvent(ScopedModel):
    """One event of one provider for one account: the unique key is what makes "exactly once" true."""

    provider = models.CharField(max_length=20)  # "stripe", "sandbox", later "wechat", "alipay"
    account = models.CharField(max_length=64)  # "platform", or the merchant's id
    event_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=80)
    object_id = models.CharField(max_length=120, blank=True)
    occurred_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    payload = models.JSONField()
    state = models.CharField(max_length=10, choices=EventState.choices, default=EventState.RECEIVED)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "account", "event_id"], name="outside_event_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["received_at"],
                name="outside_events_open",
                condition=models.Q(state__in=["received", "failed"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.kind} {self.event_id}"
