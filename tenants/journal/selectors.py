"""Reading what happened."""

from kit.tenancy.models import ScopedModel
from tenants.journal.models import JournalEntry


def entries_of(subject: ScopedModel) -> list[JournalEntry]:
    """List what happened to a subject, oldest first."""
    of_subject = JournalEntry.objects.filter(subject_type=subject._meta.model_name, subject_id=subject.pk)
    return list(of_subject.order_by("at", "id"))
