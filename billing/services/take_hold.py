"""A change that waited for its payment, now paid."""

from datetime import datetime

from billing.models.agreements import BillingAccount, Subscription
from billing.models.changes import ChangeState, PlanChange
from billing.models.invoices import InvoiceState
from billing.proposals import propose
from billing.refusals import NotNow
from billing.services.do_change import do_change
from billing.services.use_credit import use_credit
from billing.services.void_invoice import turn_into_credit
from billing.wishes import read_wish
from kit.errors import Refused


def take_hold(*, billing_account: BillingAccount, now: datetime) -> None:
    """Let a change whose invoice is paid take hold, in the caller's transaction. Safe to repeat.

    What was paid for an interval that is over meanwhile becomes credit, and the change does not happen.
    """
    waiting = PlanChange.objects.select_for_update(of=("self",)).filter(
        subscription__billing_account=billing_account, state=ChangeState.WAITING, invoice__state=InvoiceState.PAID
    )
    for change in waiting.select_related("invoice"):
        _finish(change, now)


def _finish(change: PlanChange, now: datetime) -> None:
    assert change.invoice is not None
    subscription = (
        Subscription.objects.select_for_update(of=("self",))
        .select_related("billing_account__merchant")
        .get(pk=change.subscription_id)
    )
    wish = read_wish(change.movement, change.wish)
    try:
        if change.confirmed_at is None or change.confirmed_at < subscription.period_starts_at:
            raise NotNow(state=subscription.state)
        proposal = propose(subscription=subscription, wish=wish, change_id=change.pk, now=change.confirmed_at)
    except Refused:
        turn_into_credit(invoice=change.invoice, now=now)
        use_credit(billing_account=subscription.billing_account, now=now)  # nobody owes us and is owed at once
        change.state = ChangeState.WITHDRAWN
        change.save(update_fields=["state"])
        return
    do_change(change=change, subscription=subscription, proposal=proposal, wish=wish, now=now)
