"""Who has a product open, and what they typed but did not save."""

from typing import ClassVar

from django.db import models

from kit.tenancy.models import ScopedModel
from tenants.catalog.models.goods import Product


class EditorDraft(ScopedModel):
    """One person at one product's editor (or at that of a new one, without a product)."""

    person_id = models.UUIDField()
    person_name = models.CharField(max_length=60)
    product = models.ForeignKey(Product, null=True, on_delete=models.CASCADE, related_name="editor_drafts")
    words = models.JSONField(default=dict)  # the form as it was posted: {"title": ["苹果"]}; empty: only looking
    saved_at = models.DateTimeField(null=True)  # when the words came
    seen_at = models.DateTimeField()  # when the editor was last known to be open

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person_id", "product"], name="one_draft_a_person", nulls_distinct=False),
        ]
        indexes: ClassVar = [
            models.Index(fields=["product", "-seen_at"], name="drafts_of_product"),
            models.Index(fields=["seen_at"], name="drafts_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.person_name}: {self.product_id}"
