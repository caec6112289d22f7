"""What the merchant's desk shows of billing, read in the control plane into plain shapes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models.agreements import BillingAccount, Phase, SavedCard, Subscription, SubscriptionState
from billing.models.catalogue import Limit
from billing.models.invoices import Invoice, InvoiceState
from billing.renewals import renewal_drafts
from billing.selectors import (
    FeesSoFar,
    card_in_use,
    fees_so_far,
    last_subscription,
    open_invoices,
    phase_at,
    planned_phase,
    use_of_merchant,
)
from billing.services.choose_plan import NoSubscription
from kit.errors import Kind, Refused
from kit.tenancy import StoreRef, in_control
from kit.web.format import number

_ICONS = {
    Limit.STAFF: "user",
    Limit.SKUS: "package",
    Limit.LEADERS: "users",
    Limit.CITIES: "map-pin",
    Limit.DOMAINS: "globe",
}
_FULL = 100
_NEARLY = 80


class InvoiceMissing(Refused):
    """There is no such invoice, or it is another merchant's."""

    code, kind, sentence = "invoice_missing", Kind.MISSING, gettext_lazy("没有找到这张账单。")


@dataclass(frozen=True)
class Use:
    """One limit of the plan and how much of it is used."""

    label: Any
    icon: str
    text: str
    percent: int | None  # None: the plan sets no limit
    tone: str = ""


@dataclass(frozen=True)
class Upcoming:
    """What the next invoice will hold, as far as it is known."""

    at: datetime
    subscription_minor: int
    fees: FeesSoFar

    @property
    def total_minor(self) -> int:
        """Both together; a negative sum becomes credit, never a charge."""
        return max(0, self.subscription_minor + self.fees.amount_minor)


@dataclass(frozen=True)
class Standing:
    """Where a merchant stands: its plan, what is planned, what it owes."""

    subscription: Subscription
    phase: Phase | None
    planned: Phase | None
    card: SavedCard | None
    owed: list[Invoice]
    upcoming: Upcoming | None
    uses: list[Use]

    @property
    def is_trial(self) -> bool:
        return self.subscription.state == SubscriptionState.TRIALING

    @property
    def is_expired(self) -> bool:
        return self.subscription.state in (SubscriptionState.EXPIRED, SubscriptionState.CANCELLED)

    @property
    def is_paused(self) -> bool:
        return self.subscription.state == SubscriptionState.PAUSED

    @property
    def may_leave(self) -> bool:
        return self.subscription.state in ("trialing", "active", "past_due") and self.subscription.cancel_at is None

    @property
    def may_pause(self) -> bool:
        return self.subscription.state == "active" and self.subscription.cancel_at is None and not self.owed

    @property
    def is_owing(self) -> bool:
        return self.subscription.state in (
            SubscriptionState.PAST_DUE,
            SubscriptionState.SUSPENDED,
            SubscriptionState.CLOSED,
        )

    @property
    def owed_minor(self) -> int:
        return sum(invoice.due_minor for invoice in self.owed)


def subscription_of(store: StoreRef) -> Subscription:
    """Find the store's subscription. :raises NoSubscription:"""
    with in_control():
        subscription = last_subscription(merchant_id=store.merchant_id)
    if subscription is None:
        raise NoSubscription
    return subscription


def standing_of(store: StoreRef, now: datetime) -> Standing:
    """Read everything the plan page says. :raises NoSubscription:"""
    with in_control():
        subscription = subscription_of(store)
        used = use_of_merchant(subscription.billing_account.merchant)
        phase = phase_at(subscription, now)
        return Standing(
            subscription=subscription,
            phase=phase,
            planned=planned_phase(subscription, now),
            card=card_in_use(billing_account=subscription.billing_account),
            owed=open_invoices(billing_account=subscription.billing_account),
            upcoming=_upcoming(subscription, phase, now) if phase else None,
            uses=_uses(subscription.billing_account.merchant.limits, used) if phase else [],
        )


def _upcoming(subscription: Subscription, phase: Phase, now: datetime) -> Upcoming | None:
    at = subscription.period_ends_at
    if at is None:
        return None
    following = phase_at(subscription, at)
    lines = renewal_drafts(subscription=subscription, phase=following, boundary=at) if following else []
    return Upcoming(
        at=at,
        subscription_minor=sum(line.payable_minor for line in lines),
        fees=fees_so_far(subscription=subscription, phase=phase, now=now),
    )


def _uses(limits: dict[str, Any], used: dict[str, int]) -> list[Use]:
    uses = []
    for what in Limit:
        if what not in used:  # the store lives in another cell, where its own desk counts
            continue
        limit, label, icon = limits.get(what.value), what.label, _ICONS[what]
        if limit is None:
            uses.append(Use(label, icon, _("%(used)s，不限") % {"used": number(used[what])}, None))
            continue
        share = min(_FULL, used[what] * _FULL // limit) if limit else _FULL
        text = f"{number(used[what])} / {number(limit)}"
        uses.append(Use(label, icon, text, share, "warn" if share >= _NEARLY else ""))
    return uses


def invoices_of(store: StoreRef, *, state: str) -> QuerySet[Invoice]:
    """Query a merchant's invoices, the latest first; evaluate it in the control plane."""
    invoices = Invoice.objects.filter(billing_account__merchant_id=store.merchant_id)
    if state in InvoiceState.values:
        invoices = invoices.filter(state=state)
    return invoices.order_by("-issued_at", "-number")


def invoice_of(store: StoreRef, invoice_id: UUID) -> Invoice:
    """Find one of a merchant's invoices with its lines and attempts. :raises InvoiceMissing:"""
    invoices = invoices_of(store, state="").select_related("billing_account")
    found = invoices.prefetch_related("lines__phase__price__edition", "attempts__card").filter(pk=invoice_id).first()
    if found is None:
        raise InvoiceMissing
    return found


def payer_of(store: StoreRef) -> BillingAccount:
    """Find the store's billing account, with its merchant. :raises NoSubscription:"""
    with in_control():
        found = BillingAccount.objects.select_related("merchant").filter(merchant_id=store.merchant_id).first()
    if found is None:
        raise NoSubscription
    return found
