"""A change takes hold: phases, add-ons, state, and what the store may use."""

from datetime import datetime

from django.db.models import F

from billing.calendar import local_day, period_holding
from billing.coupon_rules import coupon_for
from billing.models.addons import SubscriptionItem
from billing.models.agreements import Phase, Subscription, SubscriptionState
from billing.models.changes import ChangeState, Movement, PlanChange
from billing.models.coupons import Coupon, Redemption
from billing.proposals import Proposal
from billing.refusals import CouponOver
from billing.renewals import begin_redemption, items_at
from billing.selectors import overdue, phase_at
from billing.services.plan_ahead import plan_ahead
from billing.services.write_down import write_down
from billing.wishes import Wish


def do_change(*, change: PlanChange, subscription: Subscription, proposal: Proposal, wish: Wish, now: datetime) -> None:
    """Let a change take hold, in the caller's transaction; it is paid, or costs nothing, or may be owed.

    :raises CouponOver: the last one was taken this very moment.
    """
    movement = change.movement
    if movement in (Movement.START, Movement.SWITCH_NOW) or (movement == Movement.UNPAUSE and proposal.price):
        _begin(change, subscription, proposal, now)
    elif movement == Movement.SWITCH_LATER and proposal.price is not None:
        plan_ahead(subscription=subscription, price=proposal.price, starts_at=proposal.starts_at, now=now)
        subscription.cancel_at, subscription.cancel_reason = None, ""
    elif movement == Movement.ADD_ON and proposal.add_on is not None:
        _set_quantity(subscription, proposal, wish.quantity, now)
    elif movement == Movement.COUPON:
        _redeem(subscription, wish.coupon, now)
    else:
        _OTHERS[Movement(movement)](subscription, proposal, change.reason, now)
    subscription.save()
    change.state, change.done_at = ChangeState.DONE, now
    change.save()
    write_down(subscription=subscription, now=now, reason=movement)


def _begin(change: PlanChange, subscription: Subscription, proposal: Proposal, now: datetime) -> None:
    billing_account = subscription.billing_account
    subscription.phases.filter(starts_at__gt=now).delete()
    subscription.phases.filter(ends_at__gt=now).update(ends_at=now)
    subscription.phases.filter(ends_at__isnull=True).update(ends_at=now)
    phase = subscription.phases.select_related("price__edition").get(pk=change.pk)
    phase.starts_at, phase.ends_at = now, None
    phase.save(update_fields=["starts_at", "ends_at"])
    _move_items(subscription, phase, proposal, now)
    if proposal.redemption is not None and proposal.interval is not None:
        begin_redemption(proposal.redemption, proposal.interval)
    if proposal.anchor_is_new:
        day = local_day(change.confirmed_at or now, billing_account.zone)
        month = period_holding(phase.anchor, day, months=1)
        subscription.period_starts_at = month.starts_at(billing_account.zone)
        subscription.period_ends_at = month.ends_at(billing_account.zone)
    owes = overdue(billing_account=billing_account)
    subscription.state = SubscriptionState.PAST_DUE if owes else SubscriptionState.ACTIVE
    subscription.cancel_at, subscription.cancel_reason, subscription.paused_at = None, "", None


def _move_items(subscription: Subscription, phase: Phase, proposal: Proposal, now: datetime) -> None:
    if not proposal.anchor_is_new:
        lost = [i.pk for i in items_at(subscription, now) if phase.price.edition.code not in i.add_on.editions]
        subscription.items.filter(pk__in=lost).update(ends_at=now)
        return
    subscription.items.filter(starts_at__gt=now).delete()
    subscription.items.filter(ends_at__isnull=True).update(ends_at=now)
    subscription.items.filter(ends_at__gt=now).update(ends_at=now)
    for item in proposal.items:
        item.starts_at = now
        item.save(force_insert=True)


def _set_quantity(subscription: Subscription, proposal: Proposal, quantity: int, now: datetime) -> None:
    assert proposal.add_on is not None
    of_kind = subscription.items.filter(add_on=proposal.add_on.add_on_id)
    of_kind.filter(starts_at__gt=now).delete()
    running = of_kind.filter(starts_at__lte=now).exclude(ends_at__lte=now).first()
    from_then = now if proposal.at_once else proposal.starts_at
    if running is not None and running.quantity == quantity:  # taking a planned reduction back
        running.ends_at = None
        running.save(update_fields=["ends_at"])
        return
    if running is not None:
        running.ends_at = from_then
        running.save(update_fields=["ends_at"])
    if quantity:
        SubscriptionItem.objects.create(
            subscription=subscription,
            add_on_id=proposal.add_on.add_on_id,
            price=proposal.add_on,
            quantity=quantity,
            starts_at=from_then,
        )


def _redeem(subscription: Subscription, code: str, now: datetime) -> None:
    coupon = coupon_for(subscription=subscription, code=code, phase=phase_at(subscription, now), now=now)
    free = Coupon.objects.filter(pk=coupon.pk).exclude(redeemed__gte=F("max_redemptions"))
    if coupon.max_redemptions is None:
        free = Coupon.objects.filter(pk=coupon.pk)
    if not free.update(redeemed=F("redeemed") + 1):
        raise CouponOver
    Redemption.objects.create(coupon=coupon, subscription=subscription, redeemed_at=now)


def _cancel_later(subscription: Subscription, proposal: Proposal, reason: str, now: datetime) -> None:
    subscription.phases.filter(starts_at__gt=now).delete()
    subscription.phases.filter(ends_at__isnull=True).update(ends_at=proposal.starts_at)
    subscription.phases.filter(ends_at__gt=proposal.starts_at).update(ends_at=proposal.starts_at)
    subscription.cancel_at, subscription.cancel_reason = proposal.starts_at, reason


def _cancel_now(subscription: Subscription, proposal: Proposal, reason: str, now: datetime) -> None:
    subscription.phases.filter(starts_at__gt=now).delete()
    subscription.items.filter(starts_at__gt=now).delete()
    for rows in (subscription.phases, subscription.items):
        rows.filter(ends_at__isnull=True).update(ends_at=now)
        rows.filter(ends_at__gt=now).update(ends_at=now)
    subscription.state, subscription.period_ends_at = SubscriptionState.CANCELLED, None
    subscription.cancel_at, subscription.cancel_reason = now, reason


def _resume(subscription: Subscription, proposal: Proposal, reason: str, now: datetime) -> None:
    phase = phase_at(subscription, now)
    if phase is not None and phase.price.amount_minor:  # a trial ends when it ends
        phase.ends_at = None
        phase.save(update_fields=["ends_at"])
    subscription.cancel_at, subscription.cancel_reason = None, ""


def _pause(subscription: Subscription, proposal: Proposal, reason: str, now: datetime) -> None:
    subscription.state, subscription.paused_at = SubscriptionState.PAUSED, now


def _unpause(subscription: Subscription, proposal: Proposal, reason: str, now: datetime) -> None:
    owes = overdue(billing_account=subscription.billing_account)
    subscription.state = SubscriptionState.PAST_DUE if owes else SubscriptionState.ACTIVE
    subscription.paused_at = None


_OTHERS = {
    Movement.CANCEL_LATER: _cancel_later,
    Movement.CANCEL_NOW: _cancel_now,
    Movement.RESUME: _resume,
    Movement.PAUSE: _pause,
    Movement.UNPAUSE: _unpause,
}
