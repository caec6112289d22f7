"""Giving paid orders their fee, a whole batch in one statement for each counter it touches.

The rule is ``billing.rating.rate_order``; here it is said once more in SQL, because a batch of orders is a window sum:
no order waits for the one before it to travel to us and back. `tests/billing/test_rating_in_sql.py` holds the two
against each other for terms and orders of every kind.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from billing.calendar import Period, local_day, period_holding
from billing.grounds import Ground, Grounds
from billing.models.metering import ORDER_PAID, FeeKind, RatingCounter
from billing.rating import FeeTerms
from kit.money import PPM
from kit.tenancy.sql import run

# {variable}, {room} and {parts} are written from the terms' own whole numbers, see below; everything else is bound.
_RATE = """
WITH orders AS (
    SELECT id, amount_minor AS amount, occurred_at, row_number() OVER by_id AS n,
           %(gmv)s::bigint + (sum(amount_minor) OVER by_id)::bigint AS gmv_after
    FROM billing_waitingusage w JOIN billing_usageevent ON id = w.event_id
    WHERE w.merchant_id = %(merchant)s AND w.event_id <= %(last)s
      AND meter = %(meter)s AND occurred_at >= %(since)s AND occurred_at < %(until)s
    WINDOW by_id AS (ORDER BY id)
), cut AS (
    SELECT orders.*, %(orders)s + n AS number,
           greatest(0, gmv_after - amount - %(included)s::bigint) AS x0,
           greatest(0, gmv_after - %(included)s::bigint) AS x1
    FROM orders
), plain AS (
    SELECT cut.*, {variable} AS v, CASE WHEN number > %(free)s THEN %(fixed)s::bigint ELSE 0 END AS f FROM cut
), capped AS (
    SELECT plain.*, v + f > %(cap)s::bigint AS is_capped, least(v, %(cap)s::bigint) AS v1,
           least(f, %(cap)s::bigint - least(v, %(cap)s::bigint)) AS f1
    FROM plain
), floored AS (
    SELECT capped.*, v1 + f1 < %(floor)s AS is_floored,
           CASE WHEN v1 + f1 < %(floor)s THEN %(floor)s - v1 ELSE f1 END AS f2
    FROM capped
), counted AS (
    SELECT floored.*, {room} AS room
    FROM floored
), rated AS (
    SELECT counted.*, coalesce(v1 + f2 > room, false) AS is_full,
           CASE WHEN v1 + f2 > room THEN least(v1, room) ELSE v1 END AS variable,
           CASE WHEN v1 + f2 > room THEN least(f2, room - least(v1, room)) ELSE f2 END AS fixed
    FROM counted
), written AS (
    INSERT INTO billing_ratedfee (id, event_id, kind, merchant_id, phase_id, payer_id,
                                  service_starts_at, service_ends_at, amount_minor, variable_minor, fixed_minor,
                                  working, rated_at, is_closed)
    SELECT id, id, %(kind)s, %(merchant)s, %(phase)s, %(payer)s::uuid, months.starts_at, months.ends_at,
           variable + fixed, variable, fixed,
           jsonb_build_object('gmv_before', gmv_after - amount, 'order_number', number, 'included', amount - (x1 - x0),
               'parts', {parts}, 'rules',
               CASE WHEN is_capped THEN '["order_cap"]'::jsonb ELSE '[]'::jsonb END
               || CASE WHEN is_floored THEN '["order_floor"]'::jsonb ELSE '[]'::jsonb END
               || CASE WHEN is_full THEN '["interval_cap"]'::jsonb ELSE '[]'::jsonb END),
           %(now)s, false
    FROM rated JOIN unnest(%(month_starts)s::timestamptz[], %(month_ends)s::timestamptz[]) months (starts_at, ends_at)
         ON occurred_at >= months.starts_at AND occurred_at < months.ends_at
    RETURNING amount_minor
), done AS (
    DELETE FROM billing_waitingusage w USING orders WHERE w.event_id = orders.id
)
SELECT (SELECT count(*) FROM written) AS orders, (SELECT coalesce(sum(amount), 0) FROM orders)::bigint AS gmv,
       (SELECT coalesce(sum(amount_minor), 0) FROM written)::bigint AS charged
"""
# What an interval's cap leaves for an order after those before it; without a cap nothing is summed.
_ROOM = """greatest(0, %(most)s::bigint - %(charged)s::bigint
                       - ((sum(v1 + f2) OVER (ORDER BY id))::bigint - (v1 + f2)))"""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The instants that one counter counts, on one ground, and the months in them."""

    ground: Ground
    counter: Period
    since: datetime
    until: datetime
    months: tuple[Period, ...]


