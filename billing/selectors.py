"""Questions about billing that join, sum, or depend on the hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.calendar import Period, first_whole_day, local_day, midnight, period_holding
from billing.fee_sums import payable_fees
from billing.models.agreements import BillingAccount, Phase, SavedCard, Subscription, SubscriptionState
from billing.models.catalogue import TRIAL, PriceVersion
from billing.models.invoices import Invoice, InvoiceState
from billing.models.metering import RatedFee, RatingCounter
from control.lifecycle.selectors import guests
from control.merchants.models import Domain, Merchant
from control.people.models import Seat
from kit.errors import Kind, Refused
from kit.tenancy import StoreRef, in_control, in_store
from tenants.catalog.models import Sku
from tenants.leaders.models import Leader, LeaderState
from tenants.leaders.selectors import cities_served

WITHOUT_SCHEMA = ("building", "archived", "erased")


def phases_of(*, billing_account: BillingAccount) -> list[Phase]:
    """List the phases of an account's subscriptions with their prices, oldest first."""
    # one that never began (its payment did not come) prices nothing
    lived = Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at"))
    phases = Phase.objects.filter(lived, subscription__billing_account=billing_account)
    return list(phases.select_related("price__edition").order_by("starts_at", "id"))


def phase_of(phases: Sequence[Phase], moment: datetime) -> Phase:
    """Find the phase that prices an instant; before the first it is the first, in a gap the one before."""
    return next((phase for phase in reversed(phases) if phase.starts_at <= moment), phases[0])


def phase_at(subscription: Subscription, moment: datetime) -> Phase | None:
    """Find the phase in force at an instant, or None when nothing is."""
    covering = Q(ends_at__isnull=True) | Q(ends_at__gt=moment)
    phases = subscription.phases.filter(covering, starts_at__lte=moment).select_related("price__edition")
    return phases.order_by("-starts_at", "-id").first()


def planned_phase(subscription: Subscription, now: datetime) -> Phase | None:
    """Find the phase that will begin later, if a change is planned."""
    return subscription.phases.filter(starts_at__gt=now).select_related("price__edition").first()


def last_subscription(*, merchant_id: UUID) -> Subscription | None:
    """Find a merchant's subscription, live or the last that was cancelled, with its billing account."""
    known = Subscription.objects.filter(billing_account__merchant_id=merchant_id)
    return live_subscription(merchant_id=merchant_id) or (
        known.select_related("billing_account__merchant").order_by("-started_at").first()
    )


def live_subscription(*, merchant_id: UUID) -> Subscription | None:
    """Find a merchant's subscription, with its billing account."""
    live = Subscription.objects.exclude(state=SubscriptionState.CANCELLED)
    return live.filter(billing_account__merchant_id=merchant_id).select_related("billing_account__merchant").first()


def card_in_use(*, billing_account: BillingAccount) -> SavedCard | None:
    """Find the card that invoices are charged to."""
    return SavedCard.objects.filter(billing_account=billing_account, replaced_at=None).first()


def cards_of(*, billing_account: BillingAccount) -> list[SavedCard]:
    """List a payer's cards, the one that is charged first."""
    cards = SavedCard.objects.filter(billing_account=billing_account, detached_at=None)
    return sorted(cards.order_by("-added_at", "-id"), key=lambda card: card.replaced_at is not None)


def prices_on_sale(*, now: datetime, currency: str = "CNY") -> list[PriceVersion]:
    """List what can be bought now, the cheapest edition first, monthly before yearly; trials are not bought."""
    on_sale = Q(valid_until__isnull=True) | Q(valid_until__gt=now)
    prices = PriceVersion.objects.filter(on_sale, valid_from__lte=now, currency=currency).exclude(edition__code=TRIAL)
    return list(prices.select_related("edition").order_by("edition__rank", "interval"))


class NotOnSale(Refused):
    """There is no such price, or it is no longer sold."""

    code, kind, sentence = "not_on_sale", Kind.MISSING, _("这个套餐价格已下架，请刷新后重新选择。")


def price_on_sale(*, price_id: UUID, now: datetime, currency: str) -> PriceVersion:
    """Find one price that can be bought now. :raises NotOnSale:"""
    found = next((price for price in prices_on_sale(now=now, currency=currency) if price.id == price_id), None)
    if found is None:
        raise NotOnSale
    return found


