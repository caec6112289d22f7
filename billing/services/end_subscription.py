"""Two months of nothing paid: the plan ends, and what is owed stays owed."""

from datetime import datetime

from django.db.models import F, Q
from django.db.models.functions import Greatest

from billing.models.agreements import Subscription
from control.audit.services import record_act


def end_subscription(*, subscription: Subscription, now: datetime) -> None:
    """End whatever runs and drop what was planned, in the caller's transaction; nothing falls due any more."""
    running = subscription.phases.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now))
    running.update(ends_at=Greatest(F("starts_at"), now))  # a planned one never begins
    subscription.period_ends_at = None
    subscription.save(update_fields=["period_ends_at"])
    record_act(
        what="subscription.lapsed",
        actor="billing",
        now=now,
        merchant_id=subscription.billing_account.merchant_id,
        reason="unpaid",
    )
