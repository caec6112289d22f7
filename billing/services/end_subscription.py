"""Two months of nothing paid: the plan ends, and what is owed stays owed."""

from datetime import datetime

from django.db.models import F, Q
from django.db.models.functions import Greatest

from billing.calendar import next_midnight
from billing.models.agreements import BillingAccount, Subscription
from billing.models.payers import PayerLink
from control.audit.services import record_act


def end_subscription(*, subscription: Subscription, now: datetime) -> None:
    """End whatever runs and drop what was planned, in the caller's transaction; nothing falls due any more."""
    running = subscription.phases.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now))
    running.update(ends_at=Greatest(F("starts_at"), now))  # a planned one never begins
    subscription.period_ends_at = None
    subscription.save(update_fields=["period_ends_at"])
    _leave_partners(subscription.billing_account, now)
    record_act(
        what="subscription.lapsed",
        actor="billing",
        now=now,
        merchant_id=subscription.billing_account.merchant_id,
        reason="unpaid",
    )


def _leave_partners(payer: BillingAccount, now: datetime) -> None:
    # Whoever lapsed pays for nobody: from the next midnight its partners pay for themselves
    running = PayerLink.objects.filter(payer=payer, approved_at__isnull=False)
    for link in running.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now)).select_related("child"):
        ends_at = next_midnight(max(now, link.starts_at), link.child.zone)
        if link.ends_at is None or link.ends_at > ends_at:
            link.ends_at = ends_at
            link.save(update_fields=["ends_at"])
