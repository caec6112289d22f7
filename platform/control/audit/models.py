"""The platform's memory of who did what, and why."""

from typing import ClassVar

from django.db import models

from kit.tenancy.models import ScopedModel


class AuditEntry(ScopedModel):
    """One act. Rows are never changed; a trigger refuses it."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=80)  # a person's e-mail, or the task's name
    what = models.CharField(max_length=60)  # "merchant.signed_up"
    merchant_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["merchant_id", "-at"], name="audit_of_merchant")]

    def __str__(self) -> str:
        return f"{self.what} by {self.actor}"
