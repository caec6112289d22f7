"""What was agreed with a merchant ends when the merchant is erased."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest

from billing.models.agreements import BillingAccount, Subscription, SubscriptionState
from billing.models.invoices import Invoice, InvoiceState
from billing.services.spend_wallet import locked_wallet
from control.audit.services import record_act
from control.merchants.models import MerchantState


def end_agreements(*, now: datetime) -> int:
    """Cancel the subscriptions of erased merchants; return how many. Safe to repeat.

    No month is closed any more, so no invoice follows; what was invoiced before stays on the books and is not tried
    on the card again by itself.
    """
    living = Subscription.objects.exclude(state=SubscriptionState.CANCELLED)
    gone = living.filter(billing_account__merchant__state=MerchantState.ERASED).order_by("pk")
    return sum(_end(subscription_id, now) for subscription_id in list(gone.values_list("pk", flat=True)))


def _end(subscription_id: UUID, now: datetime) -> int:
    with transaction.atomic(durable=True):
        locked_wallet(billing_account=BillingAccount.objects.get(subscriptions=subscription_id))
        subscription = (
            Subscription.objects.select_for_update(of=("self",))
            .select_related("billing_account")
            .get(pk=subscription_id)
        )
        if subscription.state == SubscriptionState.CANCELLED:
            return 0
        subscription.state, subscription.period_ends_at = SubscriptionState.CANCELLED, None
        subscription.save(update_fields=["state", "period_ends_at"])
        subscription.phases.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now)).update(
            ends_at=Greatest(F("starts_at"), now)
        )
        billing_account = subscription.billing_account
        Invoice.objects.filter(billing_account=billing_account, state=InvoiceState.OPEN).update(next_attempt_at=None)
        record_act(what="subscription.ended", actor="billing", now=now, merchant_id=billing_account.merchant_id)
    return 1