def use_of_store(*, store: StoreRef) -> dict[str, int]:
    """Count what plans limit, by the code of the limit. The one read that billing makes inside a store."""
    with in_control():
        staff = Seat.objects.filter(merchant_id=store.merchant_id).count()
        ours = Q(domain__endswith=f".{settings.LINLI_DOMAIN}")
        domains = Domain.objects.filter(tenant_id=store.merchant_id).exclude(ours).count()
    with in_store(store):
        skus = Sku.objects.filter(is_active=True).count()
        leaders = Leader.objects.exclude(state=LeaderState.RETIRED).count()
        cities = cities_served()
    return {"staff": staff, "skus": skus, "leaders": leaders, "cities": len(cities), "domains": domains}


def use_of_merchant(merchant: Merchant) -> dict[str, int]:
    """Count what plans limit; nothing for a store that lives in another cell, where its limits are kept too."""
    return {} if merchant.cell else use_of_store(store=merchant.ref)


def paid_until(*, subscription: Subscription, now: datetime) -> datetime:
    """Say until when the running plan is paid for (or the trial lasts): when a planned change begins."""
    phase = phase_at(subscription, now)
    if phase is None or subscription.state == SubscriptionState.TRIALING:
        return subscription.trial_ends_at
    zone = subscription.billing_account.zone
    interval = period_holding(phase.anchor, local_day(now, zone), months=phase.price.months)
    return interval.ends_at(zone)


def month_of(*, phase: Phase, moment: datetime, billing_account: BillingAccount) -> Period:
    """Find the month of a phase that an instant falls in: what its fees are invoiced by."""
    return period_holding(phase.anchor, local_day(moment, billing_account.zone), months=1)


def trial_end(started_at: datetime, *, days: int, billing_account: BillingAccount) -> datetime:
    """Say when a trial is over: so many days later, rounded up to the next local midnight."""
    zone = billing_account.zone
    return midnight(first_whole_day(started_at + timedelta(days=days), zone), zone)


@dataclass(frozen=True, slots=True)
class FeesSoFar:
    """Fees that are not on an invoice yet, tax and all, and the volume behind this counting interval."""

    amount_minor: int
    orders: int
    gmv_minor: int
    included_minor: int


def fees_so_far(*, subscription: Subscription, phase: Phase, now: datetime) -> FeesSoFar:
    """Sum what the next invoice will carry in fees, and how much of the included volume is used."""
    billing_account = subscription.billing_account
    own = Q(payer__isnull=True, merchant_id=billing_account.merchant_id)
    open_fees = RatedFee.objects.filter(own | Q(payer=billing_account), is_closed=False)
    counter = RatingCounter.objects.filter(phase=phase, starts_at__lte=now, ends_at__gt=now).first()
    return FeesSoFar(
        amount_minor=sum(payable_fees(open_fees).values()),
        orders=counter.orders if counter else 0,
        gmv_minor=counter.gmv_minor if counter else 0,
        included_minor=phase.price.included_minor,
    )


def open_invoices(*, billing_account: BillingAccount) -> list[Invoice]:
    """List what an account still owes, the oldest first."""
    invoices = Invoice.objects.filter(billing_account=billing_account, state=InvoiceState.OPEN)
    return list(invoices.order_by("issued_at"))


def overdue(*, billing_account: BillingAccount) -> bool:
    """Say whether an account owes something that a try did not bring in."""
    return Invoice.objects.filter(
        billing_account=billing_account, state=InvoiceState.OPEN, overdue_since__isnull=False
    ).exists()


def working_stores() -> list[StoreRef]:
    """List the stores whose outboxes are collected here: all that have a schema and are no other cell's to bill."""
    ours = Merchant.objects.filter(cell="").exclude(state__in=WITHOUT_SCHEMA).exclude(pk__in=guests())
    return [merchant.ref for merchant in ours.order_by("id")]


def stores_elsewhere() -> dict[str, list[Merchant]]:
    """List the merchants of this cell whose stores live in another, by that cell's name."""
    found: dict[str, list[Merchant]] = {}
    for merchant in Merchant.objects.exclude(cell="").exclude(state="erased").exclude(pk__in=guests()).order_by("id"):
        found.setdefault(merchant.cell, []).append(merchant)
    return found