def rate_orders(*, grounds: Grounds, moments: Iterable[datetime], last: UUID, now: datetime) -> int:
    """Rate the paid orders of an account that wait, up to one event; return how many.

    In the caller's transaction and under the usage locks of its family. ``moments`` are when they were paid; what
    cannot be rated must have left the queue.
    """
    times = sorted(moments)
    if not times:
        return 0
    merchant_id = grounds.billing_account.merchant_id
    return sum(_rate(stretch, merchant_id=merchant_id, last=last, now=now) for stretch in _stretches(grounds, times))


def _stretches(grounds: Grounds, times: Sequence[datetime]) -> Iterator[_Stretch]:
    """Cut the time of some orders by ground and by counter; a stretch without an order is left out."""
    for ground, begins, ends in grounds.over(times):
        zone, phase = ground.account.zone, ground.phase
        by_counter: dict[Period, set[date]] = {}
        for day in {local_day(moment, zone) for moment in times if begins <= moment < ends}:
            counter = period_holding(phase.anchor, day, months=phase.price.months)
            by_counter.setdefault(counter, set()).add(day)
        for counter in sorted(by_counter, key=lambda period: period.starts_on):
            months = {period_holding(phase.anchor, day, months=1) for day in by_counter[counter]}
            yield _Stretch(
                ground=ground,
                counter=counter,
                since=max(begins, counter.starts_at(zone)),
                until=min(ends, counter.ends_at(zone)),
                months=tuple(sorted(months, key=lambda period: period.starts_on)),
            )


def _rate(stretch: _Stretch, *, merchant_id: UUID, last: UUID, now: datetime) -> int:
    zone, phase, payer = stretch.ground.account.zone, stretch.ground.phase, stretch.ground.payer
    RatingCounter.objects.get_or_create(
        phase=phase, starts_at=stretch.counter.starts_at(zone), defaults={"ends_at": stretch.counter.ends_at(zone)}
    )
    counter = RatingCounter.objects.select_for_update().get(phase=phase, starts_at=stretch.counter.starts_at(zone))
    terms = phase.price.fee_terms
    bound: dict[str, Any] = {
        "merchant": merchant_id,
        "phase": phase.pk,
        "payer": payer.pk if payer else None,
        "meter": ORDER_PAID,
        "kind": FeeKind.FEE.value,
        "last": last,
        "since": stretch.since,
        "until": stretch.until,
        "now": now,
        "gmv": counter.gmv_minor,
        "orders": counter.orders,
        "charged": counter.charged_minor,
        "included": terms.included_minor,
        "free": terms.fixed_free_orders,
        "fixed": terms.fixed_minor,
        "cap": terms.order_cap_minor,
        "floor": terms.order_floor_minor,
        "most": terms.interval_cap_minor,
        "month_starts": [month.starts_at(zone) for month in stretch.months],
        "month_ends": [month.ends_at(zone) for month in stretch.months],
    }
    variable = f"({_rounded(terms, 'x1')} - {_rounded(terms, 'x0')})"
    room = "NULL::bigint" if terms.interval_cap_minor is None else _ROOM
    (done,) = run(_RATE.format(variable=variable, room=room, parts=_parts(terms)), bound)
    counter.gmv_minor += done["gmv"]
    counter.orders += done["orders"]
    counter.charged_minor += done["charged"]
    counter.save(update_fields=["gmv_minor", "orders", "charged_minor"])
    return int(done["orders"])


def _tiers(terms: FeeTerms) -> Iterator[tuple[int, int | None, int]]:
    lower = 0
    for tier in terms.tiers:
        yield lower, tier.up_to_minor, int(tier.ppm)
        lower = int(tier.up_to_minor or 0)


def _rounded(terms: FeeTerms, volume: str) -> str:
    """Write F: the fee of a whole volume, half away from zero; in numeric, where no product is too large."""
    parts = " + ".join(
        f"{ppm}::numeric * greatest(0, {_least(volume, upper)} - {lower})" for lower, upper, ppm in _tiers(terms)
    )
    return f"div(2 * ({parts}) + {PPM}, {2 * PPM})::bigint"


def _parts(terms: FeeTerms) -> str:
    """Write the stretches of an order's amount by their rate, leaving out those it does not reach."""
    written = []
    for lower, upper, ppm in _tiers(terms):
        inside = f"({_least('x1', upper)} - greatest(x0, {lower}))"
        one = f"jsonb_build_array(jsonb_build_array({ppm}, {inside}))"
        written.append(f"CASE WHEN {inside} > 0 THEN {one} ELSE '[]'::jsonb END")
    return " || ".join(f"({one})" for one in written)


def _least(volume: str, upper: int | None) -> str:
    return volume if upper is None else f"least({volume}, {int(upper)})"
