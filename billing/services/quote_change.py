"""A change of a subscription, shown with its exact amount before anybody confirms it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.coupon_rules import coupon_for
from billing.entitlements import limits_with
from billing.models.agreements import Subscription
from billing.models.changes import Movement, PlanChange
from billing.payers import refuse_in_a_family
from billing.proposals import Proposal, propose
from billing.selectors import phase_at, use_of_merchant
from billing.services.bill_fees import open_fees
from billing.services.catch_up import catch_up
from billing.services.collect_usage import collect_here
from billing.services.rate_usage import rate_usage
from billing.services.reduce_reversals import never_charged_drafts
from billing.services.spend_wallet import foresee_spending
from billing.wishes import Wish
from kit.ids import new_id

__all__ = ["Overuse", "Quoted", "due_now_of", "overuse_of", "quote_change", "worked_out"]


@dataclass(frozen=True, slots=True)
class Overuse:
    """What the store has more of than it would be allowed."""

    what: str
    used: int
    limit: int


@dataclass(frozen=True)
class Quoted:
    """The quote, and what a page says beside it."""

    change: PlanChange
    proposal: Proposal
    overuse: list[Overuse]
    credit_used_minor: int


def quote_change(*, merchant_id: UUID, wish: Wish, actor: str, now: datetime) -> Quoted:
    """Work out a change and keep it as a quote; nothing of the subscription changes.

    What must be reduced first is part of the answer; confirming refuses as long as it is not empty.

    :raises Refused: any of ``billing.refusals``, when the wish cannot be granted.
    """
    subscription = catch_up(merchant_id=merchant_id, now=now)
    if wish.movement == Movement.CANCEL_NOW:  # its last fees are part of the amount
        collect_here(merchant=subscription.billing_account.merchant, now=now)
        rate_usage(merchant_id=merchant_id, now=now)
    used = use_of_merchant(subscription.billing_account.merchant)
    change_id = new_id()
    with transaction.atomic(durable=True):
        proposal = worked_out(subscription=subscription, wish=wish, change_id=change_id, now=now)
        due, credit = due_now_of(proposal, subscription, now)
        change = PlanChange.objects.create(
            id=change_id,
            subscription=subscription,
            movement=wish.movement,
            wish=wish.written(),
            lock_version=subscription.lock_version,
            total_minor=proposal.total_minor,
            due_now_minor=due,
            starts_at=proposal.starts_at,
            quoted_by=actor,
            quoted_at=now,
        )
    return Quoted(change, proposal, overuse_of(proposal, subscription, used, now), credit)


def worked_out(*, subscription: Subscription, wish: Wish, change_id: UUID, now: datetime) -> Proposal:
    """Work out a wish with what lies beside the plan: its coupon, and the fees that ending now makes due.

    :raises Refused: any of ``billing.refusals``.
    """
    refuse_in_a_family(subscription=subscription, wish=wish, now=now)
    if wish.movement == Movement.COUPON:
        coupon_for(subscription=subscription, code=wish.coupon, phase=phase_at(subscription, now), now=now)
    proposal = propose(subscription=subscription, wish=wish, change_id=change_id, now=now)
    if wish.movement == Movement.CANCEL_NOW:
        payer = subscription.billing_account
        fees = open_fees(billing_account=payer, until=None)
        lines = [each.line(now) for each in fees if each.total_minor]
        less = never_charged_drafts(billing_account=payer, boundary=now, fees=fees, drafts=lines)
        proposal.drafts.extend([*lines, *less])
    return proposal


def due_now_of(proposal: Proposal, subscription: Subscription, now: datetime) -> tuple[int, int]:
    """Say what would be charged now, and how much the wallet and the account's credit pay first, in minor units."""
    total = max(0, proposal.total_minor)
    spending = foresee_spending(billing_account=subscription.billing_account, amount_minor=total, at=now)
    used = spending.credit_minor + spending.wallet_minor
    return total - used, used


def overuse_of(proposal: Proposal, subscription: Subscription, used: dict[str, int], now: datetime) -> list[Overuse]:
    """List what the store has more of than the plan it would move to allows."""
    if proposal.price is None:
        return []
    limits = limits_with(subscription=subscription, price=proposal.price, now=now)
    return [
        Overuse(what, count, limit)
        for what, count in used.items()
        if (limit := limits.get(what)) is not None and count > limit
    ]
