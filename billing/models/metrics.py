"""The platform's figures of each day that is over, kept so that a page of years is one short read."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from kit.tenancy.models import ScopedModel


class MetricDay(ScopedModel):
    """One day of the platform's own time zone, in one currency. ``billing.measures`` says what each figure is;
    recomputing it from agreements and fees must give the same (`linli check_books`, M1).
    """

    day = models.DateField()
    currency = models.CharField(max_length=3)
    recurring_minor = models.BigIntegerField()  # MRR at the day's end
    payers = models.PositiveIntegerField()  # accounts whose recurring amount is above nothing at the day's end
    stores = models.PositiveIntegerField(default=0)  # those with a paid plan, also when headquarters pays for them
    # what moved it that day; contraction and churn are below nothing, so that all five add up to the difference
    new_minor = models.BigIntegerField()
    expansion_minor = models.BigIntegerField()
    contraction_minor = models.BigIntegerField()
    churn_minor = models.BigIntegerField()
    reactivation_minor = models.BigIntegerField()
    arrived = models.PositiveIntegerField()  # accounts
    returned = models.PositiveIntegerField()
    left = models.PositiveIntegerField()
    joined = models.PositiveIntegerField(default=0)  # payers that headquarters pays for from then on; no money moves
    parted = models.PositiveIntegerField(default=0)
    gmv_minor = models.BigIntegerField()  # orders that were paid that day and have their fee
    orders = models.PositiveIntegerField()
    fee_minor = models.BigIntegerField()  # without tax, less what refunds of that day took back
    measured_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "currency"], name="a_day_is_measured_once"),
            models.CheckConstraint(
                condition=Q(contraction_minor__lte=0, churn_minor__lte=0, new_minor__gte=0)
                & Q(expansion_minor__gte=0, reactivation_minor__gte=0, recurring_minor__gte=0),
                name="movements_have_their_sign",
            ),
            models.CheckConstraint(condition=Q(payers__lte=F("recurring_minor")), name="a_payer_pays"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.recurring_minor} {self.currency}"
