"""What a merchant may use: worked out from its phases, add-ons and gifts, and nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from billing.models.addons import SubscriptionItem
from billing.models.agreements import BillingAccount, Phase, Subscription
from billing.models.catalogue import Feature, Limit, PriceVersion
from billing.models.grants import EntitlementGrant, Gift, GrantSource
from billing.renewals import items_at, renewed_items
from kit.tenancy.kept import kept


@dataclass(frozen=True, slots=True)
class Grant:
    """One entitlement from one source; ``amount`` None means no limit."""

    what: str
    amount: int | None
    source: GrantSource
    source_id: UUID
    starts_at: datetime
    ends_at: datetime | None

    def covers(self, moment: datetime) -> bool:
        """Say whether it counts at an instant."""
        return self.starts_at <= moment and (self.ends_at is None or moment < self.ends_at)


def derive(*, billing_account: BillingAccount) -> list[Grant]:
    """Work out every grant an account has, had and will have."""
    account_id = billing_account.pk
    return [
        *(grant for phase in _phases(account_id=account_id) for grant in _of_phase(phase)),
        *(grant for item in _items(account_id=account_id) for grant in _of_item(item)),
        *(_of_gift(gift) for gift in _gifts(account_id=account_id)),
    ]


@kept
def _phases(*, account_id: UUID) -> QuerySet[Phase]:
    phases = Phase.objects.filter(subscription__billing_account=account_id).select_related("price")
    return phases.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")))


@kept
def _items(*, account_id: UUID) -> QuerySet[SubscriptionItem]:
    return SubscriptionItem.objects.filter(subscription__billing_account=account_id).select_related("add_on")


@kept
def _gifts(*, account_id: UUID) -> QuerySet[Gift]:
    return Gift.objects.filter(billing_account=account_id)


@kept
def _grants(*, account_id: UUID) -> QuerySet[EntitlementGrant]:
    return EntitlementGrant.objects.filter(billing_account=account_id)


def granted(*, billing_account: BillingAccount) -> list[Grant]:
    """Read the grants as they are written down."""
    return [
        Grant(row.what, row.amount, GrantSource(row.source), row.source_id, row.starts_at, row.ends_at)
        for row in _grants(account_id=billing_account.pk)
    ]


def limits_at(grants: Iterable[Grant], moment: datetime) -> dict[str, object] | None:
    """Sum grants up to what the store obeys at an instant; None when no plan is in force, and the last word stands."""
    live = [grant for grant in grants if grant.covers(moment)]
    if not any(grant.source == GrantSource.PLAN for grant in live):
        return None
    limits: dict[str, object] = {
        what: sum_of([grant.amount for grant in live if grant.what == what])
        for what in Limit.values
        if any(grant.what == what for grant in live)
    }
    return {**limits, "features": sorted({grant.what for grant in live if grant.what in Feature.values})}


def sum_of(amounts: Sequence[int | None]) -> int | None:
    """Add amounts up; one without a limit lifts them all."""
    return None if None in amounts else sum(amount for amount in amounts if amount is not None)


def limits_with(*, subscription: Subscription, price: PriceVersion, now: datetime) -> dict[str, int | None]:
    """Say what the limits would be on a price, with the add-ons that go on beside it and the gifts."""
    gives = [
        (what, amount * item.quantity)
        for item in renewed_items(items_at(subscription, now), price, now)
        for what, amount in item.add_on.gives.items()
    ]
    running = Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    gifts = Gift.objects.filter(running, billing_account=subscription.billing_account, starts_at__lte=now)
    gives += [(gift.what, gift.amount) for gift in gifts]
    return {
        what: sum_of([limit, *(amount for given, amount in gives if given == what)])
        for what, limit in price.limits.items()
    }


def _of_phase(phase: Phase) -> list[Grant]:
    gives = [*phase.price.limits.items(), *((feature, 1) for feature in phase.price.features)]
    return [Grant(what, amount, GrantSource.PLAN, phase.pk, phase.starts_at, phase.ends_at) for what, amount in gives]


def _of_item(item: SubscriptionItem) -> list[Grant]:
    if item.ends_at == item.starts_at:
        return []
    return [
        Grant(what, amount * item.quantity, GrantSource.ADD_ON, item.pk, item.starts_at, item.ends_at)
        for what, amount in item.add_on.gives.items()
    ]


def _of_gift(gift: Gift) -> Grant:
    return Grant(gift.what, gift.amount, GrantSource.GIFT, gift.pk, gift.starts_at, gift.ends_at)
