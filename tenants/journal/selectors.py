"""Reading what happened."""

from collections.abc import Sequence
from uuid import UUID

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
        of_subjects = JournalEntry.objects.filter(
            subject_type=subjects[0]._meta.model_name, subject_id__in=list(entries)
        )
        for entry in of_subjects.order_by("at", "id"):
            entries[entry.subject_id].append(entry)
    return entries
