"""The platform's figures over any stretch of days: kept days, and whatever has happened since, worked out now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Literal

from django.db.models import Count, Exists, F, OuterRef, Q, Sum

from billing.calendar import add_months, local_day, midnight
from billing.measures import RECURRING_FIELDS, ZONE, Recurring, Traded, recurring_days, traded_days
from billing.models.agreements import BillingAccount, Phase, Subscription, SubscriptionState
from billing.models.catalogue import TRIAL
from billing.models.collection import AttemptState, ChargeAttempt
from billing.models.invoices import Invoice, InvoiceState
from billing.models.metrics import MetricDay
from billing.payer_moves import payer_moves
from billing.recurring import Moved, own_moves
from kit.money import PPM, round_half_away

_LONG = 45  # days; a longer stretch is shown by the month
AGING = ((0, 0), (1, 15), (16, 30), (31, 60), (61, None))  # days past due, both ends in


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole days of the platform's zone, both ends in."""

    since: date
    until: date

    @property
    def days(self) -> int:
        """How many there are."""
        return (self.until - self.since).days + 1

    def all_days(self) -> list[date]:
        """Every one of them."""
        return [self.since + timedelta(days=number) for number in range(self.days)]

    @property
    def starts_at(self) -> datetime:
        """The instant it begins."""
        return midnight(self.since, ZONE)

    @property
    def ends_at(self) -> datetime:
        """The instant it is over."""
        return midnight(self.until + timedelta(days=1), ZONE)

    def before(self, how: Literal["previous", "year"]) -> "Stretch":
        """The stretch to compare with: as many days just before, or the same days a year ago."""
        if how == "year":
            return Stretch(add_months(self.since, -12), add_months(self.until, -12))
        return Stretch(self.since - timedelta(days=self.days), self.since - timedelta(days=1))


@dataclass
class Figures(Recurring, Traded):
    """A day, or a month of days: volumes and movements summed up, what stands as it stood at the end."""

    label: str = ""

    def add(self, day: "Figures") -> None:
        """Take a later day in."""
        for field in fields(Recurring) + fields(Traded):
            setattr(self, field.name, getattr(self, field.name) + getattr(day, field.name))
        self.recurring_minor, self.payers, self.stores = day.recurring_minor, day.payers, day.stores

    @property
    def take_ppm(self) -> int | None:
        """Fees as parts per million of the volume."""
        return share_ppm(self.fee_minor, self.gmv_minor)

    @property
    def arpa_minor(self) -> int | None:
        """Recurring revenue by payer."""
        return round_half_away(Fraction(self.recurring_minor, self.payers)) if self.payers else None


def share_ppm(part: int, whole: int) -> int | None:
    """Return a share in parts per million to a hundredth of a percent, or None of nothing."""
    return round_half_away(Fraction(part * PPM, whole * 100)) * 100 if whole else None


def figures_of(stretch: Stretch, *, currency: str, now: datetime) -> list[Figures]:
    """Give every day of a stretch up to today, in two queries of kept days and, past the last kept, worked out now."""
    kept = {
        row.day: row
        for row in MetricDay.objects.filter(currency=currency, day__gte=stretch.since, day__lte=stretch.until)
    }
    today = local_day(now, ZONE)
    days = [day for day in stretch.all_days() if day <= today]
    missing = [day for day in days if day not in kept]
    fresh: dict[date, Recurring] = {}
    traded: dict[date, Traded] = {}
    if missing:
        worked_out = recurring_days(until=now, is_day_open=True)
        fresh = {day: row for (day, money), row in worked_out.items() if money == currency}
        sold = traded_days(since=midnight(missing[0], ZONE), until=now)
        traded = {day: row for (day, money), row in sold.items() if money == currency}
    return [_day(day, kept.get(day), fresh.get(day, Recurring()), traded.get(day, Traded())) for day in days]


def _day(day: date, kept: MetricDay | None, fresh: Recurring, traded: Traded) -> Figures:
    figures = Figures(label=f"{day:%m-%d}")
    for field in fields(Recurring) + fields(Traded):
        source = kept or (fresh if field.name in RECURRING_FIELDS else traded)
        setattr(figures, field.name, getattr(source, field.name))
    return figures


def grouped(days: Sequence[Figures], stretch: Stretch) -> list[Figures]:
    """Sum days up by the month when there are many; a few stay as they are."""
    if stretch.days <= _LONG:
        return list(days)
    months: dict[str, Figures] = {}
    for number, day in enumerate(days):
        label = f"{stretch.since + timedelta(days=number):%Y-%m}"
        months.setdefault(label, Figures(label=label)).add(day)
    return list(months.values())


def total_of(days: Iterable[Figures]) -> Figures:
    """Sum a stretch up to one figure each."""
    total = Figures()
    for day in days:
        total.add(day)
    return total


@dataclass(frozen=True, slots=True)
class Loss:
    """What was lost over a stretch, as shares of what there was at its beginning; None of nothing."""

    logo_ppm: int | None  # accounts that ended, by accounts
    gross_ppm: int | None  # churn and contraction, by recurring revenue
    net_ppm: int | None  # the same less expansion; below nothing is growth


def loss_of(total: Figures) -> Loss:
    """Work the rates out: what stood at the beginning is what stands at the end less what moved."""
    began = total.recurring_minor - total.moved_minor
    payers = total.payers - total.arrived - total.returned - total.parted + total.left + total.joined
    lost = -(total.churn_minor + total.contraction_minor)
    return Loss(
        logo_ppm=share_ppm(total.left, payers),
        gross_ppm=share_ppm(lost, began),
        net_ppm=share_ppm(lost - total.expansion_minor, began),
    )


