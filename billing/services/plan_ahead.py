"""A change that begins later: a phase of the future."""

from datetime import datetime

from billing.calendar import local_day
from billing.models.agreements import Phase, Subscription, SubscriptionState
from billing.models.catalogue import PriceVersion
from billing.selectors import phase_at


def plan_ahead(*, subscription: Subscription, price: PriceVersion, starts_at: datetime, now: datetime) -> None:
    """Plan a price from an instant on, in place of any other plan, in the caller's transaction.

    Planning the running price takes the planned change back.
    """
    subscription.phases.filter(starts_at__gt=now).delete()
    running = phase_at(subscription, now)
    if running is not None and running.price_id == price.pk:
        running.ends_at = None
        running.save(update_fields=["ends_at"])
        return
    billing_account = subscription.billing_account
    anchor = billing_account.anchor_from(local_day(starts_at, billing_account.zone))
    if running is not None:
        running.ends_at = starts_at
        running.save(update_fields=["ends_at"])
        if running.price.interval == price.interval and subscription.state != SubscriptionState.TRIALING:
            anchor = running.anchor  # months go on being counted from the same day, also past a short February
    Phase.objects.create(subscription=subscription, price=price, anchor=anchor, starts_at=starts_at)
