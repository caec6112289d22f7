"""The store's own words."""

from typing import ClassVar

from django.db import models

from kit.tenancy.models import ScopedModel


class StoreProfile(ScopedModel):
    """One row: how the store presents itself to shoppers."""

    only = models.BooleanField(default=True, unique=True)  # there is one profile, and the database knows
    name = models.CharField(max_length=60)
    notice = models.CharField(max_length=200, blank=True)
    service_phone = models.CharField(max_length=20, blank=True)
    brand_color = models.CharField(max_length=7, default="#0b7a3b")

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(only=True), name="one_profile")]

    def __str__(self) -> str:
        return self.name
