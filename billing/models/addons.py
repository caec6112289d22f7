"""What can be bought on top of a plan, by the piece: cities, staff packs."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language

from billing.models.agreements import Subscription
from billing.models.catalogue import Interval, TaxedPrice
from kit.tenancy.models import ScopedModel


class AddOn(ScopedModel):
    """One kind of extra, and what a piece of it adds to the plan's limits."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=30)
    name_en = models.CharField(max_length=40)
    gives = models.JSONField()  # {"cities": 1}, a piece
    editions = models.JSONField()  # codes of the editions that may have it
    rank = models.PositiveSmallIntegerField(unique=True)

    class Meta:
        ordering: ClassVar = ["rank"]

    def __str__(self) -> str:
        return self.name if (get_language() or "zh").startswith("zh") else self.name_en


class AddOnPrice(TaxedPrice):
    """What a piece costs for one interval. Guarded like a plan's price: frozen once held, never two at once."""

    add_on = models.ForeignKey(AddOn, on_delete=models.PROTECT, related_name="prices")
    currency = models.CharField(max_length=3)
    interval = models.CharField(max_length=5, choices=Interval.choices)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)  # exclusive; whoever bought before keeps it

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="add_on_price_not_negative"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")), name="add_on_validity_runs"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.add_on} {self.amount_minor} {self.currency}/{self.interval}"


class SubscriptionItem(ScopedModel):
    """So many pieces from then to then. Another quantity is another row; a later one is a planned change.

    Items run with the plan's own interval: they are charged at its boundaries and in between by the day.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="items")
    add_on = models.ForeignKey(AddOn, on_delete=models.PROTECT, related_name="items")
    price = models.ForeignKey(AddOnPrice, on_delete=models.PROTECT, related_name="items")
    quantity = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)  # exclusive

    class Meta:
        ordering: ClassVar = ["starts_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subscription", "add_on"], condition=Q(ends_at__isnull=True), name="one_open_item_an_add_on"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="item_quantity_positive"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")), name="item_runs_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.add_on} × {self.quantity}"

    @property
    def amount_minor(self) -> int:
        """What all its pieces cost for one interval: rounding is by the line, never by the piece."""
        return self.price.amount_minor * self.quantity

    @property
    def payable_minor(self) -> int:
        """What all its pieces cost for one interval in the end, tax and all."""
        return self.price.taxed(self.amount_minor).gross_minor
