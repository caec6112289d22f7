"""Selling's background work: one task a story, and the ones that wake every store in turn."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from celery import Task, shared_task
from django.db.models import CharField
from django.db.models.functions import Cast

from control.inbox.models import EventState, OutsideEvent
from control.merchants.models import Merchant
from kit import clock
from kit.tenancy.directory import WORKING_STATES
from kit.tenancy.tasks import ControlTask, StoreTask
from tenants.campaigns.services.announce_closed import announce_closed
from tenants.campaigns.services.repeat_campaign import open_repeated
from tenants.catalog.tasks import cut_search_words, purge_drafts, purge_pictures
from tenants.commissions.services import release_freezes as freezes
from tenants.integrations.services.carry_due import carry_due
from tenants.integrations.tasks import forget_events
from tenants.journal.tasks import purge_answers
from tenants.members.tasks import forget_codes
from tenants.payments.setup import renew_certificates
from tenants.payments.ways import INBOX_NAMES
from tenants.points.tasks import look_after_points
from tenants.promotions.tasks import expire_coupons
from tenants.reviews.tasks import purge_loose_pictures
from tenants.sales.services import complete_orders as completing
from tenants.sales.services import cut_off as cutting
from tenants.sales.services import end_teams as ending
from tenants.sales.services import expire_orders as expiry
from tenants.sales.services import reconcile_day as reconciling
from tenants.sales.services import remind_balances as reminding
from tenants.sales.services import settle_event as events
from tenants.sales.services import unclaimed
from tenants.sales.services import warn_expiring_keys as warning
from tenants.sales.services import watch_payments as janitor
from tenants.tracing.tasks import look_after_batches
from tenants.wishes.tasks import tell_waiting, tidy_wishes

_SPREAD = 20  # seconds over which a round of stores is staggered
_RETRY_AFTER = timedelta(seconds=30)


@shared_task(base=StoreTask)
def settle_event(*, store: str, event_id: str) -> None:
    """Act on one notice of a payment method."""
    events.settle_event(event_id=UUID(event_id), now=clock.now())


@shared_task(base=StoreTask)
def expire_orders(*, store: str) -> None:
    """Close this store's orders whose time to pay is over."""
    expiry.expire_orders(now=clock.now())


@shared_task(base=StoreTask)
def cut_off_campaigns(*, store: str) -> None:
    """Do what is to be done at the cut-off of this store's group buys, and open those that repeat."""
    cutting.cut_off_due(now=clock.now())
    open_repeated(now=clock.now())


@shared_task(base=StoreTask)
def end_teams(*, store: str) -> None:
    """Give back what was paid in this store's teams that did not fill in time."""
    ending.end_teams(now=clock.now())


@shared_task(base=StoreTask)
def remind_balances(*, store: str) -> None:
    """Tell who paid a deposit that the balance can be paid now."""
    reminding.remind_balances(now=clock.now())


@shared_task(base=StoreTask)
def watch_payments(*, store: str) -> None:
    """Ask about this store's payments and refunds that have no end yet."""
    janitor.watch_payments(now=clock.now())


@shared_task(base=StoreTask)
def reconcile_payments(*, store: str) -> None:
    """Compare this store's books with its payment companies' statements, and look after their certificates."""
    renew_certificates(now=clock.now())
    reconciling.reconcile_due(now=clock.now())
    warning.warn_expiring_keys(now=clock.now())


@shared_task(base=StoreTask)
def release_freezes(*, store: str) -> None:
    """Make this store's commissions available whose freeze has ended."""
    freezes.release_freezes(now=clock.now())


@shared_task(base=StoreTask)
def complete_orders(*, store: str) -> None:
    """Complete this store's orders whose time for after-sales is over."""
    completing.complete_orders(now=clock.now())


@shared_task(base=StoreTask)
def tell_outside(*, store: str) -> None:
    """Announce what only the clock made so, and carry what is due to this store's endpoints."""
    announce_closed(now=clock.now())
    carry_due(now=clock.now())


@shared_task(base=ControlTask)
def expire_orders_everywhere() -> int:
    """Wake ``expire_orders`` in every working store."""
    return _wake(expire_orders)


