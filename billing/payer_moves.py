"""Movements of recurring revenue by who pays: headquarters and the stores it pays for are one.

A store that headquarters begins to pay for moves no money: what it was worth goes on, under another payer. Such a day
counts one payer less, and neither churn nor growth; what its plan does from then on is growth or shrinking of the
payer (docs/decisions/0074).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.calendar import local_day
from billing.models.agreements import BillingAccount
from billing.models.payers import PayerLink
from billing.recurring import Move, Moved, kind_of


@dataclass
class _Standing:
    """Who pays for whom, and what each is worth, as days go by."""

    payer_of: dict[UUID, UUID] = field(default_factory=dict)
    members: dict[UUID, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    worth: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    were: set[UUID] = field(default_factory=set)  # those that were ever worth something

    def total(self, payer: UUID) -> int:
        return sum(self.worth[member] for member in self.members[payer])

    def hand(self, account: UUID, payer: UUID) -> None:
        self.members[self.payer_of.get(account, account)].discard(account)
        self.payer_of[account] = payer
        self.members[payer].add(account)

    def was_ever(self, payer: UUID) -> bool:
        return not self.were.isdisjoint({payer, *self.members[payer]})


def payer_moves(
    own: Mapping[BillingAccount, Sequence[Moved]], *, until: datetime, zone: ZoneInfo
) -> dict[BillingAccount, list[Moved]]:
    """Sum stores' own movements up by who paid at each day's end. They add up to the same difference."""
    accounts = {account.pk: account for account in own}
    values: dict[date, dict[UUID, int]] = defaultdict(dict)
    for account, moves in own.items():
        for move in moves:
            values[move.day][account.pk] = move.after_minor
    handed = _handed_over(accounts, until=until, zone=zone)
    standing = _Standing()
    for pk in accounts:
        standing.hand(pk, pk)
    found: dict[BillingAccount, list[Moved]] = {account: [] for account in accounts.values()}
    for day in sorted({*values, *handed}):
        for payer, moves in _day(standing, handed.get(day, {}), values.get(day, {}), day).items():
            found[accounts[payer]] += moves
    return found


def _handed_over(
    accounts: dict[UUID, BillingAccount], *, until: datetime, zone: ZoneInfo
) -> dict[date, dict[UUID, UUID]]:
    """Say for each day whose payer is another at its end, and who that is; payers are added to the accounts."""
    handed: dict[date, dict[UUID, UUID]] = defaultdict(dict)
    links = PayerLink.objects.filter(approved_at__isnull=False, starts_at__lte=until)
    links = links.select_related("child__merchant", "payer__merchant")
    # the end of one before the beginning of the next at the same midnight
    events = [(link.starts_at, 1, link) for link in links]
    events += [(link.ends_at, 0, link) for link in links if link.ends_at is not None and link.ends_at <= until]
    for moment, begins, link in sorted(events, key=lambda event: event[:2]):
        accounts.setdefault(link.payer_id, link.payer)
        accounts.setdefault(link.child_id, link.child)
        handed[local_day(moment, zone)][link.child_id] = link.payer_id if begins else link.child_id
    return handed


def _day(
    standing: _Standing, handed: Mapping[UUID, UUID], values: Mapping[UUID, int], day: date
) -> dict[UUID, list[Moved]]:
    touched = {standing.payer_of.get(pk, pk) for pk in (*handed, *values)} | set(handed.values())
    stood = {payer: standing.total(payer) for payer in touched}
    for account, payer in handed.items():
        standing.hand(account, payer)
    before = {payer: standing.total(payer) for payer in touched}
    was_ever = {payer: standing.was_ever(payer) for payer in touched}
    standing.worth.update(values)
    standing.were.update(pk for pk, value in values.items() if value)
    moves: dict[UUID, list[Moved]] = {}
    for payer in touched:
        of_payer = []
        if bool(before[payer]) != bool(stood[payer]):
            of_payer.append(Moved(day, Move.PARTED if before[payer] else Move.JOINED, before[payer], before[payer]))
        after = standing.total(payer)
        if after != before[payer]:
            kind = kind_of(before[payer], after, was_ever=was_ever[payer])
            of_payer.append(Moved(day, kind, before[payer], after))
        if of_payer:
            moves[payer] = of_payer
    return moves
