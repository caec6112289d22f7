"""Our books against a company's statement of one day (I7)."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Min

from kit.ports.payments.bills import CHINA
from kit.ports.payments.words import Rejected, StatementLine, Unreachable
from tenants.journal.services import Actor, record
from tenants.payments.channels import ChannelMissing, all_channels, company_of
from tenants.payments.models import Channel, Difference, DifferenceState, Payment, Statement, StatementRow
from tenants.payments.selectors_desk import DifferenceMissing
from tenants.payments.ways import COMPANIES, ways_of
from tenants.sales.services.compare_statement import compare_again, compare_day

COMPARE_BACK = 60  # days: while a difference is open, its day is compared again
LOOK_BACK = 7  # days: a statement that could not be read is tried again for so long
_READY_AT = time(10, 30)  # China's time; both companies have yesterday's by then


def reconcile_due(*, now: datetime) -> int:
    """Read and compare every statement that should be there by now and is not; return how many were compared."""
    local = now.astimezone(CHINA)
    last = local.date() - timedelta(days=1 if local.time() >= _READY_AT else 2)
    done = 0
    for channel in all_channels():
        if channel.provider not in COMPANIES or not channel.sealed:
            continue
        compare_again(channel=channel, since=last - timedelta(days=COMPARE_BACK), now=now)
        first = max(last - timedelta(days=LOOK_BACK - 1), _began(channel))
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
    except (Unreachable, Rejected, ChannelMissing) as trouble:
        told = {"read_at": now, "trouble": f"{type(trouble).__name__} {trouble}"[:120]}
        Statement.objects.update_or_create(provider=channel.provider, day=day, defaults=told)
        return False
    with transaction.atomic(durable=True):
        # A row written twice is one movement; two movements differ in their reference or their moment
        _keep(channel, day, list(dict.fromkeys(lines)), now)
        compare_day(channel=channel, day=day, now=now)
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
            key=(line.key or line.provider_ref)[:80],  # what has no number of ours was begun elsewhere
            provider_ref=line.provider_ref[:80],
            amount_minor=line.amount_minor,
            fee_minor=line.fee_minor,
            currency=line.currency,
            at=line.at,
        )
        for line in lines
    )


def _began(channel: Channel) -> date:
    """Say on which day the store's dealings with a company began; keys and switches may have changed since."""
    ways = [way.code for way in ways_of(channel.provider)]
    first = Payment.objects.filter(method__in=ways).aggregate(at=Min("created_at"))["at"]
    return min(at for at in (first, channel.changed_at) if at).astimezone(CHINA).date()


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=place) for place in range((last - first).days + 1))
