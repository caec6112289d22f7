"""The spreadsheets goods came from."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel


class ColumnMapping(ScopedModel):
    """How a foreign spreadsheet's columns become ours: answered once, remembered by the sheet's head row."""

    head_fingerprint = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    columns = models.JSONField()  # {"title": 1, "category": 0, "cost": 5, ...}: our word, the column's number from 0
    rules = models.JSONField(default=dict)  # see import_goods.columns.Rules
    used_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", _("待确认列")
    CHECKED = "checked", _("待导入")
    RUNNING = "running", _("导入中")
    DONE = "done", _("已导入")
    REFUSED = "refused", _("有错误，未导入")
    UNDONE = "undone", _("已撤销")


class CatalogImport(ScopedModel):
    """One upload of goods: all of it arrives, or none."""

    file_key = models.CharField(max_length=120)
    file_name = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.UPLOADED)
    columns = models.JSONField(default=dict)  # as in ColumnMapping
    rules = models.JSONField(default=dict)
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    rows_wrong = models.PositiveIntegerField(default=0)
    made = models.PositiveIntegerField(default=0)  # SKUs; expected after the check, real after the run
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    remarks = models.JSONField(default=list)  # [[row, sentence], ...]: what we read differently than it was written
    # [[row, goods, head, before, after], ...]: what becomes different of goods that are there, the first of them
    changes = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    changes_total = models.PositiveIntegerField(default=0, db_default=0)
    problems_key = models.CharField(max_length=120, blank=True)  # the same file with the reasons beside the rows
    by_name = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["state"], name="one_import_at_a_time", condition=models.Q(state=ImportState.RUNNING)
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["-created_at"], name="imports_latest")]

    def __str__(self) -> str:
        return self.file_name
