"""The platform's figures by the day, worked out from agreements, orders' facts and fees: what ``MetricDay`` keeps.

A day begins at midnight of the platform's own zone. Volume is that of orders that have their fee, on the day they were
paid; a fee that a refund took back counts against the day of the refund. Fees are without tax, like recurring revenue.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from billing.calendar import local_day, midnight
from billing.models.agreements import Subscription
from billing.models.metering import FeeKind, RatedFee
from billing.models.parking import ClockMark, ParkedAccount
from billing.payer_moves import payer_moves
from billing.recurring import Move, Moved, own_moves
from billing.tax import without_tax
from kit.money import round_half_away

ZONE = ZoneInfo("Asia/Shanghai")
DayKey = tuple[date, str]  # a day and a currency


@dataclass
class Recurring:
    """What recurring revenue did on one day; contraction and churn are below nothing."""

    recurring_minor: int = 0
    payers: int = 0
    stores: int = 0
    new_minor: int = 0
    expansion_minor: int = 0
    contraction_minor: int = 0
    churn_minor: int = 0
    reactivation_minor: int = 0
    arrived: int = 0
    returned: int = 0
    left: int = 0
    joined: int = 0  # payers that another pays for from then on
    parted: int = 0

    @property
    def moved_minor(self) -> int:
        """All five movements together: the difference to the day before."""
        named = (self.new_minor, self.expansion_minor, self.contraction_minor, self.churn_minor)
        return sum(named) + self.reactivation_minor

    def take(self, move: Moved) -> None:
        """Count one account's movement in."""
        if move.kind not in (Move.JOINED, Move.PARTED):
            name = f"{move.kind}_minor"
            setattr(self, name, getattr(self, name) + move.minor)
        self.arrived += move.kind == Move.NEW
        self.returned += move.kind == Move.REACTIVATION
        self.left += move.kind == Move.CHURN
        self.joined += move.kind == Move.JOINED
        self.parted += move.kind == Move.PARTED


@dataclass
class Traded:
    """What stores sold on one day, and what we took of it."""

    gmv_minor: int = 0
    orders: int = 0
    fee_minor: int = 0


RECURRING_FIELDS = tuple(field.name for field in fields(Recurring))
TRADED_FIELDS = tuple(field.name for field in fields(Traded))


def measurable_until(now: datetime) -> datetime:
    """Say up to when billing has caught up, so that no later run of its clock changes a day before."""
    mark = ClockMark.objects.filter(name="billing").first()
    parked = ParkedAccount.objects.filter(released_at=None).values("billing_account")
    late = Subscription.objects.filter(period_ends_at__lte=now).exclude(billing_account__in=parked)
    earliest = late.order_by("period_ends_at").values_list("period_ends_at", flat=True).first()
    return min(moment for moment in (now, mark.last_run_at if mark else now, earliest or now))


def days_over(*, since: date, until: datetime) -> list[date]:
    """List the days that have ended by an instant."""
    first_open = local_day(until, ZONE)
    return [since + timedelta(days=number) for number in range(max((first_open - since).days, 0))]


def recurring_days(*, until: datetime, is_day_open: bool = False) -> dict[DayKey, Recurring]:
    """Work out every day since the first movement that has ended by an instant, in each currency.

    With ``is_day_open`` the day of the instant is there too, as it stands then.
    """
    own = own_moves(until=until, zone=ZONE)
    moves: dict[str, dict[date, list[Moved]]] = defaultdict(lambda: defaultdict(list))
    stores: dict[DayKey, int] = defaultdict(int)
    for account, moved in own.items():
        for move in moved:
            stores[move.day, account.currency] += bool(move.after_minor) - bool(move.before_minor)
    for account, moved in payer_moves(own, until=until, zone=ZONE).items():
        for move in moved:
            moves[account.currency][move.day].append(move)
    found: dict[DayKey, Recurring] = {}
    for currency, by_day in moves.items():
        last = Recurring()
        for day in days_over(since=min(by_day), until=until + timedelta(days=is_day_open)):
            last = _day_after(last, by_day.get(day, []))
            last.stores += stores.get((day, currency), 0)
            found[day, currency] = last
    return found


def _day_after(before: Recurring, moves: Iterable[Moved]) -> Recurring:
    day = Recurring(recurring_minor=before.recurring_minor, payers=before.payers, stores=before.stores)
    for move in moves:
        day.take(move)
    day.recurring_minor += day.moved_minor
    day.payers += day.arrived + day.returned + day.parted - day.left - day.joined
    return day


def traded_days(
    *, since: datetime, until: datetime, rated_until: datetime | None = None, on: Iterable[date] | None = None
) -> dict[DayKey, Traded]:
    """Sum volume and fees up by day and currency.

    Only of what had its fee by ``rated_until``, and only ``on`` some days, where these are given.
    """
    fees: QuerySet[RatedFee] = RatedFee.objects.filter(event__occurred_at__gte=since, event__occurred_at__lt=until)
    if rated_until is not None:
        fees = fees.filter(rated_at__lte=rated_until)
    if on is not None:
        fees = fees.filter(_on_days(on))
    sold = Q(kind=FeeKind.FEE)
    rows = (
        fees.annotate(day=TruncDate("event__occurred_at", tzinfo=ZONE))
        .values_list("day", "event__currency", "phase__price__tax_ppm", "phase__price__tax_inclusive")
        .annotate(gmv=Sum("event__amount_minor", filter=sold), orders=Count("id", filter=sold), fee=Sum("amount_minor"))
    )
    found: dict[DayKey, Traded] = defaultdict(Traded)
    nets: dict[DayKey, Fraction] = defaultdict(Fraction)
    for day, currency, ppm, inclusive, gmv, orders, fee in rows:
        sums = found[day, currency]
        sums.gmv_minor, sums.orders = sums.gmv_minor + (gmv or 0), sums.orders + orders
        nets[day, currency] += without_tax(fee, ppm=ppm, inclusive=inclusive)
        sums.fee_minor = round_half_away(nets[day, currency])
    return dict(found)


def _on_days(days: Iterable[date]) -> Q:
    wanted = Q(pk=None)
    for first, after in _stretches(sorted(days)):
        wanted |= Q(event__occurred_at__gte=midnight(first, ZONE), event__occurred_at__lt=midnight(after, ZONE))
    return wanted


def _stretches(days: list[date]) -> Iterator[tuple[date, date]]:
    first = before = None
    for day in days:
        if first is None:
            first = day
        elif before is not None and day != before + timedelta(days=1):
            yield first, before + timedelta(days=1)
            first = day
        before = day
    if first is not None and before is not None:
        yield first, before + timedelta(days=1)


def written(figures: Recurring | Traded, names: Iterable[str]) -> Mapping[str, int]:
    """Return figures as a row's fields."""
    return {name: getattr(figures, name) for name in names}
