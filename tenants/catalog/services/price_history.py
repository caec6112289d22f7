"""What was asked for goods and since when, and what a strike-through price may be measured by."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from tenants.catalog.models import PriceRecord, Sku

EVIDENCE = timedelta(days=30)
Prices = tuple[int, int | None, int | None]  # price, strike-through, member's; minor units


@dataclass(frozen=True)
class Asked:
    """A price somebody could buy at beside the shelf's own, between two moments: a group buy's."""

    price_minor: int
    since: datetime
    until: datetime


@dataclass(frozen=True)
class StrikeEvidence:
    """The lowest price really asked in the thirty days before the present one began; None: there was none."""

    lowest_minor: int | None
    since: datetime | None  # the present price

    def carries(self, strike_minor: int) -> bool:
        """Say whether a strike-through price is no more than what was asked."""
        return self.lowest_minor is not None and strike_minor <= self.lowest_minor


def prices_of(product_ids: Sequence[UUID]) -> dict[UUID, Prices]:
    """Read the prices of these products' SKUs before they change."""
    rows = Sku.objects.filter(product__in=product_ids).values_list("pk", *_PRICES)
    return {key: (price, strike, member) for key, price, strike, member in rows}


def note_prices(
    *, skus: Iterable[Sku], former: Mapping[UUID, Prices], since: datetime | None, now: datetime, by_name: str
) -> None:
    """Write a record for each SKU whose prices differ from its last record, in the caller's transaction.

    A SKU from before records were kept gets its ``former`` prices as the first, from when its product was made
    (``since``; None: not known, a day before now).
    """
    skus = list(skus)
    last = {
        record.sku_id: (record.price_minor, record.strike_minor, record.member_price_minor)
        for record in PriceRecord.objects.filter(sku__in=[sku.pk for sku in skus])
        .order_by("sku_id", "-at", "-id")
        .distinct("sku_id")
    }
    records = []
    for sku in skus:
        present = (sku.price_minor, sku.strike_minor, sku.member_price_minor)
        if sku.pk not in last and sku.pk in former:
            records.append(_record(sku.pk, former[sku.pk], at=since or now - timedelta(days=1), by_name=""))
        if last.get(sku.pk, former.get(sku.pk)) != present:
            records.append(_record(sku.pk, present, at=now, by_name=by_name))
    PriceRecord.objects.bulk_create(records, batch_size=1000)


def strike_evidence(
    sku_ids: Sequence[UUID], *, asked: Mapping[UUID, Collection[Asked]] | None = None
) -> dict[UUID, StrikeEvidence]:
    """Work out for each SKU what its strike-through price is measured by. One query.

    ``asked`` are prices of group buys, which count as the shelf's own do.

    The rule: a struck price is one that was really asked, the lowest of the thirty days before the present price
    began (九不得; 规范促销行为暂行规定; docs/decisions/0052).
    """
    records: dict[UUID, list[PriceRecord]] = {}
    for record in PriceRecord.objects.filter(sku__in=list(sku_ids)).order_by("at", "id"):
        records.setdefault(record.sku_id, []).append(record)
    return {key: _evidence(records.get(key, []), (asked or {}).get(key, ())) for key in sku_ids}


def shelf_prices(sku_ids: Sequence[UUID], *, since: datetime, until: datetime) -> list[tuple[UUID, Asked]]:
    """List what the shelf asked for SKUs at any moment between two others, each with its SKU. Two queries.

    A SKU from before records were kept asked its present price all the time.
    """
    records: dict[UUID, list[PriceRecord]] = {}
    for record in PriceRecord.objects.filter(sku__in=list(sku_ids), at__lt=until).order_by("at", "id"):
        records.setdefault(record.sku_id, []).append(record)
    found = []
    for sku_id, known in records.items():
        ends = [*(after.at for after in known[1:]), until]
        for record, end in zip(known, ends, strict=True):
            if end > since:
                found.append((sku_id, Asked(record.price_minor, record.at, end)))
    bare = Sku.objects.filter(pk__in=set(sku_ids) - set(records), price_records=None)
    return found + [(sku_id, Asked(price, since, until)) for sku_id, price in bare.values_list("pk", "price_minor")]


def _evidence(records: Sequence[PriceRecord], elsewhere: Collection[Asked]) -> StrikeEvidence:
    if not records:
        return StrikeEvidence(None, None)
    began = len(records) - 1
    while began and records[began - 1].price_minor == records[-1].price_minor:
        began -= 1
    since = records[began].at
    # A price counts if it was still asked at some moment of the thirty days
    asked = [record.price_minor for record, after in pairwise(records[: began + 1]) if after.at > since - EVIDENCE]
    asked += [one.price_minor for one in elsewhere if one.since < since and one.until > since - EVIDENCE]
    return StrikeEvidence(min(asked, default=None), since)


def _record(sku_id: UUID, prices: Prices, *, at: datetime, by_name: str) -> PriceRecord:
    price, strike, member = prices
    return PriceRecord(
        sku_id=sku_id, price_minor=price, strike_minor=strike, member_price_minor=member, at=at, by_name=by_name
    )


_PRICES = ("price_minor", "strike_minor", "member_price_minor")
