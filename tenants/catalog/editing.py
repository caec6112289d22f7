"""Reading what is being typed into the editor of a product."""

from datetime import datetime, timedelta
from uuid import UUID

from tenants.catalog.models import EditorDraft

STILL_THERE = timedelta(seconds=90)  # three of the editor's signs of life


def draft_of(*, person_id: UUID, product_id: UUID | None) -> EditorDraft | None:
    """Find what a person typed at this product (None: at a new one) and did not save."""
    drafts = EditorDraft.objects.filter(person_id=person_id, product=product_id, saved_at__isnull=False)
    found: EditorDraft | None = drafts.first()
    return found


def others_editing(*, person_id: UUID, product_id: UUID, now: datetime) -> list[str]:
    """Name those who have the same product open now."""
    there = EditorDraft.objects.filter(product=product_id, seen_at__gt=now - STILL_THERE)
    return list(there.exclude(person_id=person_id).order_by("person_name").values_list("person_name", flat=True))
