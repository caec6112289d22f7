"""When a search finds nothing: goods that sound or are called alike, else what sells best."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pypinyin import lazy_pinyin

from tenants.campaigns.goods_on_offer import OfferedProduct
from tenants.campaigns.goods_sorted import offered_now
from tenants.catalog.models import Product
from tenants.catalog.selectors import worn_tags

SHOWN = 6
_SYLLABLE = 3  # letters: shorter ones stand in every second spelling


@dataclass(frozen=True, slots=True)
class Similar:
    """Goods instead of those that were not found; ``is_alike`` is false where nothing is and they are best sellers."""

    is_alike: bool
    goods: list[OfferedProduct]


def similar_goods(*, query: str, now: datetime, pickup_point_id: UUID | None) -> Similar:
    """Find goods on offer at a point that share signs or syllables with what was typed, most alike first."""
    offered = offered_now(now=now, pickup_point_id=pickup_point_id)
    rows = Product.objects.filter(pk__in=offered).annotate(worn=worn_tags()).values_list("pk", "search_text", "worn")
    ranked = [
        (_alike(query, text), -sum(item["sold"] for item in offered[pk][1]), OfferedProduct(pk, worn, *offered[pk]))
        for pk, text, worn in rows
    ]
    ranked.sort(key=lambda one: (-one[0], one[1], one[2].id))
    alike = [goods for likeness, _sold, goods in ranked if likeness]
    return Similar(bool(alike), (alike or [goods for _likeness, _sold, goods in ranked])[:SHOWN])


def _alike(query: str, text: str) -> int:
    """Count shared signs twice and shared sounds once: 平果 sounds like 苹果."""
    signs = {sign for sign in query.lower() if sign > "\u3400"}
    sounds = {sound for sound in lazy_pinyin(query.lower()) if len(sound) >= _SYLLABLE}
    return 2 * sum(sign in text for sign in signs) + sum(sound in text for sound in sounds)
