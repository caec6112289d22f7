"""Where each schema stands on its way to a release."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel


class MigrationState(models.TextChoices):
    """What became of a schema in the latest run that met it."""

    PENDING = "pending", _("等待升级")
    DONE = "done", _("已升级")
    LOCKED = "locked", _("被占用")
    DRIFTED = "drifted", _("结构不符")
    FAILED = "failed", _("升级失败")


class StoreMigration(ScopedModel):
    """One row a schema. "done" is written in the transaction that changed the schema, so it is never a guess."""

    schema_name = models.CharField(max_length=63, unique=True)
    release = models.CharField(max_length=64)  # the bundle's sha that the schema was to be brought to
    state = models.CharField(max_length=8, choices=MigrationState.choices)
    attempts = models.PositiveSmallIntegerField(default=0)  # in that run
    ms = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    at = models.DateTimeField()  # when that run began

    class Meta:
        indexes: ClassVar = [models.Index(fields=["release", "state"], name="fleet_by_state")]

    def __str__(self) -> str:
        return f"{self.schema_name} {self.state}"
