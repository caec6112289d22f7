"""The end of a month: its fees and the next subscription, on one invoice."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.calendar import is_boundary, local_day, period_holding
from billing.drafts import DraftLine
from billing.line_discounts import discount_lines
from billing.models.agreements import BillingAccount, Phase, Subscription, SubscriptionState
from billing.models.invoices import Invoice
from billing.payers import family_of, partner_links, payer_at
from billing.renewals import begin_redemption, redemption_on, renewal_drafts
from billing.selectors import month_of, phase_at
from billing.services.bill_fees import Fees, close_fees, open_fees
from billing.services.carry_items import carry_items
from billing.services.charge_payer import charge_payer, close_waiting, waiting_drafts
from billing.services.collect_usage import collect_here
from billing.services.do_favour import discounts_of, favours_for, note_taken
from billing.services.issue_invoice import issue_invoice
from billing.services.lock_usage import lock_usages
from billing.services.pay_from_wallet import pay_from_wallet
from billing.services.rate_usage import rate_usage
from billing.services.reduce_reversals import never_charged_drafts
from billing.services.spend_wallet import SMALLEST_CHARGE_MINOR, locked_wallet
from billing.services.withdraw_change import withdraw_waiting
from billing.services.write_down import write_down


def close_period(*, subscription_id: UUID, now: datetime) -> Invoice | None:
    """Close a subscription's month if it is over, and open the next; return the invoice, if there is one to send.

    The outbox is drained first, so that every order paid in the month is on it; what still arrives later (the last
    minute of a store in another cell) is billed with the next month, as fees of this one. The invoice is dated by the
    boundary itself, so a late clock changes nothing. Safe to repeat: a month is closed once.

    What costs money while another pays goes to that payer's next invoice. Whoever pays for partners has them brought
    up to its own boundary first, so that its invoice holds a section for each of them.
    """
    due = Subscription.objects.select_related("billing_account__merchant").get(pk=subscription_id)
    if not _is_over(due, now):
        return None
    assert due.period_ends_at is not None
    family = family_of(due.billing_account)
    if len(family) > 1:
        _bring_up(due.billing_account, due.period_ends_at)
    for account in family:
        collect_here(merchant=account.merchant, now=now)
        rate_usage(merchant_id=account.merchant_id, now=now)
    with transaction.atomic(durable=True):
        lock_usages(account.merchant_id for account in family)
        locked_wallet(billing_account=due.billing_account)
        subscription = (
            Subscription.objects.select_for_update(of=("self",))
            .select_related("billing_account")
            .get(pk=subscription_id)
        )
        return _close(subscription) if _is_over(subscription, now) else None


def _is_over(subscription: Subscription, now: datetime) -> bool:
    return subscription.period_ends_at is not None and subscription.period_ends_at <= now


def _bring_up(payer: BillingAccount, boundary: datetime) -> None:
    partners = [link.child_id for link in partner_links(payer=payer, moment=boundary)]
    waiting = Subscription.objects.filter(billing_account__in=partners, period_ends_at__lte=boundary)
    while (behind := waiting.order_by("period_ends_at", "id").first()) is not None:
        assert behind.period_ends_at is not None
        close_period(subscription_id=behind.pk, now=behind.period_ends_at)


def _close(subscription: Subscription) -> Invoice | None:
    boundary = subscription.period_ends_at
    assert boundary is not None
    withdraw_waiting(subscription=subscription, now=boundary)
    phase = _phase_after(subscription, boundary)
    billing_account = subscription.billing_account
    renewal = _renewal(subscription, phase, boundary) if phase else []
    payer = payer_at(billing_account, boundary)
    if payer != billing_account:
        charge_payer(payer=payer, section=billing_account, drafts=renewal, at=boundary)
        renewal = []
    fees = open_fees(billing_account=billing_account, until=boundary)
    waiting = waiting_drafts(payer=billing_account, until=boundary)
    invoice = _invoice(subscription, boundary, [*renewal, *waiting], fees)
    if waiting:
        close_waiting(payer=billing_account, until=boundary, invoice=invoice)
    if phase is None:
        _end(subscription)
    else:
        month = month_of(phase=phase, moment=boundary, billing_account=billing_account)
        subscription.period_starts_at = month.starts_at(billing_account.zone)
        subscription.period_ends_at = month.ends_at(billing_account.zone)
        if subscription.state == SubscriptionState.TRIALING:
            subscription.state = SubscriptionState.ACTIVE
    subscription.save(update_fields=["state", "period_starts_at", "period_ends_at"])
    write_down(subscription=subscription, now=boundary, reason="period closed" if phase else "trial over")
    if invoice is not None and not invoice.total_minor:  # what it gave back goes off an older debt
        pay_from_wallet(wallet=locked_wallet(billing_account=billing_account), now=boundary)
    return invoice


def _phase_after(subscription: Subscription, boundary: datetime) -> Phase | None:
    phase = phase_at(subscription, boundary)
    if phase is None or subscription.state != SubscriptionState.PAUSED:
        return phase
    day = local_day(boundary, subscription.billing_account.zone)
    if not is_boundary(phase.anchor, day, months=phase.price.months):
        return phase  # paused inside a paid year: its months go on
    # paused over the end of what is paid for: nothing is charged, nothing runs, until it is taken up again
    subscription.phases.filter(ends_at__isnull=True).update(ends_at=boundary)
    subscription.items.filter(ends_at__isnull=True).update(ends_at=boundary)
    return None


def _renewal(subscription: Subscription, phase: Phase, boundary: datetime) -> list[DraftLine]:
    carry_items(subscription=subscription, price=phase.price, boundary=boundary)
    drafts = renewal_drafts(subscription=subscription, phase=phase, boundary=boundary)
    if drafts:
        day = local_day(boundary, subscription.billing_account.zone)
        redemption = redemption_on(subscription, day, price=phase.price, begins=True)
        if redemption is not None:
            begin_redemption(redemption, period_holding(phase.anchor, day, months=phase.price.months))
    return drafts


def _end(subscription: Subscription) -> None:
    subscription.period_ends_at = None
    if subscription.state == SubscriptionState.PAUSED:
        return
    ended = SubscriptionState.CANCELLED if subscription.cancel_at else SubscriptionState.EXPIRED
    subscription.state = ended
    subscription.items.filter(ends_at__isnull=True).update(ends_at=subscription.cancel_at)


def _invoice(
    subscription: Subscription, boundary: datetime, renewal: list[DraftLine], fees: list[Fees]
) -> Invoice | None:
    lines = [each.line(boundary) for each in fees if each.total_minor]
    if not renewal and 0 < sum(line.payable_minor for line in lines) < SMALLEST_CHARGE_MINOR:
        return None  # too small to charge: these fees stay open and join the next invoice
    invoice = None
    if renewal or lines:
        payer = subscription.billing_account
        drafts = _by_section([*renewal, *lines])
        favours = favours_for(billing_account=payer, drafts=drafts, at=boundary)
        reduced = discount_lines(drafts, discounts_of(favours))
        less = never_charged_drafts(billing_account=payer, boundary=boundary, fees=fees, drafts=reduced)
        invoice = issue_invoice(
            billing_account=payer,
            boundary=boundary,
            issued_at=boundary,
            drafts=_by_section([*drafts, *less]),
            discounts=discounts_of(favours),
        )
        note_taken(favours=favours, invoice=invoice)
    close_fees(billing_account=subscription.billing_account, boundary=boundary, fees=fees, invoice=invoice)
    return invoice


def _by_section(drafts: list[DraftLine]) -> list[DraftLine]:
    return sorted(drafts, key=lambda draft: str(draft.section_id or ""))
