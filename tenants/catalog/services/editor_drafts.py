"""What somebody types into the editor of a product is kept before they save it, and who else is there is told."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.catalog.models import EditorDraft, Product
from tenants.catalog.selectors import ProductMissing

MOST_BYTES = 200_000  # fifty SKU rows and a long story are a third of it
KEPT = timedelta(days=14)


class DraftTooLarge(Refused):
    """More was typed than any product has."""

    code, kind, sentence = "draft_too_large", Kind.INVALID, _("内容太多，没有自动保存，请先点保存。")


@dataclass(frozen=True)
class Editor:
    """A person at the editor."""

    person_id: UUID
    name: str


def keep_draft(*, editor: Editor, product_id: UUID | None, words: Mapping[str, Sequence[str]], now: datetime) -> None:
    """Keep what somebody typed in the place of what they typed before. :raises ProductMissing, DraftTooLarge:"""
    typed = {name: list(values) for name, values in words.items()}
    if len(json.dumps(typed)) > MOST_BYTES:
        raise DraftTooLarge
    _write(editor, product_id, now=now, words=typed, saved_at=now)


def note_presence(*, editor: Editor, product_id: UUID | None, now: datetime) -> None:
    """Remember that somebody still has the editor open. :raises ProductMissing:"""
    _write(editor, product_id, now=now)


def drop_draft(*, editor: Editor, product_id: UUID | None) -> None:
    """Forget what somebody typed: it was saved, or is not wanted any more. :raises ProductMissing:"""
    _refuse_missing(product_id)
    EditorDraft.objects.filter(person_id=editor.person_id, product=product_id).delete()


def purge_drafts(*, now: datetime) -> int:
    """Forget what nobody came back to for two weeks; says how many."""
    gone, _each = EditorDraft.objects.filter(seen_at__lt=now - KEPT).delete()
    return int(gone)


def _write(editor: Editor, product_id: UUID | None, *, now: datetime, **typed: object) -> None:
    with transaction.atomic(durable=True):
        _refuse_missing(product_id)
        mine = EditorDraft.objects.filter(person_id=editor.person_id, product=product_id)
        seen = {"person_name": editor.name[:60], "seen_at": now, **typed}
        if not mine.update(**seen):
            fresh = EditorDraft(person_id=editor.person_id, product_id=product_id, **seen)
            EditorDraft.objects.bulk_create([fresh], ignore_conflicts=True)  # the first two signs may come at once


def _refuse_missing(product_id: UUID | None) -> None:
    if product_id is not None and not Product.objects.filter(pk=product_id).exists():
        raise ProductMissing
