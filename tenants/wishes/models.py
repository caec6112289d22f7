"""Goods that members wait for, words that shoppers searched for, and what the desk says of those words."""

from typing import ClassVar

from django.db import models

from kit.tenancy.models import ScopedModel
from tenants.catalog.models import Sku
from tenants.leaders.models import PickupPoint
from tenants.members.models import Member


class StockWait(ScopedModel):
    """到货提醒: a member wants to be told when a SKU can be bought again. Told once; asking again is another row."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="stock_waits")
    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="+")
    pickup_point = models.ForeignKey(PickupPoint, null=True, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sku", "member"], name="waited_for_once", condition=models.Q(told_at=None)),
        ]
        indexes: ClassVar = [models.Index(fields=["member", "-asked_at"], name="stock_waits_of_member")]

    def __str__(self) -> str:
        return f"{self.member_id} waits for {self.sku_id}"


class SearchedWords(ScopedModel):
    """How often words with results were searched for on a day of the store. By whom is not kept."""

    day = models.DateField()
    words = models.CharField(max_length=20)
    times = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["day", "words"], name="searched_words_of_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.words} ×{self.times}"


class HotWord(ScopedModel):
    """What the desk decided of some words: always shown first, or never."""

    words = models.CharField(max_length=20, unique=True)
    is_pinned = models.BooleanField()  # otherwise it is never shown
    at = models.DateTimeField()
    by_name = models.CharField(max_length=60)

    def __str__(self) -> str:
        return self.words