@shared_task(base=ControlTask)
def cut_off_campaigns_everywhere() -> int:
    """Wake ``cut_off_campaigns`` in every working store."""
    return _wake(cut_off_campaigns)


@shared_task(base=ControlTask)
def end_teams_everywhere() -> int:
    """Wake ``end_teams`` in every working store."""
    return _wake(end_teams)


@shared_task(base=ControlTask)
def remind_balances_everywhere() -> int:
    """Wake ``remind_balances`` in every working store."""
    return _wake(remind_balances)


@shared_task(base=ControlTask)
def watch_payments_everywhere() -> int:
    """Wake ``watch_payments`` in every working store."""
    return _wake(watch_payments)


@shared_task(base=ControlTask)
def reconcile_payments_everywhere() -> int:
    """Wake ``reconcile_payments`` in every working store."""
    return _wake(reconcile_payments)


@shared_task(base=ControlTask)
def release_freezes_everywhere() -> int:
    """Wake ``release_freezes`` in every working store."""
    return _wake(release_freezes)


@shared_task(base=StoreTask)
def look_for_unclaimed(*, store: str, **_newer: Any) -> None:
    """Remind who has not fetched their goods, and decide where the store's rule does."""
    unclaimed.look_for_unclaimed(now=clock.now())


@shared_task(base=ControlTask)
def look_for_unclaimed_everywhere() -> int:
    """Wake ``look_for_unclaimed`` in every working store."""
    return _wake(look_for_unclaimed)


@shared_task(base=ControlTask)
def complete_orders_everywhere() -> int:
    """Wake ``complete_orders`` in every working store."""
    return _wake(complete_orders)


@shared_task(base=ControlTask)
def tell_outside_everywhere() -> int:
    """Wake ``tell_outside`` in every working store."""
    return _wake(tell_outside)


@shared_task(base=ControlTask)
def look_after_batches_everywhere() -> int:
    """Wake ``look_after_batches`` in every working store."""
    return _wake(look_after_batches)


@shared_task(base=ControlTask)
def tell_waiting_everywhere() -> int:
    """Wake ``tell_waiting`` in every working store."""
    return _wake(tell_waiting)


@shared_task(base=ControlTask)
def settle_forgotten_events() -> int:
    """Wake ``settle_event`` for notices that were stored but not acted on: the worker died, or the broker forgot."""
    forgotten = _forgotten(clock.now())
    for event in forgotten:
        settle_event.apply_async(kwargs={"store": event.account, "event_id": str(event.id)})
    return len(forgotten)


@shared_task(base=ControlTask)
def tidy_everywhere() -> int:
    """Wake the daily tidying in every working store: old answers, codes, sessions and events, pictures, coupons."""
    tidying = (
        purge_answers,
        forget_codes,
        purge_pictures,
        purge_loose_pictures,
        purge_drafts,
        cut_search_words,
        expire_coupons,
        look_after_points,
        forget_events,
        tidy_wishes,
    )
    return sum(_wake(task) for task in tidying)


def wake_everywhere(task: Task) -> int:  # type: ignore[type-arg]
    """Wake a task in every working store, spread over a few seconds; say in how many."""
    return _wake(task)


def _wake(task: Task) -> int:  # type: ignore[type-arg]
    stores = list(
        Merchant.objects.filter(cell="", state__in=WORKING_STATES).order_by("pk").values_list("pk", flat=True)
    )
    for place, merchant_id in enumerate(stores):
        task.apply_async(kwargs={"store": str(merchant_id)}, countdown=_SPREAD * place // len(stores))
    return len(stores)


def _forgotten(now: datetime) -> list[OutsideEvent]:
    # A closed store's notices wait in the inbox until it works again
    working = Merchant.objects.filter(cell="", state__in=WORKING_STATES).annotate(account=Cast("pk", CharField()))
    waiting = OutsideEvent.objects.filter(
        provider__in=INBOX_NAMES.values(),
        state__in=(EventState.RECEIVED, EventState.FAILED),
        received_at__lt=now - _RETRY_AFTER,
        account__in=working.values("account"),
    )
    return list(waiting.order_by("received_at")[:500])
