"""Who pays us, with which card, for what: billing accounts, cards, subscriptions and their phases."""

from datetime import date
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.catalogue import PriceVersion
from control.merchants.models import Merchant
from kit.tenancy.models import ScopedModel


class BillingAccount(ScopedModel):
    """The payer: one a merchant, in one currency and one time zone, which decides where days and months begin."""

    merchant = models.OneToOneField(Merchant, on_delete=models.PROTECT, related_name="billing_account")
    legal_name = models.CharField(max_length=80)
    email = models.EmailField()
    phone = models.CharField(max_length=20)
    tax_number = models.CharField(max_length=30, blank=True)
    address = models.CharField(max_length=160, blank=True)
    currency = models.CharField(max_length=3)
    timezone = models.CharField(max_length=40)
    bills_by_calendar = models.BooleanField(default=False)  # periods begin on the first; else on the plan's own day
    gateway_ref = models.CharField(max_length=64, null=True, unique=True)  # the payer as the card company knows it
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.legal_name

    def anchor_from(self, day: date) -> date:
        """Say from which day the months of a plan that begins on a day are counted."""
        return day.replace(day=1) if self.bills_by_calendar else day

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which this account's days begin."""
        return ZoneInfo(self.timezone)


_BRANDS = {"amex": "American Express", "jcb": "JCB", "unionpay": "银联"}  # the others are written as they are said


class SavedCard(ScopedModel):
    """A card kept in the card company's vault; we know its brand and last digits."""

    billing_account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="cards")
    gateway_ref = models.CharField(max_length=64, unique=True)
    brand = models.CharField(max_length=20)
    last4 = models.CharField(max_length=4)
    exp_month = models.PositiveSmallIntegerField()
    exp_year = models.PositiveSmallIntegerField()
    added_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)  # null: this is the default, the card we charge
    detached_at = models.DateTimeField(null=True)  # gone from the vault; the row stays for its history
    warned_at = models.DateTimeField(null=True)  # its owner was told that it expires

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["billing_account"], condition=Q(replaced_at__isnull=True), name="one_card_in_use"
            ),
            models.CheckConstraint(
                condition=Q(detached_at__isnull=True) | Q(replaced_at__isnull=False), name="detached_card_not_in_use"
            ),
        ]

    def __str__(self) -> str:
        return f"{_BRANDS.get(self.brand, self.brand.title())} ···· {self.last4}"


class CardSetup(ScopedModel):
    """A visit to the card company's page. Only a visit that we opened may save a card."""

    billing_account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="card_setups")
    gateway_ref = models.CharField(max_length=120, unique=True)
    opened_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.gateway_ref


class SubscriptionState(models.TextChoices):
    """trialing -> active <-> past_due -> suspended -> closed -> cancelled, and back to active on full payment.

    active <-> paused; each may end as expired (no plan was chosen) or cancelled.
    """

    TRIALING = "trialing", _("试用中")
    ACTIVE = "active", _("生效中")
    PAST_DUE = "past_due", _("欠费")
    PAUSED = "paused", _("已暂停")
    SUSPENDED = "suspended", _("欠费停用")  # back office only to be read
    CLOSED = "closed", _("欠费关店")  # and the storefront shut
    EXPIRED = "expired", _("试用已结束")
    CANCELLED = "cancelled", _("已退订")


class Subscription(ScopedModel):
    """What a merchant is on. The pointer ``period_*`` is the month now running; closing it moves the pointer."""

    billing_account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="subscriptions")
    state = models.CharField(max_length=10, choices=SubscriptionState.choices, default=SubscriptionState.TRIALING)
    started_at = models.DateTimeField()
    trial_ends_at = models.DateTimeField()
    period_starts_at = models.DateTimeField()
    period_ends_at = models.DateTimeField(null=True)  # exclusive; null: nothing runs, nothing falls due
    cancel_at = models.DateTimeField(null=True)  # when it ends at the merchant's wish; until then it may be resumed
    cancel_reason = models.CharField(max_length=200, blank=True)
    paused_at = models.DateTimeField(null=True)
    lock_version = models.PositiveIntegerField(default=0)  # rises with every change: a second tab's quote is outdated

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["billing_account"], condition=~Q(state="cancelled"), name="one_live_subscription"
            ),
            models.CheckConstraint(
                condition=Q(period_ends_at__isnull=True) | Q(period_ends_at__gt=F("period_starts_at")),
                name="period_runs_forward",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["period_ends_at", "id"], name="subscriptions_due"),
            models.Index(fields=["state"], name="subscriptions_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.billing_account_id} {self.state}"


class Phase(ScopedModel):
    """A stretch of a subscription on one price: the trial, then what was chosen; a future one is a planned change.

    ``anchor`` is the local day from which months and years are counted, so that the 31st comes back after February.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="phases")
    price = models.ForeignKey(PriceVersion, on_delete=models.PROTECT, related_name="phases")
    anchor = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)  # exclusive; null: until something else is chosen

    class Meta:
        ordering: ClassVar = ["starts_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subscription"], condition=Q(ends_at__isnull=True), name="one_open_ended_phase"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")), name="phase_runs_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.price} from {self.starts_at:%Y-%m-%d}"
