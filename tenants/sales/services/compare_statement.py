"""Where our books and a company's kept statements disagree: found, written down, and gone when it is put right."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from kit.money import rate_of
from kit.ports.payments.bills import CHINA
from kit.tenancy import current_store
from tenants.payments.models import (
    Channel,
    Difference,
    DifferenceKind,
    DifferenceState,
    Payment,
    PaymentState,
    Refund,
    RefundState,
    Statement,
    StatementRow,
)
from tenants.payments.ways import ways_of


@dataclass(frozen=True, slots=True)
class Found:
    """One disagreement."""

    kind: DifferenceKind
    subject: str
    key: str
    ours_minor: int | None
    theirs_minor: int | None
    order_id: UUID | None


@dataclass(frozen=True, slots=True)
class _Ours:
    """What we know by one key: an amount, whether we think it moved, and its order."""

    amount_minor: int
    currency: str
    is_done: bool
    order_id: UUID
    is_under_way: bool = False  # the company took it in and a bank has days for it: the janitor still asks
    is_bounced: bool = False  # came back from the bank (note_bounced): somebody is still owed it


def compare_day(*, channel: Channel, day: date, now: datetime) -> None:
    """Compare a day's kept statement with our books, in the caller's transaction, and write down what differs."""
    _write(channel.provider, day, [*_told_but_not_ours(channel, day), *_ours_but_not_told(channel, day)], now)


def compare_again(*, channel: Channel, since: date, now: datetime) -> None:
    """Compare days with open differences again, asking nobody: what was settled since, or stands on another day's
    statement, closes by itself.
    """
    open_ones = Difference.objects.filter(provider=channel.provider, state=DifferenceState.OPEN, day__gte=since)
    days = open_ones.exclude(kind=DifferenceKind.DISPUTE).order_by("day").values_list("day", flat=True).distinct()
    read = Statement.objects.filter(provider=channel.provider, day__in=days, trouble="").order_by("day")
    for day in list(read.values_list("day", flat=True)):
        with transaction.atomic(durable=True):
            compare_day(channel=channel, day=day, now=now)


def _told_but_not_ours(channel: Channel, day: date) -> Iterable[Found]:
    rows = list(StatementRow.objects.filter(statement__provider=channel.provider, statement__day=day).order_by("id"))
    known = {kind: _ours(kind, [row.key for row in rows if row.kind == kind]) for kind in ("charge", "refund")}
    moved = _moved(channel.provider, {row.key for row in rows})
    for row in {(row.kind, row.key): row for row in rows}.values():
        ours, theirs = known[row.kind].get(row.key), moved[row.kind, row.key]
        found = (row.kind, row.key, ours.amount_minor if ours else None, theirs, ours.order_id if ours else None)
        if ours is None:
            yield Found(DifferenceKind.MISSING_HERE, *found)
        elif ours.is_bounced:
            yield Found(DifferenceKind.STATE, *found)
        elif theirs == 0 and not ours.is_done:
            continue  # it went, and came back: nothing moved, and so say we
        elif (ours.amount_minor, ours.currency) != (theirs, row.currency):
            yield Found(DifferenceKind.AMOUNT, *found)
        elif not ours.is_done and not ours.is_under_way:
            yield Found(DifferenceKind.STATE, *found)
        elif channel.fee_ppm and row.kind == "charge" and abs(row.fee_minor - _fee(channel, row)) > 1:
            yield Found(DifferenceKind.FEE, row.kind, row.key, _fee(channel, row), row.fee_minor, ours.order_id)


def _ours(kind: str, keys: list[str]) -> dict[str, _Ours]:
    if kind == "charge":
        return {
            one.key: _Ours(one.amount_minor, one.currency, one.state == PaymentState.SUCCEEDED, one.first_order_id)
            for one in Payment.objects.filter(key__in=keys)
        }
    return {
        one.key: _Ours(
            one.amount_minor,
            one.currency,
            one.state == RefundState.SUCCEEDED and one.hand_at is None,
            one.payment.first_order_id,
            is_under_way=one.state == RefundState.SENT and one.next_look_at is not None,
            is_bounced=one.state == RefundState.SUCCEEDED and bool(one.failure),
        )
        for one in Refund.objects.select_related("payment").filter(key__in=keys)
    }


def _moved(provider: str, keys: set[str]) -> dict[tuple[str, str], int]:
    """Add up what a company moved under each key, on all its statements: a refund may come back days later."""
    rows = StatementRow.objects.filter(statement__provider=provider, key__in=keys).order_by()
    sums = rows.values("kind", "key").annotate(amount_minor=Sum("amount_minor"))
    return {(one["kind"], one["key"]): one["amount_minor"] for one in sums}


def _ours_but_not_told(channel: Channel, day: date) -> Iterable[Found]:
    """What we settled on this day moved about then: it must stand on this statement, or on one beside it."""
    ways = [way.code for way in ways_of(channel.provider)]
    start = datetime.combine(day, time(), tzinfo=CHINA)
    bounds = {"settled_at__gte": start, "settled_at__lt": start + timedelta(days=1)}
    # The parts of a joint payment are ours alone: the company knows the whole
    charges = Payment.objects.filter(method__in=ways, state=PaymentState.SUCCEEDED, part_of=None)
    payments = list(charges.filter(**bounds))
    told = _told("charge", [payment.key for payment in payments])
    for payment in payments:
        if payment.key not in told:
            found = ("charge", payment.key, payment.amount_minor, None, payment.first_order_id)
            yield Found(DifferenceKind.MISSING_THERE, *found)
    refunds = list(
        Refund.objects.select_related("payment").filter(
            payment__method__in=ways, state=RefundState.SUCCEEDED, to_balance=False, hand_at=None, **bounds
        )
    )
    told = _told("refund", [refund.key for refund in refunds])
    for refund in refunds:
        if refund.key not in told:
            found = ("refund", refund.key, refund.amount_minor, None, refund.payment.first_order_id)
            yield Found(DifferenceKind.MISSING_THERE, *found)


def _told(kind: str, keys: list[str]) -> set[str]:
    return set(StatementRow.objects.filter(kind=kind, key__in=keys).values_list("key", flat=True))


def _fee(channel: Channel, row: StatementRow) -> int:
    return rate_of(row.amount_minor, channel.fee_ppm)


def _write(provider: str, day: date, found: list[Found], now: datetime) -> None:
    # What a bank took is on no statement of charges: only the bank, or a person, ends it
    written = Difference.objects.filter(provider=provider, day=day).exclude(kind=DifferenceKind.DISPUTE)
    known = {(one.kind, one.subject, one.key): one for one in written}
    for one in found:
        old = known.pop((one.kind.value, one.subject, one.key), None)
        if old is None:
            Difference.objects.create(
                provider=provider,
                day=day,
                kind=one.kind,
                subject=one.subject,
                key=one.key[:80],
                ours_minor=one.ours_minor,
                theirs_minor=one.theirs_minor,
                order_id_hint=one.order_id,
                currency=current_store().currency,
                found_at=now,
            )
        elif old.state == DifferenceState.GONE:
            Difference.objects.filter(pk=old.pk).update(
                state=DifferenceState.OPEN, closed_at=None, ours_minor=one.ours_minor, theirs_minor=one.theirs_minor
            )
    gone = [one.pk for one in known.values() if one.state == DifferenceState.OPEN]
    Difference.objects.filter(pk__in=gone).update(state=DifferenceState.GONE, closed_at=now)
