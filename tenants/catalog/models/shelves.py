"""Where a product stands in the shop: categories, tags and brands."""

from typing import ClassVar

from django.db import models

from kit.tenancy.models import ScopedModel


class Category(ScopedModel):
    """A shelf; shelves stand in shelves, three levels deep at most."""

    name = models.CharField(max_length=30)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    position = models.PositiveSmallIntegerField(default=0)
    icon = models.CharField(max_length=20, blank=True, default="", db_default="")  # one of catalog.icons
    is_hidden = models.BooleanField(default=False, db_default=False)  # from shoppers, with all below it

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["parent", "name"], name="category_once_a_shelf", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return self.name


class Tag(ScopedModel):
    """A badge on the shopper's card: 当季, 爆款, 满减."""

    name = models.CharField(max_length=8, unique=True)
    color = models.CharField(max_length=7)  # "#0b7a3b"; white words on it must be readable
    position = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class Brand(ScopedModel):
    """A brand's name as the list offers it; products carry the name itself (docs/decisions/0052)."""

    name = models.CharField(max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.name
