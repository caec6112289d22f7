"""A group buy and what it offers."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel
from tenants.catalog.models import Sku


class CampaignState(models.TextChoices):
    """What the merchant decided. Whether it is open now follows from this and the clock: see ``shown_state``."""

    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    PAUSED = "paused", _("已暂停")
    CANCELLED = "cancelled", _("已取消")


class Campaign(ScopedModel):
    """A list of goods that neighbours may order until the cut-off and fetch on the pickup day."""

    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, default="daily")
    state = models.CharField(max_length=10, choices=CampaignState.choices, default=CampaignState.DRAFT)
    opens_at = models.DateTimeField()
    cutoff_at = models.DateTimeField()  # exclusive: at this instant it is over
    pickup_date = models.DateField()
    notice = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(cutoff_at__gt=models.F("opens_at")), name="cutoff_after_opening"),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "cutoff_at"], name="campaigns_running")]

    def __str__(self) -> str:
        return self.name

    def shown_state(self, now: datetime) -> str:
        """Say what a shopper sees: draft, scheduled, open, paused, closed or cancelled."""
        if self.state in (CampaignState.DRAFT, CampaignState.CANCELLED):
            return str(self.state)
        if now >= self.cutoff_at:
            return "closed"
        if self.state == CampaignState.PAUSED:
            return "paused"
        return "open" if now >= self.opens_at else "scheduled"


class CampaignItem(ScopedModel):
    """One SKU on the list, at this campaign's price, within its quota."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="items")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="offers")
    price_minor = models.BigIntegerField()
    strike_minor = models.BigIntegerField(null=True)
    quota = models.PositiveIntegerField(null=True)  # none: as much as there is stock
    taken = models.PositiveIntegerField(default=0)  # reserved or sold; changed only by a guarded UPDATE
    sold = models.PositiveIntegerField(default=0)  # paid for
    per_member_limit = models.PositiveIntegerField(null=True)
    commission_ppm = models.PositiveIntegerField(null=True)  # overrides the store's rules for this item
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign", "sku"], name="offered_once"),
            models.CheckConstraint(condition=models.Q(price_minor__gt=0), name="offer_has_price"),
            models.CheckConstraint(
                condition=models.Q(quota__isnull=True) | models.Q(quota__gte=models.F("taken")),
                name="quota_not_oversold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id} @ {self.price_minor}"
