"""What the staff keeps beside the orders, for each other: no shopper ever sees it."""

from typing import ClassVar

from django.db import models

from kit.tenancy.models import ScopedModel
from tenants.orders.models.orders import Order


class StaffRemark(ScopedModel):
    """What the staff noted on an order. The journal keeps what stood there before."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="staff_remark")
    words = models.CharField(max_length=200)
    by_name = models.CharField(max_length=60)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.words


class SavedFilter(ScopedModel):
    """What a person of the staff asks the list of orders for again and again.

    ``asked`` is the list's address behind the ?. With ``follows_today`` its days move on with the calendar, as far as
    they lay from ``saved_on``.
    """

    person_id = models.UUIDField()
    name = models.CharField(max_length=20)
    asked = models.CharField(max_length=1000)
    follows_today = models.BooleanField()
    saved_on = models.DateField()

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person_id", "name"], name="filter_named_once_a_person")
        ]

    def __str__(self) -> str:
        return self.name
