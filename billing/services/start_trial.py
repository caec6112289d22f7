"""A new merchant begins: fourteen days of nearly everything, without a card."""

from datetime import datetime
from uuid import UUID

from billing.calendar import local_day
from billing.models.agreements import BillingAccount, Phase, Subscription
from billing.models.catalogue import TRIAL, PriceVersion
from billing.selectors import trial_end
from billing.services.write_down import write_down
from kit.money import exponent_of

TRIAL_DAYS = 14


def start_trial(
    *, merchant_id: UUID, name: str, email: str, phone: str, timezone: str, currency: str, now: datetime
) -> BillingAccount:
    """Open a merchant's billing account with a trial, in the caller's control-plane transaction.

    Safe to repeat: a merchant has one account. The trial ends at the first local midnight fourteen days from now.

    :raises UnknownCurrency: a currency we do not bill in.
    """
    exponent_of(currency)
    billing_account, is_new = BillingAccount.objects.get_or_create(
        merchant_id=merchant_id,
        defaults={
            "legal_name": name,
            "email": email,
            "phone": phone,
            "timezone": timezone,
            "currency": currency,
            "created_at": now,
        },
    )
    if not is_new:
        return billing_account
    ends_at = trial_end(now, days=TRIAL_DAYS, billing_account=billing_account)
    subscription = Subscription.objects.create(
        billing_account=billing_account,
        started_at=now,
        trial_ends_at=ends_at,
        period_starts_at=now,
        period_ends_at=ends_at,
    )
    Phase.objects.create(
        subscription=subscription,
        price=_trial_price(currency),
        anchor=local_day(now, billing_account.zone),
        starts_at=now,
        ends_at=ends_at,
    )
    write_down(subscription=subscription, now=now, reason="trial started")
    return billing_account


def _trial_price(currency: str) -> PriceVersion:
    """The trial in the payer's currency where there is one; a trial costs nothing in any other too."""
    trials = PriceVersion.objects.filter(edition__code=TRIAL, valid_until=None).order_by("valid_from")
    found = trials.filter(currency=currency).first() or trials.first()
    assert found is not None, "the catalogue has a trial"
    return found
