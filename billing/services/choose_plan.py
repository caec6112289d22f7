"""A merchant decides what to be on: at once out of a trial, or from the end of what is paid for."""

from datetime import datetime
from uuid import UUID

from billing.models.agreements import Subscription, SubscriptionState
from billing.models.changes import Movement
from billing.refusals import AmountMoved, CardNeeded, NoSubscription, PlanTooSmall
from billing.selectors import last_subscription
from billing.services.confirm_change import confirm_change
from billing.services.quote_change import quote_change
from billing.wishes import Wish

__all__ = ["AmountMoved", "CardNeeded", "NoSubscription", "PlanTooSmall", "choose_plan"]
_STOPPED = (SubscriptionState.EXPIRED, SubscriptionState.CANCELLED)


def choose_plan(
    *, merchant_id: UUID, price_id: UUID, at_once: bool, expected_minor: int, actor: str, now: datetime
) -> Subscription:
    """Put a merchant on a price, and charge the first interval if it begins now.

    In a trial, ``at_once`` ends it; otherwise the plan begins when the trial does end. A running plan changes when
    what is paid for is over; choosing it again takes a planned change back. The invoice is final before the card is
    asked, so a card that fails leaves an open invoice, not a half-chosen plan.

    :raises NoSubscription, NotOnSale, CardNeeded, PlanTooSmall, AmountMoved:
    """
    subscription = last_subscription(merchant_id=merchant_id)
    if subscription is None:
        raise NoSubscription
    trialing = subscription.state == SubscriptionState.TRIALING
    starts = subscription.state in _STOPPED or (at_once and trialing)
    wish = Wish(Movement.START if starts else Movement.SWITCH_LATER, price_id=price_id)
    quoted = quote_change(merchant_id=merchant_id, wish=wish, actor=actor, now=now)
    if quoted.change.due_now_minor != expected_minor:
        raise AmountMoved(due_now_minor=quoted.change.due_now_minor)
    change = confirm_change(change_id=quoted.change.pk, merchant_id=merchant_id, actor=actor, now=now)
    return Subscription.objects.select_related("billing_account__merchant").get(pk=change.subscription_id)
