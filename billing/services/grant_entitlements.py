"""Writing down what a merchant may use."""

from datetime import datetime

from billing.entitlements import Grant, derive, granted, limits_at
from billing.models.agreements import BillingAccount
from billing.models.grants import EntitlementGrant
from control.merchants.services import set_limits


def grant_entitlements(*, billing_account: BillingAccount, now: datetime) -> None:
    """Bring the grants of an account, and the limits its store obeys, up to date, in the caller's transaction.

    Safe to repeat and to run from nothing: everything is derived.
    """
    due = derive(billing_account=billing_account)
    known = set(granted(billing_account=billing_account))
    gone = known - set(due)
    if gone:
        _take_away(billing_account, gone)
    EntitlementGrant.objects.bulk_create(
        EntitlementGrant(
            billing_account=billing_account,
            what=grant.what,
            amount=grant.amount,
            source=grant.source,
            source_id=grant.source_id,
            starts_at=grant.starts_at,
            ends_at=grant.ends_at,
        )
        for grant in due
        if grant not in known
    )
    limits = limits_at(due, now)
    if limits is not None:
        set_limits(merchant_id=billing_account.merchant_id, limits=limits)


def _take_away(billing_account: BillingAccount, gone: set[Grant]) -> None:
    sources = {(grant.source_id, grant.what) for grant in gone}
    rows = EntitlementGrant.objects.filter(billing_account=billing_account, source_id__in={one for one, _ in sources})
    stale = [row.pk for row in rows if (row.source_id, row.what) in sources]
    EntitlementGrant.objects.filter(pk__in=stale).delete()
