"""Our books against a company's statement of one day (I7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction

from kit.money import rate_of
from kit.ports.payments.bills import CHINA
from kit.ports.payments.words import StatementLine, Unreachable
from kit.tenancy import current_store
from tenants.journal.services import Actor, record
from tenants.payments.channels import ChannelMissing, all_channels, company_of
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
from tenants.payments.selectors_desk import DifferenceMissing
from tenants.payments.ways import COMPANIES, ways_of

LOOK_BACK = 7  # days: a statement that could not be read is tried again for so long
_READY_AT = time(10, 30)  # China's time; both companies have yesterday's by then


@dataclass(frozen=True, slots=True)
class Found:
    """One disagreement."""

    kind: DifferenceKind
    subject: str
    key: str
    ours_minor: int | None
    theirs_minor: int | None
    order_id: UUID | None


def reconcile_due(*, now: datetime) -> int:
    """Read and compare every statement that should be there by now and is not; return how many were compared."""
    local = now.astimezone(CHINA)
    last = local.date() - timedelta(days=1 if local.time() >= _READY_AT else 2)
    done = 0
    for channel in all_channels():
        if channel.provider not in COMPANIES or not channel.sealed:
            continue
        first = max(last - timedelta(days=LOOK_BACK - 1), channel.changed_at.astimezone(CHINA).date())
        read = set(
            Statement.objects.filter(provider=channel.provider, day__gte=first, trouble="").values_list(
                "day", flat=True
            )
        )
        for day in _days(first, last):
            if day not in read:
                done += reconcile_day(channel=channel, day=day, now=now)
    return done


def reconcile_day(*, channel: Channel, day: date, now: datetime) -> bool:
    """Read one statement, keep its rows, and write down where it and our books disagree; say whether it was read.

    Safe to repeat: rows are replaced, and a difference that is no longer there closes by itself.
    """
    try:
        lines = company_of(channel).read_statement(day=day)
    except (Unreachable, ChannelMissing) as trouble:
        told = {"read_at": now, "trouble": f"{type(trouble).__name__} {trouble}"[:120]}
        Statement.objects.update_or_create(provider=channel.provider, day=day, defaults=told)
        return False
    with transaction.atomic(durable=True):
        _keep(channel, day, lines, now)
        found = [*_told_but_not_ours(channel, lines), *_ours_but_not_told(channel, day)]
        _write(channel.provider, day, found, now)
    return True


def explain_difference(*, difference_id: UUID, note: str, by_name: str, now: datetime) -> None:
    """Close a difference with a person's words. :raises DifferenceMissing:"""
    with transaction.atomic(durable=True):
        found = Difference.objects.select_for_update().filter(pk=difference_id, state=DifferenceState.OPEN).first()
        if found is None or not note.strip():
            raise DifferenceMissing
        found.state, found.note = DifferenceState.EXPLAINED, note.strip()[:200]
        found.closed_by, found.closed_at = by_name, now
        found.save(update_fields=["state", "note", "closed_by", "closed_at"])
        actor = Actor(kind="staff", name=by_name)
        record(what="difference.explained", subject=found, at=now, actor=actor, reason=note)


def _keep(channel: Channel, day: date, lines: list[StatementLine], now: datetime) -> None:
    charges = [line for line in lines if line.kind == "charge"]
    refunds = [line for line in lines if line.kind == "refund"]
    statement, _is_new = Statement.objects.update_or_create(
        provider=channel.provider,
        day=day,
        defaults={
            "read_at": now,
            "trouble": "",
            "charges": len(charges),
            "charged_minor": sum(line.amount_minor for line in charges),
            "refunds": len(refunds),
            "refunded_minor": sum(line.amount_minor for line in refunds),
            "fee_minor": sum(line.fee_minor for line in lines),
        },
    )
    statement.rows.all().delete()
    StatementRow.objects.bulk_create(
        StatementRow(
            statement=statement,
            kind=line.kind,
            key=line.key[:80],
            provider_ref=line.provider_ref[:80],
            amount_minor=line.amount_minor,
            fee_minor=line.fee_minor,
            currency=line.currency,
            at=line.at,
        )
        for line in lines
    )


def _told_but_not_ours(channel: Channel, lines: list[StatementLine]) -> Iterable[Found]:
    payments = _payments([line.key for line in lines if line.kind == "charge"])
    refunds = _refunds([line.key for line in lines if line.kind == "refund"])
    for line in lines:
        if line.kind == "charge":
            ours = payments.get(line.key)
            is_done = ours is not None and ours.state == PaymentState.SUCCEEDED
            order_id = ours.first_order_id if ours else None
        else:
            back = refunds.get(line.key)
            is_done = back is not None and back.state == RefundState.SUCCEEDED and back.hand_at is None
            ours, order_id = back, back.payment.first_order_id if back else None  # type: ignore[assignment]
        amount = ours.amount_minor if ours else None
        found = (line.kind, line.key, amount, line.amount_minor, order_id)
        if ours is None:
            yield Found(DifferenceKind.MISSING_HERE, *found)
        elif amount != line.amount_minor:
            yield Found(DifferenceKind.AMOUNT, *found)
        elif not is_done:
            yield Found(DifferenceKind.STATE, *found)
        elif channel.fee_ppm and line.kind == "charge" and abs(line.fee_minor - _fee(channel, line)) > 1:
            yield Found(DifferenceKind.FEE, line.kind, line.key, _fee(channel, line), line.fee_minor, order_id)


def _ours_but_not_told(channel: Channel, day: date) -> Iterable[Found]:
    """What we settled on this day moved on this day or before: it must stand on this statement or an earlier one."""
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
            Difference.objects.filter(pk=old.pk).update(state=DifferenceState.OPEN, closed_at=None)
    gone = [one.pk for one in known.values() if one.state == DifferenceState.OPEN]
    Difference.objects.filter(pk__in=gone).update(state=DifferenceState.GONE, closed_at=now)


def _payments(keys: list[str]) -> dict[str, Payment]:
    return {one.key: one for one in Payment.objects.filter(key__in=keys)}


def _refunds(keys: list[str]) -> dict[str, Refund]:
    return {one.key: one for one in Refund.objects.select_related("payment").filter(key__in=keys)}


def _told(kind: str, keys: list[str]) -> set[str]:
    return set(StatementRow.objects.filter(kind=kind, key__in=keys).values_list("key", flat=True))


def _fee(channel: Channel, line: StatementLine) -> int:
    return rate_of(line.amount_minor, channel.fee_ppm)


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=place) for place in range((last - first).days + 1))
