"""Exports that were made, and erasures with the two people who wanted them."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel


class ExportKind(models.TextChoices):
    """Why an export was made."""

    ASKED = "asked", _("按需导出")
    ARCHIVE = "archive", _("归档")


class StoreExport(ScopedModel):
    """One export in the platform's keeping. ``folder`` lies below the setting LINLI_EXPORTS."""

    merchant_id = models.UUIDField()  # merchants are a floor below; kept without a cascade on purpose
    kind = models.CharField(max_length=8, choices=ExportKind.choices)
    folder = models.CharField(max_length=120)
    asked_by = models.CharField(max_length=80)
    begun_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    rows = models.BigIntegerField(default=0)
    files = models.BigIntegerField(default=0)
    seal = models.CharField(max_length=64, blank=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["merchant_id", "-begun_at"], name="exports_of_merchant")]

    def __str__(self) -> str:
        return self.folder


class Erasure(ScopedModel):
    """A wish to erase a store, its approval by another person, and how far it got. Names stay: they answer for it."""

    merchant_id = models.UUIDField()
    requested_by = models.CharField(max_length=80)  # e-mail of an operator
    requested_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    approved_by = models.CharField(max_length=80, blank=True)
    approved_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    steps = models.JSONField(default=dict)  # name of a step that is done -> what it counted
    certificate = models.JSONField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["merchant_id"], name="one_erasure_at_a_time", condition=models.Q(withdrawn_at__isnull=True)
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by="") | ~models.Q(approved_by=models.F("requested_by")),
                name="erasure_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"erasure of {self.merchant_id}"
