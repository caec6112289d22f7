"""Words that found something are counted by the day, without a word of who typed them."""

import re
from datetime import datetime

from django.db import transaction
from django.db.models import F

from tenants.catalog.models import ProductState
from tenants.catalog.selectors import products_matching
from tenants.inventory.selectors import store_day
from tenants.wishes.models import SearchedWords

LONGEST = 20
_NUMBER = re.compile(r"\d{4}")  # a phone, an order's number, a house: never anybody's hot word


def plain_words(query: str) -> str:
    """Write what was typed the one way it is counted: small letters, single spaces."""
    return " ".join(query.lower().split())


def note_search(*, query: str, now: datetime) -> bool:
    """Count words that find goods on the shelf; others are not kept at all. Say whether they were counted."""
    words = plain_words(query)
    if not 0 < len(words) <= LONGEST or _NUMBER.search(words):
        return False
    if not products_matching(query=words, state=ProductState.ON_SALE).exists():
        return False
    with transaction.atomic(durable=True):
        counted = SearchedWords.objects.filter(day=store_day(now), words=words)
        if not counted.update(times=F("times") + 1):
            first = SearchedWords(day=store_day(now), words=words)
            SearchedWords.objects.bulk_create([first], ignore_conflicts=True)  # or somebody else's, a moment ago
            counted.update(times=F("times") + 1)
    return True
