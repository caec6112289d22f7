"""What a store was paid, held against what billing was told of: a fact that was lost is left again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from billing.models.metering import ORDER_PAID, ORDER_REFUNDED, RatedFee, UsageEvent
from billing.selectors import working_stores
from billing.services.fall_behind import LONGEST_WAIT
from control.post.services import write_operators
from kit.tenancy import StoreRef, in_control, in_store
from tenants.journal.models import OutboxFact
from tenants.journal.services import leave_fact
from tenants.orders.models import Order
from tenants.payments.models import Refund, RefundState

log = structlog.get_logger(__name__)
WINDOW = timedelta(days=40)  # a month and what still moves after it
_SETTLED = timedelta(minutes=10)  # what is younger may be on its way
_AGAIN = "left_again_at"
_MOST = 20  # lines of a letter; the log has all


@dataclass(frozen=True, slots=True)
class _Fact:
    meter: str
    amount_minor: int
    currency: str
    occurred_at: datetime
    payload: dict[str, Any]


@dataclass
class Replayed:
    """What a comparison found, by event key: facts left again, and what only a person can judge."""

    store: StoreRef
    left_again: list[str] = field(default_factory=list)
    unfounded: list[str] = field(default_factory=list)  # metered, and the store knows of no such payment
    different: list[str] = field(default_factory=list)  # metered with another amount: amounts once metered never change
    unrated: list[str] = field(default_factory=list)
    waits_since: datetime | None = None  # the collector has not come

    @property
    def is_clean(self) -> bool:
        """Whether sum and keys agree and nothing waits."""
        return not (self.left_again or self.unfounded or self.different or self.unrated or self.waits_since)


def replay_usage(*, store: StoreRef, since: datetime, now: datetime) -> Replayed:
    """Rebuild from a store's orders and refunds what billing must have been told of, compare, and leave what is
    missing in the outbox again, from where it goes the usual way, priced by when it happened. Safe to repeat: the
    fact's key is the same, so it counts once.
    """
    until = now - _SETTLED
    found = Replayed(store)
    with in_store(store), transaction.atomic():
        due = dict(_facts(since, until))
        facts = OutboxFact.objects.values_list("event_key", "occurred_at", "payload")
        waiting = {key: now if _AGAIN in payload else at for key, at, payload in facts}
    oldest = min(waiting.values(), default=now)
    found.waits_since = oldest if oldest < now - LONGEST_WAIT else None
    with in_control():
        events = UsageEvent.objects.filter(merchant_id=store.merchant_id)
        told = events.filter(occurred_at__gte=since, occurred_at__lt=until)
        known = dict(told.values_list("event_key", "amount_minor"))
        absent = [key for key in due if key not in known and key not in waiting]
        known.update(events.filter(event_key__in=absent).values_list("event_key", "amount_minor"))
        late = told.filter(fees=None, collected_at__lt=until)
        found.unrated = list(late.values_list("event_key", flat=True)) if _is_billed(store) else []
    found.left_again = [key for key in absent if key not in known]
    found.unfounded = [key for key in known if key not in due]
    found.different = [key for key, fact in due.items() if known.get(key, fact.amount_minor) != fact.amount_minor]
    if found.left_again:
        with in_store(store), transaction.atomic():
            for key in found.left_again:
                fact = due[key]
                leave_fact(
                    event_key=key, meter=fact.meter, amount_minor=fact.amount_minor, currency=fact.currency,
                    occurred_at=fact.occurred_at, payload={**fact.payload, _AGAIN: now.isoformat()},
                )  # fmt: skip
    return found


def watch_usage(*, now: datetime) -> list[Replayed]:
    """Compare every store's last weeks, once a day, and write to the operators where something did not agree.

    A store that fails is reported and passed over.
    """
    found = []
    for store in working_stores():
        try:
            replayed = replay_usage(store=store, since=now - WINDOW, now=now)
        except Exception:
            log.exception("usage_not_compared", store=store.slug)
            continue
        if not replayed.is_clean:
            log.error("usage_disagrees", **_told(replayed))
            found.append(replayed)
    if found:
        _write_to_operators(found, now)
    return found


def _facts(since: datetime, until: datetime) -> Iterator[tuple[str, _Fact]]:
    """List what orders and refunds of a time must have told billing, by its key, as those stories tell it."""
    paid = Order.objects.filter(paid_at__gte=since, paid_at__lt=until)
    kept = Order.objects.filter(deposit_kept_at__gte=since, deposit_kept_at__lt=until)
    columns = ("pk", "number", "currency")
    for rows in (paid.values_list(*columns, "total_minor", "paid_at"),
                 kept.values_list(*columns, "deposit_minor", "deposit_kept_at")):  # fmt: skip
        for order_id, number, currency, amount, at in rows:
            assert at is not None, "the query asks for a time"
            payload = {"order_id": str(order_id), "order_number": number}
            yield f"order_paid:{order_id}", _Fact(ORDER_PAID, amount, currency, at, payload)
    # of a joint payment nothing goes back but by its orders' own parts
    refunds = Refund.objects.filter(is_return=False, state=RefundState.SUCCEEDED, payment__order__isnull=False)
    gone = refunds.filter(settled_at__gte=since, settled_at__lt=until)
    for refund_id, order_id, number, currency, amount, at in gone.values_list(
        "pk", "payment__order", "payment__order__number", "currency", "amount_minor", "settled_at"
    ):
        assert at is not None, "the query asks for a time"
        key = f"order_paid:{order_id}"
        payload = {"ref_event_key": key, "order_id": str(order_id), "order_number": number}
        yield f"order_refunded:{refund_id}", _Fact(ORDER_REFUNDED, amount, currency, at, payload)


def _is_billed(store: StoreRef) -> bool:
    return RatedFee.objects.filter(merchant_id=store.merchant_id).exists()


def _told(found: Replayed) -> dict[str, Any]:
    return {
        "store": found.store.slug,
        "left_again": found.left_again,
        "unfounded": found.unfounded,
        "different": found.different,
        "unrated": found.unrated,
        "waits_since": found.waits_since.isoformat() if found.waits_since else None,
    }


def _write_to_operators(found: Sequence[Replayed], now: datetime) -> None:
    lines = [f"{name} {what}: {told}" for name, what, told in _lines(found)]
    more = f"\n… {len(lines) - _MOST} more in the log" if len(lines) > _MOST else ""
    write_operators(
        subject="邻里：用量和订单对不上 · Usage and orders disagree", text="\n".join(lines[:_MOST]) + more, now=now
    )


def _lines(found: Sequence[Replayed]) -> Iterator[tuple[str, str, str]]:
    for each in found:
        for what, keys in (
            ("漏报，已补报 left again", each.left_again),
            ("店里没有这笔 unfounded", each.unfounded),
            ("金额不一致 another amount", each.different),
            ("没有计费 unrated", each.unrated),
            ("采集停了 collector has not come since", [each.waits_since.isoformat()] if each.waits_since else []),
        ):
            for key in keys:
                yield each.store.slug, what, key
