"""What was sent, to whom, about what."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel


class Letter(ScopedModel):
    """One message that left the house."""

    channel = models.CharField(max_length=6, choices=[("sms", _("短信")), ("email", _("邮件"))])
    sent_to = models.CharField(max_length=120)
    subject = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    merchant_id = models.UUIDField(null=True)
    sent_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["-sent_at"], name="letters_latest"),
            models.Index(fields=["sent_to", "-sent_at"], name="letters_to"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} to {self.sent_to}"
