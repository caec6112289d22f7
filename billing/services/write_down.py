"""Billing's verdict on a merchant, written down where stores and doors read it."""

from datetime import datetime

from billing.models.agreements import Subscription, SubscriptionState
from billing.services.grant_entitlements import grant_entitlements
from control.audit.services import record_act
from control.merchants.models import MerchantState
from control.merchants.services import set_state

_STORE_STATE = {
    SubscriptionState.TRIALING: MerchantState.TRIAL,
    SubscriptionState.ACTIVE: MerchantState.ACTIVE,
    SubscriptionState.PAST_DUE: MerchantState.PAST_DUE,
    SubscriptionState.PAUSED: MerchantState.READ_ONLY,
    SubscriptionState.EXPIRED: MerchantState.READ_ONLY,
    SubscriptionState.CANCELLED: MerchantState.READ_ONLY,
}


def write_down(*, subscription: Subscription, now: datetime, reason: str) -> None:
    """Write the subscription's state and its plan's limits into the merchant's record, in the caller's transaction."""
    merchant_id = subscription.billing_account.merchant_id
    grant_entitlements(billing_account=subscription.billing_account, now=now)
    state = _STORE_STATE[SubscriptionState(subscription.state)]
    if set_state(merchant_id=merchant_id, state=state, now=now):
        record_act(
            what="merchant.state", actor="billing", now=now, merchant_id=merchant_id, reason=reason, state=state.value
        )
