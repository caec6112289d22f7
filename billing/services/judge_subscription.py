"""Whether a merchant is past due."""

from datetime import datetime

from billing.models.agreements import BillingAccount, Subscription, SubscriptionState
from billing.models.invoices import InvoiceState
from billing.services.write_down import write_down


def judge_subscription(*, billing_account: BillingAccount, now: datetime, reason: str) -> None:
    """Move a subscription between active and past due by what is overdue now, and write it down.

    In the caller's transaction, after every change of an invoice's payment.
    """
    live = Subscription.objects.filter(
        billing_account=billing_account, state__in=[SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE]
    )
    subscription = live.select_for_update(of=("self",)).select_related("billing_account").first()
    if subscription is None:
        return
    owes = billing_account.invoices.filter(state=InvoiceState.OPEN, overdue_since__isnull=False).exists()
    subscription.state = SubscriptionState.PAST_DUE if owes else SubscriptionState.ACTIVE
    subscription.save(update_fields=["state"])
    write_down(subscription=subscription, now=now, reason=reason)
