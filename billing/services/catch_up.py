"""A subscription brought up to the present before somebody changes it."""

from datetime import datetime
from uuid import UUID

from billing.models.agreements import Subscription
from billing.refusals import NoSubscription
from billing.selectors import last_subscription
from billing.services.close_period import close_period


def catch_up(*, merchant_id: UUID, now: datetime) -> Subscription:
    """Close every month of a merchant's subscription that is over, and return it as it stands.

    A change never meets a month that the clock has not closed yet, so it costs the same however late the clock runs.

    :raises NoSubscription:
    """
    while True:
        subscription = last_subscription(merchant_id=merchant_id)
        if subscription is None:
            raise NoSubscription
        if subscription.period_ends_at is None or subscription.period_ends_at > now:
            return subscription
        close_period(subscription_id=subscription.pk, now=now)
