"""What a reconciliation found, kept until it is gone or a person has explained it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models.reconciling import Company, Difference, DifferenceKind, DifferenceState
from control.audit.services import record_act
from kit.errors import Kind, Refused


class NoSuchDifference(Refused):
    """There is no such difference, or it is settled."""

    code, kind, sentence = "no_such_difference", Kind.MISSING, _("没有找到这条差异，或者已经处理过。")


@dataclass(frozen=True, slots=True)
class Seen:
    """One disagreement of this run."""

    kind: DifferenceKind
    subject: str
    ours_minor: int | None
    theirs_minor: int | None
    currency: str
    billing_account_id: UUID | None


def note_differences(*, seen: Iterable[Seen], since: datetime, now: datetime, company: Company = Company.STRIPE) -> int:
    """Keep each difference once, resolve those that are gone, and return how many are open.

    In the caller's transaction. One that a person explained stays explained. Only what lies in the compared stretch
    is resolved: an old difference does not vanish because nobody looked.
    """
    found = list(seen)
    for each in found:
        Difference.objects.get_or_create(
            kind=each.kind,
            subject=each.subject,
            state__in=[DifferenceState.OPEN, DifferenceState.EXPLAINED],
            company=company,
            defaults={
                "state": DifferenceState.OPEN,
                "ours_minor": each.ours_minor,
                "theirs_minor": each.theirs_minor,
                "currency": each.currency,
                "billing_account_id": each.billing_account_id,
                "found_at": now,
            },
        )
    still = {(each.kind.value, each.subject) for each in found}
    of_company = Difference.objects.filter(company=company, state=DifferenceState.OPEN)
    for row in of_company.filter(found_at__gte=since):
        if (row.kind, row.subject) not in still:
            row.state, row.decided_at = DifferenceState.RESOLVED, now
            row.save(update_fields=["state", "decided_at"])
    return of_company.count()


def explain_difference(*, difference_id: UUID, note: str, by: str, now: datetime) -> Difference:
    """Write down why a difference is right as it is; it no longer counts as open. :raises NoSuchDifference:"""
    return _decide(difference_id, DifferenceState.EXPLAINED, note, by, now)


def resolve_difference(*, difference_id: UUID, note: str, by: str, now: datetime) -> Difference:
    """Call a difference settled. If the lists still disagree, the next run opens it again. :raises NoSuchDifference:"""
    return _decide(difference_id, DifferenceState.RESOLVED, note, by, now)


def _decide(difference_id: UUID, state: DifferenceState, note: str, by: str, now: datetime) -> Difference:
    with transaction.atomic(durable=True):
        row = Difference.objects.select_for_update().filter(pk=difference_id, state=DifferenceState.OPEN).first()
        if row is None:
            raise NoSuchDifference
        row.state, row.note, row.decided_by, row.decided_at = state, note[:200], by, now
        row.save(update_fields=["state", "note", "decided_by", "decided_at"])
        record_act(what="difference.decided", actor=by, now=now, reason=note, subject=row.subject, state=state.value)
    return row
