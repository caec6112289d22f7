"""热词: what shoppers of this store searched for with results in a week, as the desk lets it be shown."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Sum

from kit.tenancy import current_store
from tenants.campaigns.models import Campaign, CampaignItem, CampaignState
from tenants.campaigns.reach import hidden_at, sold_at
from tenants.catalog.models import Product, ProductState
from tenants.catalog.offering import only_on_offer, wall_at
from tenants.catalog.search_words import wanted_words
from tenants.inventory.selectors import store_day
from tenants.wishes.models import HotWord, SearchedWords

SHOWN = 10
LEAST = 3  # times in a week: what fewer searched for is nobody's business
DAYS = 7
_MOST = 100


@dataclass(frozen=True, slots=True)
class CountedWord:
    """Words, how often they were searched for in a week, and what the desk decided, if anything."""

    words: str
    times: int
    is_pinned: bool | None


def counted_words(*, now: datetime) -> list[CountedWord]:
    """List the words of a week and those the desk decided on: pinned ones first, then by how often. Two statements."""
    decided = {word.words: word.is_pinned for word in HotWord.objects.all()}
    since = store_day(now) - timedelta(days=DAYS)
    sums = SearchedWords.objects.filter(day__gt=since).values_list("words").annotate(n=Sum("times"))
    often = dict(sums.filter(n__gte=LEAST).order_by("-n", "words")[:_MOST])
    missing = [words for words in decided if words not in often]
    rows = [CountedWord(words, times, decided.get(words)) for words, times in often.items()]
    rows += [CountedWord(words, 0, decided[words]) for words in missing]
    return sorted(rows, key=lambda row: (not row.is_pinned, -row.times, row.words))


def hot_words(*, now: datetime, pickup_point_id: UUID | None) -> list[str]:
    """List up to ten words that find something at this point now: the desk's own first, then what was sought most."""
    wanted = [row.words for row in counted_words(now=now) if row.is_pinned is not False]
    texts = _texts_on_offer(now, pickup_point_id) if wanted else []
    return [words for words in wanted if _finds(words, texts)][:SHOWN]


def _texts_on_offer(now: datetime, point_id: UUID | None) -> list[str]:
    lists = Campaign.objects.filter(state=CampaignState.PUBLISHED, opens_at__lte=now, cutoff_at__gt=now)
    if point_id:
        lists = lists.filter(sold_at(point_id))
    offered = CampaignItem.objects.filter(campaign__in=lists, sku__product=OuterRef("pk"), sku__is_active=True)
    if point_id:
        offered = offered.exclude(hidden_at(point_id))
    products = Product.objects.filter(Exists(offered), state=ProductState.ON_SALE)
    found = only_on_offer(products, wall_at(now, timezone=current_store().timezone), path="")
    return list(found.values_list("search_text", flat=True))


def _finds(words: str, texts: list[str]) -> bool:
    # the same rule as products_matching: all words stand in the text
    parts = wanted_words(words)
    return any(all(part in text for part in parts) for text in texts)