@dataclass(frozen=True, slots=True)
class Trials:
    """What became of the trials that began in a stretch."""

    begun: int
    converted: int
    running: int

    @property
    def rate_ppm(self) -> int | None:
        """Those that pay, by those that are decided."""
        return share_ppm(self.converted, self.begun - self.running)


def trials_of(stretch: Stretch, *, currency: str) -> Trials:
    """Count the trials of a stretch in one query: one converts when a plan that was paid for begins."""
    plans = Phase.objects.filter(Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), subscription=OuterRef("pk"))
    pays = Exists(plans.exclude(price__edition__code=TRIAL))
    begun = Subscription.objects.filter(
        billing_account__currency=currency, started_at__gte=stretch.starts_at, started_at__lt=stretch.ends_at
    )
    counts = begun.annotate(pays=pays).aggregate(
        begun=Count("id"),
        converted=Count("id", filter=Q(pays=True) & ~Q(state=SubscriptionState.TRIALING)),
        running=Count("id", filter=Q(state=SubscriptionState.TRIALING)),
    )
    return Trials(**counts)


@dataclass(frozen=True, slots=True)
class AccountMove:
    """One account's movement, for the list under the figures."""

    account: BillingAccount
    move: Moved


def moves_in(stretch: Stretch, *, currency: str, now: datetime) -> list[AccountMove]:
    """List who moved in a stretch, the latest first, of a day the largest first."""
    found = [
        AccountMove(account, move)
        for account, moves in payer_moves(own_moves(until=now, zone=ZONE), until=now, zone=ZONE).items()
        if account.currency == currency
        for move in moves
        if stretch.since <= move.day <= stretch.until
    ]
    return sorted(found, key=lambda each: (each.move.day, abs(each.move.minor)), reverse=True)


@dataclass(frozen=True, slots=True)
class CohortCell:
    """How much of a month's newcomers is left at the end of a later month; None: that month has not come."""

    payers: int | None
    payers_ppm: int | None
    revenue_ppm: int | None


@dataclass(frozen=True, slots=True)
class CohortRow:
    """The accounts that began to pay in one month."""

    month: date
    payers: int
    recurring_minor: int
    cells: list[CohortCell]


def cohorts_of(*, months: int, currency: str, now: datetime) -> list[CohortRow]:
    """Follow the newcomers of each of the last months, the earliest first; in as few queries as one account needs."""
    this = local_day(now, ZONE).replace(day=1)
    starts = [add_months(this, -back) for back in reversed(range(months))]
    newcomers: dict[date, list[list[Moved]]] = {start: [] for start in starts}
    for account, moves in own_moves(until=now, zone=ZONE).items():
        if moves and account.currency == currency and (start := moves[0].day.replace(day=1)) in newcomers:
            newcomers[start].append(moves)
    return [_cohort(start, newcomers[start], this) for start in starts]


def _cohort(start: date, newcomers: list[list[Moved]], this: date) -> CohortRow:
    began = [_worth(moves, add_months(start, 1)) for moves in newcomers]
    # a newcomer that left in its first month still is one
    payers, recurring = len(newcomers), sum(moves[0].after_minor for moves in newcomers)
    cells, after = [], 1
    while payers and add_months(start, after - 1) <= this:
        worth = began if after == 1 else [_worth(moves, add_months(start, after)) for moves in newcomers]
        left = sum(1 for minor in worth if minor)
        cells.append(CohortCell(left, share_ppm(left, payers), share_ppm(sum(worth), recurring)))
        after += 1
    return CohortRow(start, payers, recurring, cells)


def _worth(moves: list[Moved], before: date) -> int:
    return next((move.after_minor for move in reversed(moves) if move.day < before), 0)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Open invoices that are so many days past due."""

    since: int
    until: int | None
    invoices: int
    due_minor: int


def aging(*, currency: str, now: datetime) -> list[Bucket]:
    """Sort what open invoices are due by how many of the payer's own days each is past due; in one query.

    An invoice is due on the day it is made; one that no try has failed for is not past due.
    """
    rows = Invoice.objects.filter(state=InvoiceState.OPEN, currency=currency).values_list(
        "due_minor", "issued_at", "overdue_since", "billing_account__timezone"
    )
    sums = [[0, 0] for _bucket in AGING]
    for due, issued_at, overdue_since, zone in rows:
        days = 0 if overdue_since is None else (_today(now, zone) - _today(issued_at, zone)).days
        for total, (since, until) in zip(sums, AGING, strict=True):
            if days >= since and (until is None or days <= until):
                total[0] += 1
                total[1] += due
    return [Bucket(*days, *total) for days, total in zip(AGING, sums, strict=True)]


def _today(moment: datetime, zone: str) -> date:
    return local_day(moment, BillingAccount(timezone=zone).zone)


@dataclass(frozen=True, slots=True)
class Failures:
    """Tries that brought no money, by why."""

    code: str
    tries: int
    amount_minor: int


def failures_of(stretch: Stretch, *, currency: str) -> list[Failures]:
    """Count the failed charges of a stretch by the card company's reason, the most frequent first."""
    failed = ChargeAttempt.objects.filter(
        state=AttemptState.FAILED, currency=currency, created_at__gte=stretch.starts_at, created_at__lt=stretch.ends_at
    )
    rows = failed.values_list("failure_code").annotate(tries=Count("id"), amount=Sum("amount_minor"))
    return [Failures(*row) for row in rows.order_by("-tries", "failure_code")]


def currencies() -> list[str]:
    """List the currencies merchants are billed in, the usual one first."""
    known = set(BillingAccount.objects.order_by().values_list("currency", flat=True).distinct())
    return sorted(known | {"CNY"}, key=lambda code: (code != "CNY", code))
