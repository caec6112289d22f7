"""Whether a merchant is past due."""

from datetime import datetime

from billing.models.agreements import BillingAccount, Subscription, SubscriptionState
from billing.selectors import overdue
from billing.services.take_hold import take_hold
from billing.services.write_down import write_down


def judge_subscription(*, billing_account: BillingAccount, now: datetime, reason: str) -> None:
    """Move a subscription between active and past due by what is overdue now, and write it down.

    In the caller's transaction, after every change of an invoice's payment: a change of plan that waited for it
    takes hold here.
    """
    take_hold(billing_account=billing_account, now=now)
    live = Subscription.objects.filter(
        billing_account=billing_account, state__in=[SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE]
    )
    subscription = live.select_for_update(of=("self",)).select_related("billing_account").first()
    if subscription is None:
        return
    owes = overdue(billing_account=billing_account)
    subscription.state = SubscriptionState.PAST_DUE if owes else SubscriptionState.ACTIVE
    subscription.save(update_fields=["state"])
    write_down(subscription=subscription, now=now, reason=reason)
