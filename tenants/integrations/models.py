"""Keys of other programs, and the webhooks that tell them what happened. None of it leaves with an export."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel


class ApiKey(ScopedModel):
    """A program that may come in. Only the hash is kept; the key is bound to this store by living here."""

    name = models.CharField(max_length=40)
    prefix = models.CharField(max_length=12)  # what people recognise it by: "lk_4fQ2mX"
    key_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)  # ["goods:read", ...]: see scopes.py
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)
    expires_at = models.DateTimeField(null=True)  # exclusive; null: until it is revoked
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=80, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-created_at"], name="api_keys_latest")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def state_at(self, now: datetime) -> str:
        """Say whether it lets anybody in: active, expired or revoked."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at and self.expires_at <= now else "active"


class EndpointState(models.TextChoices):
    ACTIVE = "active", _("接收中")
    PAUSED = "paused", _("已暂停")  # by the merchant; what waits is sent after resuming
    DISABLED = "disabled", _("已停止发送")  # by us: it said 410, or failed for five days


class WebhookEndpoint(ScopedModel):
    """An address of the merchant's that is told what happens. Secrets are sealed for this row of this store."""

    url = models.CharField(max_length=500)
    event_types = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=EndpointState.choices, default=EndpointState.ACTIVE)
    secret_sealed = models.TextField()
    former_secret_sealed = models.TextField(blank=True)  # still signed with until ``former_until``
    former_until = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=10, blank=True)  # gone, failing
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "created_at"], name="endpoints_by_state")]

    def __str__(self) -> str:
        return self.url


class WebhookEvent(ScopedModel):
    """Something that happened, as it is told: written with the fact itself, once."""

    key = models.CharField(max_length=120, unique=True)  # "order.paid:<order id>"
    kind = models.CharField(max_length=40)
    body = models.TextField()  # the very words that are signed and sent
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["at"], name="webhook_events_by_age")]

    def __str__(self) -> str:
        return self.key

    @property
    def message_id(self) -> str:
        """The webhook-id: the same at every try and at every endpoint."""
        return f"evt_{self.pk.hex}"


class DeliveryState(models.TextChoices):
    PENDING = "pending", _("等待发送")
    DELIVERED = "delivered", _("已送达")
    FAILED = "failed", _("未送达")


class WebhookDelivery(ScopedModel):
    """One event for one endpoint: at least once there, exactly one row here."""

    event = models.ForeignKey(WebhookEvent, on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=9, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    tries = models.PositiveSmallIntegerField(default=0)  # of the present round; a replay begins a new one
    next_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="told_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_at"], name="deliveries_due", condition=models.Q(state="pending")),
            models.Index(fields=["endpoint", "-created_at", "id"], name="deliveries_of_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.endpoint_id}"


class WebhookAttempt(ScopedModel):
    """One try to deliver: what the other side answered, or why it could not be asked. Its words are not kept."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    failure = models.CharField(max_length=20, blank=True)  # a code of kit.ports.outside, or "lost"
    took_ms = models.PositiveIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["delivery", "-at"], name="attempts_of_delivery")]

    def __str__(self) -> str:
        return f"{self.status or self.failure}"
