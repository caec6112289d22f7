"""Quotes that nobody confirmed."""

from datetime import datetime, timedelta

from billing.models.changes import ChangeState, PlanChange

KEPT = timedelta(days=7)  # longer than anybody leaves a confirmation page open
_AT_ONCE = 1_000


def purge_quotes(*, now: datetime) -> int:
    """Delete the quotes that were shown a week ago and never confirmed; return how many. Safe to repeat.

    What was confirmed stays for ever, whatever became of it: it is the merchant's history. A quote that is confirmed
    at this very moment is locked, and passed over.
    """
    old = PlanChange.objects.filter(state=ChangeState.OFFERED, quoted_at__lt=now - KEPT).order_by("quoted_at")
    gone = 0
    while ids := list(old.values_list("pk", flat=True)[:_AT_ONCE]):
        # Asked again in the statement itself: a quote confirmed since it was listed is no longer offered
        deleted, _by_model = PlanChange.objects.filter(pk__in=ids, state=ChangeState.OFFERED).delete()
        gone += deleted
        if deleted < len(ids):
            break
    return gone
