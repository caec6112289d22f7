"""A merchant decides what to be on: at once out of a trial, or from the end of what is paid for."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.calendar import local_day, midnight
from billing.drafts import subscription_line
from billing.models.agreements import Phase, Subscription, SubscriptionState
from billing.models.catalogue import PriceVersion
from billing.models.invoices import Invoice
from billing.selectors import (
    Terms,
    card_in_use,
    live_subscription,
    month_of,
    phase_at,
    price_on_sale,
    terms_of,
    use_of_store,
)
from billing.services.collect_invoice import collect_invoice
from billing.services.issue_invoice import issue_invoice
from billing.services.write_down import write_down
from control.audit.services import record_act
from kit.errors import Kind, Refused


class NoSubscription(Refused):
    """The merchant never started a trial here."""

    code, kind, sentence = "no_subscription", Kind.MISSING, _("这家店还没有开通订阅，请联系我们。")


class CardNeeded(Refused):
    """There is no card to charge."""

    code, kind, sentence = "card_needed", Kind.PAYMENT, _("请先绑定一张银行卡，再开通套餐。")


class PlanTooSmall(Refused):
    """The store already has more than the plan allows. Facts: ``what``, ``used``, ``limit``."""

    code, kind = "plan_too_small", Kind.CONFLICT
    sentence = _("这个套餐装不下店里现有的内容，请先减少数量，或选择更大的套餐。")


class AmountMoved(Refused):
    """The amount shown before confirming is no longer what would be charged. Fact: ``due_now_minor``."""

    code, kind, sentence = "amount_moved", Kind.CONFLICT, _("应付金额有变化，请核对后重新确认。")


def choose_plan(
    *, merchant_id: UUID, price_id: UUID, at_once: bool, expected_minor: int, actor: str, now: datetime
) -> Subscription:
    """Put a merchant on a price, and charge the first interval if it begins now.

    In a trial, ``at_once`` ends it; otherwise the plan begins when the trial does end. A running plan changes when
    what is paid for is over; choosing it again takes a planned change back. The invoice is final before the card is
    asked, so a card that fails leaves an open invoice, not a half-chosen plan.

    :raises NoSubscription, NotOnSale, CardNeeded, PlanTooSmall, AmountMoved:
    """
    invoice = None
    subscription = live_subscription(merchant_id=merchant_id)
    if subscription is None:
        raise NoSubscription
    price = price_on_sale(price_id=price_id, now=now, currency=subscription.billing_account.currency)
    used = use_of_store(store=subscription.billing_account.merchant.ref)
    with transaction.atomic(durable=True):
        subscription = _locked(subscription)
        terms = terms_of(subscription=subscription, price=price, at_once=at_once, now=now)
        _refuse_unfit(subscription, terms, used, expected_minor)
        if terms.at_once:
            invoice = _begin(subscription, price, now)
        else:
            _plan(subscription, price, terms.starts_at, now)
        record_act(
            what="plan.chosen",
            actor=actor,
            now=now,
            merchant_id=merchant_id,
            edition=price.edition.name,
            interval=price.interval,
            starts_at=terms.starts_at.isoformat(),
        )
    if invoice is not None:
        collect_invoice(invoice_id=invoice.pk, now=now)
        subscription.refresh_from_db()
    return subscription


def _locked(subscription: Subscription) -> Subscription:
    return (
        Subscription.objects.select_for_update(of=("self",))
        .select_related("billing_account__merchant")
        .get(pk=subscription.pk)
    )


def _refuse_unfit(subscription: Subscription, terms: Terms, used: dict[str, int], expected_minor: int) -> None:
    if card_in_use(billing_account=subscription.billing_account) is None:
        raise CardNeeded
    for what, count in used.items():
        limit = terms.price.limits.get(what)
        if limit is not None and count > limit:
            raise PlanTooSmall(what=what, used=count, limit=limit)
    if terms.due_now_minor != expected_minor:
        raise AmountMoved(due_now_minor=terms.due_now_minor)


def _begin(subscription: Subscription, price: PriceVersion, now: datetime) -> Invoice:
    # The day of a change belongs to the new plan, so its first month counts from this morning; orders paid before
    # this very moment keep the trial's fee, which is none.
    billing_account = subscription.billing_account
    day = local_day(now, billing_account.zone)
    boundary = midnight(day, billing_account.zone)
    subscription.phases.filter(starts_at__gt=now).delete()
    subscription.phases.filter(ends_at__gt=now).update(ends_at=now)
    phase = Phase.objects.create(subscription=subscription, price=price, anchor=day, starts_at=now)
    month = month_of(phase=phase, moment=now, billing_account=billing_account)
    subscription.period_starts_at, subscription.period_ends_at = boundary, month.ends_at(billing_account.zone)
    subscription.state = SubscriptionState.ACTIVE
    subscription.save(update_fields=["state", "period_starts_at", "period_ends_at"])
    write_down(subscription=subscription, now=now, reason="plan chosen")
    line = subscription_line(phase=phase, boundary=boundary, billing_account=billing_account)
    assert line is not None, "a plan that is sold has a price, and its anchor is a boundary"
    return issue_invoice(billing_account=billing_account, boundary=boundary, issued_at=now, drafts=[line])


def _plan(subscription: Subscription, price: PriceVersion, starts_at: datetime, now: datetime) -> None:
    subscription.phases.filter(starts_at__gt=now).delete()
    running = phase_at(subscription, now)
    if running is not None and running.price_id == price.pk:
        running.ends_at = None
        running.save(update_fields=["ends_at"])
        return
    anchor = local_day(starts_at, subscription.billing_account.zone)
    if running is not None:
        running.ends_at = starts_at
        running.save(update_fields=["ends_at"])
        if running.price.interval == price.interval and subscription.state != SubscriptionState.TRIALING:
            anchor = running.anchor  # months go on being counted from the same day, also past a short February
    Phase.objects.create(subscription=subscription, price=price, anchor=anchor, starts_at=starts_at)
