"""Reading what happened."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet

from kit.tenancy.kept import kept
from kit.tenancy.models import ScopedModel
from tenants.journal.models import JournalEntry


def entries_of(subject: ScopedModel) -> list[JournalEntry]:
    """List what happened to a subject, oldest first."""
    of_subject = JournalEntry.objects.filter(subject_type=subject._meta.model_name, subject_id=subject.pk)
    return list(of_subject.order_by("at", "id"))


def entries_of_each(subjects: Sequence[ScopedModel]) -> dict[UUID, list[JournalEntry]]:
    """List what happened to each of some subjects of one kind, oldest first, in one statement."""
    entries: dict[UUID, list[JournalEntry]] = {subject.pk: [] for subject in subjects}
    if subjects:
        for entry in _entries(subject_type=subjects[0]._meta.model_name, subject_ids=list(entries)):
            entries[entry.subject_id].append(entry)
    return entries


@kept
def _entries(*, subject_type: str, subject_ids: Sequence[UUID]) -> QuerySet[JournalEntry]:
    return JournalEntry.objects.filter(subject_type=subject_type, subject_id__in=subject_ids).order_by("at", "id")
