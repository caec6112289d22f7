"""Billing's verdict on a merchant, written down where stores and doors read it."""

from datetime import datetime

from billing.models.agreements import Subscription, SubscriptionState
from billing.models.dunning import DunningCase
from billing.services.grant_entitlements import grant_entitlements
from control.audit.services import record_act
from control.merchants.models import MerchantState
from control.merchants.services import set_next_step, set_state

_STORE_STATE = {
    SubscriptionState.TRIALING: MerchantState.TRIAL,
    SubscriptionState.ACTIVE: MerchantState.ACTIVE,
    SubscriptionState.PAST_DUE: MerchantState.PAST_DUE,
    SubscriptionState.SUSPENDED: MerchantState.RESTRICTED,
    SubscriptionState.CLOSED: MerchantState.READ_ONLY,
    SubscriptionState.PAUSED: MerchantState.READ_ONLY,
    SubscriptionState.EXPIRED: MerchantState.READ_ONLY,
    SubscriptionState.CANCELLED: MerchantState.READ_ONLY,
}


def write_down(*, subscription: Subscription, now: datetime, reason: str) -> None:
    """Write the subscription's state and its plan's limits into the merchant's record, in the caller's transaction.

    What follows if an overdue invoice stays unpaid goes there too, with its date, for the banner over every page.
    """
    merchant_id = subscription.billing_account.merchant_id
    grant_entitlements(billing_account=subscription.billing_account, now=now)
    case = DunningCase.objects.filter(billing_account=subscription.billing_account_id, closed_at=None).first()
    set_next_step(
        merchant_id=merchant_id,
        step=case.next_step if case else "",
        at=case.next_step_at if case else None,
    )
    state = _STORE_STATE[SubscriptionState(subscription.state)]
    if set_state(merchant_id=merchant_id, state=state, now=now):
        record_act(
            what="merchant.state", actor="billing", now=now, merchant_id=merchant_id, reason=reason, state=state.value
        )
