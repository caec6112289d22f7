"""How well each store is doing, as one number with its reasons: who needs a call before they leave."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, Sum
from django.utils.translation import gettext as _

from billing.calendar import local_day
from billing.models.agreements import SavedCard, Subscription, SubscriptionState
from billing.models.dunning import DunningCase
from billing.models.metering import ORDER_PAID, UsageEvent
from billing.models.parking import ParkedAccount
from billing.models.reversals import (
    Dispute,
    DisputeState,
    TopUpReversal,
    TopUpReversalKind,
    TopUpReversalState,
)
from billing.recurring import recurring_by_merchant
from control.merchants.models import DESK_STATES, Merchant, MerchantState
from control.people.models import Seat

GOOD, FAIR = 80, 50  # at least so many points
_MONTH = timedelta(days=30)
_QUIET = timedelta(days=14)
_SOON = timedelta(days=3)
_OPEN_DISPUTES = (DisputeState.WARNING, DisputeState.NEEDS_RESPONSE, DisputeState.UNDER_REVIEW)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the score is made of."""

    state: str
    is_paying: bool
    owing_days: int | None
    gmv_minor: int  # of the last thirty days
    gmv_before_minor: int  # of the thirty days before them
    last_order_at: datetime | None  # within the last sixty days
    last_login_at: datetime | None
    trial_ends_at: datetime | None  # of a trial without a plan to follow
    leaves_at: datetime | None
    card_ends: tuple[int, int] | None  # year and month; None: no card
    is_parked: bool
    disputes: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why points were taken off."""

    points: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Health:
    """A hundred points less what the reasons take off, never below none; the heaviest reason first."""

    score: int
    reasons: list[Reason]

    @property
    def first_said(self) -> str:
        """The heaviest reason, or nothing."""
        return self.reasons[0].sentence if self.reasons else ""

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return "good" if self.score >= GOOD else "warn" if self.score >= FAIR else "bad"


def judge(facts: Facts, *, now: datetime) -> Health:
    """Score a store. Pure, so that the rule can be read and tried."""
    reasons = sorted([*_money(facts, now), *_trade(facts, now), *_bonds(facts, now)], key=lambda reason: -reason.points)
    return Health(max(0, 100 - sum(reason.points for reason in reasons)), reasons)


def _money(facts: Facts, now: datetime) -> list[Reason]:
    found = []
    if facts.owing_days is not None:
        points = 20 if facts.owing_days < 7 else 40
        found.append(Reason(points, _("欠费 %(n)s 天") % {"n": facts.owing_days}))
    if facts.is_paying and facts.card_ends is None:
        found.append(Reason(15, _("没有绑定银行卡")))
    elif facts.is_paying and facts.card_ends is not None and facts.card_ends < (now + _MONTH).timetuple()[:2]:
        found.append(Reason(10, _("银行卡即将到期")))
    if facts.disputes:
        found.append(Reason(20, _("有银行卡争议")))
    if facts.is_parked:
        found.append(Reason(20, _("出账和扣款已暂停")))
    return found


def _trade(facts: Facts, now: datetime) -> list[Reason]:
    if facts.last_order_at is None or now - facts.last_order_at > _QUIET:
        return [Reason(30, _("超过 14 天没有订单"))]
    if facts.gmv_before_minor and facts.gmv_minor * 2 < facts.gmv_before_minor:
        return [Reason(20, _("成交额比上个月少了一半以上"))]
    return []


def _bonds(facts: Facts, now: datetime) -> list[Reason]:
    found = []
    if facts.leaves_at is not None:
        found.append(Reason(40, _("已申请退订")))
    if facts.trial_ends_at is not None and facts.trial_ends_at - now <= _SOON:
        found.append(Reason(25, _("试用快结束，还没有选套餐")))
    if facts.state in (MerchantState.RESTRICTED, MerchantState.READ_ONLY, MerchantState.SUSPENDED):
        found.append(Reason(40, _("店铺不能正常营业")))
    if facts.last_login_at is None or now - facts.last_login_at > _QUIET:
        found.append(Reason(15, _("超过 14 天没有人登录后台")))
    return found


@dataclass(frozen=True, slots=True)
class HealthLine:
    """One store in the list."""

    merchant: Merchant
    health: Health
    recurring_minor: int
    facts: Facts


def health_lines(*, now: datetime, merchant_ids: Sequence[UUID] | None = None) -> list[HealthLine]:
    """Judge every store that is in use (or some), the weakest first; so many queries whatever their number."""
    merchants = Merchant.objects.filter(state__in=DESK_STATES)
    if merchant_ids is not None:
        merchants = merchants.filter(pk__in=merchant_ids)
    found = list(merchants.order_by("slug"))
    ids = [merchant.pk for merchant in found]
    read = _Read(ids, now)
    worth = recurring_by_merchant(now=now, merchant_ids=merchant_ids)
    lines = [
        HealthLine(merchant, judge(facts, now=now), worth.get(merchant.pk, 0), facts)
        for merchant in found
        for facts in [read.facts_of(merchant, is_paying=merchant.pk in worth)]
    ]
    return sorted(lines, key=lambda line: (line.health.score, -line.recurring_minor, line.merchant.slug))


class _Read:
    """Everything that is known of some merchants, one query a subject."""

    def __init__(self, ids: Sequence[UUID], now: datetime) -> None:
        self.now = now
        self.sold = _sold(ids, now)
        of_theirs = Q(billing_account__merchant__in=ids)
        cases = DunningCase.objects.filter(of_theirs, closed_at=None).select_related("billing_account")
        self.owing = {case.billing_account.merchant_id: case for case in cases}
        plans = Subscription.objects.exclude(state=SubscriptionState.CANCELLED).filter(of_theirs)
        plans = plans.annotate(planned=Count("phases", filter=Q(phases__starts_at__gt=now)))
        self.plans: dict[UUID, Any] = {
            plan.billing_account.merchant_id: plan for plan in plans.select_related("billing_account")
        }
        cards = SavedCard.objects.filter(of_theirs, replaced_at=None)
        self.cards: dict[UUID, tuple[int, int]] = {
            merchant_id: (year, month)
            for merchant_id, year, month in cards.values_list("billing_account__merchant_id", "exp_year", "exp_month")
        }
        parked = ParkedAccount.objects.filter(of_theirs, released_at=None)
        self.parked = set(parked.values_list("billing_account__merchant_id", flat=True))
        disputes = Dispute.objects.filter(
            attempt__invoice__billing_account__merchant__in=ids, state__in=_OPEN_DISPUTES
        ).values_list("attempt__invoice__billing_account__merchant_id")
        self.disputes: Counter[UUID] = Counter(dict(disputes.annotate(count=Count("id"))))
        top_ups = TopUpReversal.objects.filter(
            top_up__wallet__billing_account__merchant__in=ids,
            state=TopUpReversalState.OPEN,
            kind=TopUpReversalKind.DISPUTE,
        ).values_list("top_up__wallet__billing_account__merchant_id")
        self.disputes.update(dict(top_ups.annotate(count=Count("id"))))
        seats = Seat.objects.filter(merchant_id__in=ids).values_list("merchant_id")
        self.logins: dict[UUID, datetime | None] = dict(seats.annotate(last=Max("person__last_login_at")))

    def facts_of(self, merchant: Merchant, *, is_paying: bool) -> Facts:
        """Gather what is known of one."""
        now, plan = self.now, self.plans.get(merchant.pk)
        before, since, last = self.sold.get(merchant.pk, (0, 0, None))
        case = self.owing.get(merchant.pk)
        owing = (local_day(now, case.billing_account.zone) - case.first_day).days if case else None
        on_trial = plan is not None and plan.state == SubscriptionState.TRIALING and not plan.planned
        return Facts(
            state=merchant.state,
            is_paying=is_paying,
            owing_days=owing,
            gmv_minor=since,
            gmv_before_minor=before,
            last_order_at=last,
            last_login_at=self.logins.get(merchant.pk),
            trial_ends_at=plan.trial_ends_at if plan is not None and on_trial else None,
            leaves_at=plan.cancel_at if plan is not None else None,
            card_ends=self.cards.get(merchant.pk),
            is_parked=merchant.pk in self.parked,
            disputes=self.disputes[merchant.pk],
        )


def _sold(ids: Sequence[UUID], now: datetime) -> Mapping[UUID, tuple[int, int, datetime | None]]:
    sales = UsageEvent.objects.filter(
        merchant_id__in=ids, meter=ORDER_PAID, occurred_at__gt=now - 2 * _MONTH, occurred_at__lte=now
    )
    lately = Q(occurred_at__gt=now - _MONTH)
    rows = sales.values_list("merchant_id").annotate(
        before=Sum("amount_minor", filter=~lately, default=0),
        since=Sum("amount_minor", filter=lately, default=0),
        last=Max("occurred_at"),
    )
    return {merchant_id: (before, since, last) for merchant_id, before, since, last in rows}
