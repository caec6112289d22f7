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


class JobKind(models.TextChoices):
    """What can be asked for."""

    EXPORT = "export", _("导出")
    ARCHIVE = "archive", _("归档")
    RESTORE = "restore", _("恢复")
    COPY = "copy", _("恢复为新店")


class JobState(models.TextChoices):
    """waiting -> running -> done or refused; one whose worker died stays running and is run again."""

    WAITING = "waiting", _("排队中")
    RUNNING = "running", _("执行中")
    DONE = "done", _("已完成")
    REFUSED = "refused", _("未执行")


class StoreJob(ScopedModel):
    """Long work that a person asked for. The actor is frozen here and asked about again when it runs."""

    merchant_id = models.UUIDField()
    kind = models.CharField(max_length=8, choices=JobKind.choices)
    actor_id = models.UUIDField()
    actor_email = models.CharField(max_length=80)
    as_operator = models.BooleanField(default=False)  # else as an owner of the store
    reason = models.CharField(max_length=200, blank=True)
    slug = models.CharField(max_length=32, blank=True)  # a copy's address
    export_id = models.UUIDField(null=True)  # what is restored; null: the latest archive
    state = models.CharField(max_length=8, choices=JobState.choices, default=JobState.WAITING)
    error = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["merchant_id", "kind", "slug"],
                name="one_job_of_a_kind",
                condition=models.Q(state__in=["waiting", "running"]),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["merchant_id", "-asked_at"], name="jobs_of_merchant")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.merchant_id}"


class ExportLink(ScopedModel):
    """A way to one export, once, for one person at one store. Only its hash is kept."""

    token_hash = models.CharField(max_length=64, unique=True)
    export = models.ForeignKey(StoreExport, on_delete=models.CASCADE, related_name="links")
    person_id = models.UUIDField()
    merchant_id = models.UUIDField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"link to {self.export_id}"


class StoreMove(ScopedModel):
    """A store on its way to another cell, or arriving from one, and how far it got."""

    merchant_id = models.UUIDField()
    is_arrival = models.BooleanField()
    cell = models.CharField(max_length=20)  # the other one
    by = models.CharField(max_length=80)
    state_before = models.CharField(max_length=12)  # what the store opens as over there
    seal = models.CharField(max_length=64, blank=True)  # of the export that travels
    steps = models.JSONField(default=dict)  # name of a step that is done -> what it counted
    begun_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["merchant_id"], name="one_move_at_a_time", condition=models.Q(done_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.merchant_id} {'from' if self.is_arrival else 'to'} {self.cell}"
