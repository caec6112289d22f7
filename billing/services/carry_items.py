"""Add-ons across a boundary of their plan."""

from datetime import datetime

from billing.models.addons import SubscriptionItem
from billing.models.agreements import Subscription
from billing.models.catalogue import PriceVersion
from billing.renewals import items_at, renewed_items


def carry_items(*, subscription: Subscription, price: PriceVersion, boundary: datetime) -> None:
    """Carry the add-ons over to the plan that runs from a boundary, in the caller's transaction.

    One that this plan does not have ends; one priced for another interval goes on at the price of this one.
    """
    held = items_at(subscription, boundary)
    kept = renewed_items(held, price, boundary)
    staying = {item.pk for item in kept}
    ending = [item.pk for item in held if item.pk not in staying]
    if ending:
        SubscriptionItem.objects.filter(pk__in=ending).update(ends_at=boundary)
        # what was planned for it later is planned at the price that ended: it goes with it
        kinds = [item.add_on_id for item in held if item.pk in ending]
        subscription.items.filter(starts_at__gt=boundary, add_on__in=kinds).delete()
    for item in kept:
        if item._state.adding:
            item.save()
