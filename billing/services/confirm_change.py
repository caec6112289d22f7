"""A quote confirmed: charged as it was shown, and done once."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from billing.calendar import local_day
from billing.drafts import DraftLine
from billing.models.agreements import Phase, Subscription, SubscriptionState
from billing.models.changes import ChangeState, Movement, PlanChange
from billing.models.invoices import Invoice, InvoiceKind, InvoiceState
from billing.proposals import Proposal
from billing.refusals import (
    AmountMoved,
    CardNeeded,
    ChangedInBetween,
    PaymentUnderWay,
    PlanTooSmall,
    QuoteMissing,
)
from billing.selectors import card_in_use, live_subscription, phase_at, use_of_merchant
from billing.services.bill_fees import close_fees, open_fees
from billing.services.catch_up import catch_up
from billing.services.collect_invoice import collect_invoice
from billing.services.collect_usage import collect_here
from billing.services.do_change import do_change
from billing.services.issue_invoice import issue_invoice
from billing.services.judge_subscription import judge_subscription
from billing.services.lock_usage import lock_usage
from billing.services.quote_change import due_now_of, overuse_of, worked_out
from billing.services.rate_usage import rate_usage
from billing.services.spend_wallet import locked_wallet
from billing.services.use_credit import use_credit
from billing.wishes import Wish, read_wish
from control.audit.services import record_act

_NEEDS_A_CARD = (Movement.START, Movement.SWITCH_NOW, Movement.SWITCH_LATER, Movement.ADD_ON, Movement.UNPAUSE)


def confirm_change(*, change_id: UUID, merchant_id: UUID, actor: str, now: datetime, reason: str = "") -> PlanChange:
    """Do what a quote says, for exactly the amount it says; return how it stands. Safe to repeat.

    What costs something takes hold when its invoice is paid: until then the old plan and its limits stay, and a
    charge that fails leaves everything as it was. A first plan begins at once, as a shop that opens must.

    :raises QuoteMissing, ChangedInBetween, AmountMoved, PaymentUnderWay, CardNeeded, PlanTooSmall, and whatever
        ``quote_change`` refuses.
    """
    known = PlanChange.objects.filter(pk=change_id, subscription__billing_account__merchant_id=merchant_id).first()
    if known is None:
        raise QuoteMissing
    if known.state != ChangeState.OFFERED:
        return known
    subscription = catch_up(merchant_id=merchant_id, now=now)
    ends_now = known.movement == Movement.CANCEL_NOW
    if ends_now:  # an order paid since the quote makes the amount another, and is not lost
        collect_here(merchant=subscription.billing_account.merchant, now=now)
        rate_usage(merchant_id=merchant_id, now=now)
    used = use_of_merchant(subscription.billing_account.merchant)
    with transaction.atomic(durable=True):
        if ends_now:  # what is rated from here on is not part of the last invoice
            lock_usage(merchant_id=merchant_id)
        locked_wallet(billing_account=subscription.billing_account)  # before all that money is taken from or for
        subscription, change = _locked(change_id, subscription.pk)
        if change.state != ChangeState.OFFERED:
            return change
        wish = read_wish(change.movement, change.wish)
        proposal = worked_out(subscription=subscription, wish=wish, change_id=change.pk, now=now)
        _refuse_unfit(change, subscription, proposal, used, now)
        _go(change, subscription, wish, proposal, now)
        change.confirmed_by, change.confirmed_at, change.reason = actor, now, reason
        change.save()
        record_act(
            what="subscription.changed",
            actor=actor,
            now=now,
            merchant_id=merchant_id,
            reason=reason,
            movement=change.movement,
            plan=str(proposal.price.edition.name) if proposal.price else "",
            starts_at=proposal.starts_at.isoformat(),
            total_minor=change.total_minor,
            currency=subscription.billing_account.currency,
        )
    if change.invoice_id is not None:
        collect_invoice(invoice_id=change.invoice_id, now=now)
        change.refresh_from_db()
    return change


def _locked(change_id: UUID, subscription_id: UUID) -> tuple[Subscription, PlanChange]:
    subscription = (
        Subscription.objects.select_for_update(of=("self",))
        .select_related("billing_account__merchant")
        .get(pk=subscription_id)
    )
    change = PlanChange.objects.select_for_update().filter(pk=change_id).first()
    if change is None or change.subscription_id != subscription.pk:
        raise QuoteMissing
    return subscription, change


def _refuse_unfit(
    change: PlanChange, subscription: Subscription, proposal: Proposal, used: dict[str, int], now: datetime
) -> None:
    due, _credit = due_now_of(proposal, subscription, now)
    if change.lock_version != subscription.lock_version:
        raise ChangedInBetween(due_now_minor=due)
    if (due, proposal.total_minor) != (change.due_now_minor, change.total_minor):
        raise AmountMoved(due_now_minor=due)
    if subscription.changes.filter(state=ChangeState.WAITING).exists():
        raise PaymentUnderWay
    if over := overuse_of(proposal, subscription, used, now):
        raise PlanTooSmall(what=over[0].what, used=over[0].used, limit=over[0].limit)
    if change.movement in _NEEDS_A_CARD and card_in_use(billing_account=subscription.billing_account) is None:
        raise CardNeeded


def _go(change: PlanChange, subscription: Subscription, wish: Wish, proposal: Proposal, now: datetime) -> None:
    if change.movement == Movement.START and subscription.state == SubscriptionState.CANCELLED:
        subscription = _fresh(subscription, now)
        change.subscription = subscription
    if proposal.price is not None and proposal.at_once:
        _reserve_phase(change, subscription, proposal, now)
    if proposal.drafts:
        change.invoice = _invoice(change, subscription, proposal, now)
    gives_back = proposal.total_minor < 0
    if gives_back:  # nobody owes us and is owed by us at once
        use_credit(billing_account=subscription.billing_account, now=now)
    subscription.lock_version += 1
    subscription.save(update_fields=["lock_version"])
    unpaid = change.invoice is not None and change.invoice.state == InvoiceState.OPEN
    if unpaid and change.movement in (Movement.SWITCH_NOW, Movement.ADD_ON):
        change.state = ChangeState.WAITING
        return
    do_change(change=change, subscription=subscription, proposal=proposal, wish=wish, now=now)
    if gives_back or change.movement == Movement.CANCEL_NOW:
        # the credit may have paid what was overdue
        judge_subscription(billing_account=subscription.billing_account, now=now, reason=change.movement)


def _fresh(old: Subscription, now: datetime) -> Subscription:
    """Open a subscription for a merchant who left and comes back."""
    live = live_subscription(merchant_id=old.billing_account.merchant_id)
    assert live is None, "a cancelled subscription is only found when none is live"
    return Subscription.objects.create(
        billing_account=old.billing_account,
        state=SubscriptionState.EXPIRED,
        started_at=now,
        trial_ends_at=old.trial_ends_at,
        period_starts_at=now,
    )


def _reserve_phase(change: PlanChange, subscription: Subscription, proposal: Proposal, now: datetime) -> None:
    assert proposal.price is not None, "only a plan has a phase"
    # It has no length until it begins: an invoice line can name it, and nothing is priced by it
    running = phase_at(subscription, now)
    anchor = subscription.billing_account.anchor_from(local_day(now, subscription.billing_account.zone))
    if running is not None and not proposal.anchor_is_new:
        anchor = running.anchor
    Phase.objects.create(
        id=change.pk, subscription=subscription, price=proposal.price, anchor=anchor, starts_at=now, ends_at=now
    )


def _invoice(change: PlanChange, subscription: Subscription, proposal: Proposal, now: datetime) -> Invoice:
    drafts = [_of_phase(draft, change, proposal) for draft in proposal.drafts]
    invoice = issue_invoice(
        billing_account=subscription.billing_account,
        boundary=_moment_of_its_own(subscription, now),
        issued_at=now,
        drafts=drafts,
        kind=InvoiceKind.CHANGE,
    )
    if change.movement == Movement.CANCEL_NOW:
        payer = subscription.billing_account
        close_fees(
            billing_account=payer,
            boundary=now,
            fees=open_fees(billing_account=payer, until=None),
            invoice=invoice,
        )
    return invoice


def _of_phase(draft: DraftLine, change: PlanChange, proposal: Proposal) -> DraftLine:
    if draft.phase is not None or proposal.price is None:
        return draft
    return replace(draft, phase=Phase(id=change.pk))


def _moment_of_its_own(subscription: Subscription, now: datetime) -> datetime:
    # An invoice is found again by its moment; two changes in one microsecond are two invoices all the same
    changes = Invoice.objects.filter(billing_account=subscription.billing_account, kind=InvoiceKind.CHANGE)
    last = changes.filter(period_starts_at__gte=now).order_by("-period_starts_at").first()
    return last.period_starts_at + timedelta(microseconds=1) if last else now
