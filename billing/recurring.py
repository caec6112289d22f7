"""What agreements are worth a month, at any instant of the past: MRR, worked out from what was agreed.

The value of an account is that of its plan, net of the coupon that the running interval is billed with, plus each
add-on; a yearly price is divided by twelve. Trials, fees and taxes are not in it, whichever way a price is written
(docs/decisions/0084). A plan counts until it ends: one that is unpaid until it is ended for it, one that is paused
until what was paid for is over (docs/decisions/0031).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Q
from django.db.models.enums import TextChoices
from django.utils.translation import gettext_lazy as _

from billing.calendar import local_day, period_holding
from billing.models.addons import SubscriptionItem
from billing.models.agreements import BillingAccount, Phase
from billing.models.catalogue import MONTHS_OF, TRIAL, Interval, PriceVersion, TaxedPrice
from billing.models.coupons import Redemption
from billing.renewals import running_redemption, taken_off
from billing.tax import without_tax
from kit.money import round_half_away


class Move(TextChoices):
    """Why recurring revenue is another at a day's end than at its beginning."""

    NEW = "new", _("新增")
    EXPANSION = "expansion", _("升级")
    CONTRACTION = "contraction", _("降级")
    CHURN = "churn", _("流失")
    REACTIVATION = "reactivation", _("回归")
    JOINED = "joined", _("并入总部")  # one payer less, and no money: it goes on under another
    PARTED = "parted", _("离开总部")


@dataclass(frozen=True, slots=True)
class Moved:
    """One account's change over one day."""

    day: date
    kind: Move
    before_minor: int
    after_minor: int

    @property
    def minor(self) -> int:
        """What it adds; below nothing when it takes away."""
        return self.after_minor - self.before_minor


@dataclass
class Agreements:
    """What one account ever agreed to, over all its subscriptions."""

    account: BillingAccount
    phases: list[Phase] = field(default_factory=list)
    items: list[SubscriptionItem] = field(default_factory=list)
    redemptions: list[Redemption] = field(default_factory=list)

    def value_at(self, moment: datetime) -> int:
        """Say what the account is worth a month at an instant, in minor units."""
        phase = max(
            (phase for phase in self.phases if _covers(phase, moment)),
            key=lambda phase: (phase.starts_at, phase.pk),
            default=None,
        )
        if phase is None or phase.price.edition.code == TRIAL:
            return 0
        items = [item for item in self.items if item.subscription_id == phase.subscription_id and _covers(item, moment)]
        per_month = [_net(item.price, item.amount_minor) / MONTHS_OF[Interval(item.price.interval)] for item in items]
        return self._plan(phase, moment) + sum(round_half_away(share) for share in per_month)

    def steps(self, *, until: datetime) -> list[tuple[datetime, int]]:
        """List the instants at which the value changes, up to one, each with what it is from then on."""
        moments = sorted({moment for moment in self._bounds(until) if moment <= until})
        steps, last = [], 0
        for moment in moments:
            if (value := self.value_at(moment)) != last:
                steps.append((moment, value))
                last = value
        return steps

    def _plan(self, phase: Phase, moment: datetime) -> int:
        interval = period_holding(phase.anchor, local_day(moment, self.account.zone), months=phase.price.months)
        held = [
            redemption
            for redemption in self.redemptions
            if redemption.subscription_id == phase.subscription_id and redemption.redeemed_at <= moment
        ]
        redemption = running_redemption(held, interval.starts_on, price=phase.price, begins=False)
        return monthly_value(phase.price, less=taken_off(redemption, phase.price, interval))

    def _bounds(self, until: datetime) -> Iterator[datetime]:
        rows: list[Phase | SubscriptionItem] = [*self.phases, *self.items]
        for row in rows:
            yield row.starts_at
            if row.ends_at is not None:
                yield row.ends_at
        if self.redemptions:
            for phase in self.phases:
                yield from self._intervals(phase, until)

    def _intervals(self, phase: Phase, until: datetime) -> Iterator[datetime]:
        zone, end = self.account.zone, min(until, phase.ends_at or until)
        moment = phase.starts_at
        while moment < end:
            moment = period_holding(phase.anchor, local_day(moment, zone), months=phase.price.months).ends_at(zone)
            yield moment


