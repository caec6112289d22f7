"""What is being written in the editor and not saved yet."""

from typing import ClassVar

from django.db import models

from kit.tenancy.models import ScopedModel
from tenants.catalog.models.goods import Product


class ProductAutosave(ScopedModel):
    """One person's unsaved editor; while it moves, others see that the person is at it."""

    person_id = models.UUIDField()
    person_name = models.CharField(max_length=60)
    product = models.ForeignKey(Product, null=True, on_delete=models.CASCADE, related_name="autosaves")
    fields = models.JSONField(default=list)  # [[name, value], ...] as the form posts them; empty: only looking
    version = models.PositiveIntegerField(default=0)  # of the product it was begun on
    seen_at = models.DateTimeField()
    written_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person_id", "product"], name="one_autosave_each", nulls_distinct=False),
        ]
        indexes: ClassVar = [models.Index(fields=["seen_at"], name="autosaves_by_age")]
