"""Who is on a version of a price, and what moving them to another would mean for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from billing.models.addons import AddOnPrice, SubscriptionItem
from billing.models.agreements import Phase, Subscription, SubscriptionState
from billing.models.catalogue import PriceVersion
from billing.selectors import paid_until

NOTICE = timedelta(days=30)  # nobody's price changes sooner than this after being told
_PAYING = (
    SubscriptionState.ACTIVE,
    SubscriptionState.PAST_DUE,
    SubscriptionState.SUSPENDED,
    SubscriptionState.CLOSED,
    SubscriptionState.PAUSED,
)


@dataclass(frozen=True)
class Affected:
    """One merchant on the old version: from when it would pay what, tax and all."""

    subscription: Subscription
    from_then: datetime
    old_minor: int
    new_minor: int

    @property
    def difference_minor(self) -> int:
        """What an interval costs more; below zero less."""
        return self.new_minor - self.old_minor


def holders(*, price: PriceVersion, now: datetime) -> list[Phase]:
    """List the running phases on a version, with their subscriptions, in the order they began."""
    running = Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    phases = Phase.objects.filter(running, price=price, starts_at__lte=now, subscription__state__in=_PAYING)
    return list(phases.select_related("subscription__billing_account__merchant", "price").order_by("starts_at", "id"))


def affected(*, old: PriceVersion, new: PriceVersion, now: datetime) -> list[Affected]:
    """Work out who would move from one version to another, and when: from the first interval after the notice.

    Who leaves or has planned another plan is not moved.
    """
    return [
        Affected(phase.subscription, from_then, old.payable_minor, new.payable_minor)
        for phase in holders(price=old, now=now)
        if phase.ends_at is None
        for from_then in [_first_interval_after(phase, now + NOTICE, now)]
    ]


def holders_of_add_on(*, price: AddOnPrice, now: datetime) -> list[SubscriptionItem]:
    """List the running pieces at a price of an add-on, with their merchants, in the order they were bought."""
    running = Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    items = SubscriptionItem.objects.filter(running, price=price, starts_at__lte=now, subscription__state__in=_PAYING)
    return list(items.select_related("subscription__billing_account__merchant", "price").order_by("starts_at", "id"))


def count_by_add_on_price(prices: Sequence[AddOnPrice], *, now: datetime) -> dict[object, int]:
    """Count the merchants that hold pieces at each price of an add-on."""
    running = Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    items = SubscriptionItem.objects.filter(
        running, price__in=prices, starts_at__lte=now, subscription__state__in=_PAYING
    )
    return dict(items.values_list("price_id").annotate(Count("subscription", distinct=True)).order_by())


def _first_interval_after(phase: Phase, moment: datetime, now: datetime) -> datetime:
    begins = paid_until(subscription=phase.subscription, now=now)
    while begins < moment:
        begins = paid_until(subscription=phase.subscription, now=begins)
    return begins


def count_by_price(prices: Sequence[PriceVersion], *, now: datetime) -> dict[object, int]:
    """Count the merchants on each version."""
    running = Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    rows = Phase.objects.filter(
        running, price__in=prices, starts_at__lte=now, subscription__state__in=[*_PAYING, SubscriptionState.TRIALING]
    ).values_list("price_id", flat=True)
    counts: dict[object, int] = {}
    for price_id in rows:
        counts[price_id] = counts.get(price_id, 0) + 1
    return counts