def _covers(row: Phase | SubscriptionItem, moment: datetime) -> bool:
    return row.starts_at <= moment and (row.ends_at is None or row.ends_at > moment)


def monthly_value(price: PriceVersion, *, less: int = 0) -> int:
    """Say what a price, less what is taken off its interval, is worth a month without tax: rounded once."""
    return round_half_away(_net(price, price.amount_minor - less) / price.months)


def _net(price: TaxedPrice, listed_minor: int) -> Fraction:
    return without_tax(listed_minor, ppm=price.tax_ppm, inclusive=price.tax_inclusive)


def agreements(*, at: datetime | None = None, merchant_ids: Sequence[UUID] | None = None) -> list[Agreements]:
    """Read what was ever agreed, or only what is in force at an instant; of all accounts, or of some merchants'."""
    phases = Phase.objects.filter(Q(ends_at=None) | Q(ends_at__gt=F("starts_at")))  # one never paid for never was
    items = SubscriptionItem.objects.filter(Q(ends_at=None) | Q(ends_at__gt=F("starts_at")))
    redemptions = Redemption.objects.filter(starts_on__isnull=False)
    if at is not None:
        now = Q(ends_at=None) | Q(ends_at__gt=at)
        phases, items = phases.filter(now, starts_at__lte=at), items.filter(now, starts_at__lte=at)
    if merchant_ids is not None:
        phases = phases.filter(subscription__billing_account__merchant__in=merchant_ids)
        items = items.filter(subscription__billing_account__merchant__in=merchant_ids)
        redemptions = redemptions.filter(subscription__billing_account__merchant__in=merchant_ids)
    found: dict[UUID, Agreements] = {}
    by_subscription: dict[UUID, Agreements] = {}
    for phase in phases.select_related("price__edition", "subscription__billing_account__merchant").order_by(
        "starts_at", "id"
    ):
        account = phase.subscription.billing_account
        of_account = found.setdefault(account.pk, Agreements(account))
        by_subscription[phase.subscription_id] = of_account
        of_account.phases.append(phase)
    for item in items.select_related("price"):
        if item.subscription_id in by_subscription:
            by_subscription[item.subscription_id].items.append(item)
    for redemption in redemptions.select_related("coupon").order_by("redeemed_at"):
        if redemption.subscription_id in by_subscription:
            by_subscription[redemption.subscription_id].redemptions.append(redemption)
    return list(found.values())


def recurring_by_merchant(*, now: datetime, merchant_ids: Sequence[UUID] | None = None) -> dict[UUID, int]:
    """Say what each paying merchant is worth a month now, add-ons and coupons in it; in three queries."""
    worth = {each.account.merchant_id: each.value_at(now) for each in agreements(at=now, merchant_ids=merchant_ids)}
    return {merchant_id: minor for merchant_id, minor in worth.items() if minor}


def moves_of(steps: Iterable[tuple[datetime, int]], *, zone: ZoneInfo) -> list[Moved]:
    """Sum an account's steps up by the day: what it was worth before the day, what after, and what that is called."""
    last_of_day: dict[date, int] = {}
    for moment, value in steps:
        last_of_day[local_day(moment, zone)] = value
    moves, before, was_ever = [], 0, False
    for day, after in sorted(last_of_day.items()):
        if after != before:
            moves.append(Moved(day, kind_of(before, after, was_ever=was_ever), before, after))
        before, was_ever = after, was_ever or after > 0
    return moves


def kind_of(before: int, after: int, *, was_ever: bool) -> Move:
    if before == 0:
        return Move.REACTIVATION if was_ever else Move.NEW
    if after == 0:
        return Move.CHURN
    return Move.EXPANSION if after > before else Move.CONTRACTION


def own_moves(*, until: datetime, zone: ZoneInfo) -> dict[BillingAccount, list[Moved]]:
    """Read every store's own movements since the beginning, up to an instant, whoever pays for it."""
    return {each.account: moves_of(each.steps(until=until), zone=zone) for each in agreements()}
