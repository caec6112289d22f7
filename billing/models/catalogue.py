"""What we sell: editions, and their prices as versions that never change once somebody has one."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from billing.rating import FeeTerms, Tier
from billing.tax import Taxed, taxed
from kit.tenancy.models import ScopedModel
from kit.web.format import percent

TRIAL = "trial"


class Edition(ScopedModel):
    """A step of the range: trial, 启航, 成长, 连锁."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=20)
    name_en = models.CharField(max_length=20)
    motto = models.CharField(max_length=60)
    motto_en = models.CharField(max_length=80)
    rank = models.PositiveSmallIntegerField(unique=True)  # the order of the range, cheapest first

    class Meta:
        ordering: ClassVar = ["rank"]

    def __str__(self) -> str:
        return self.name if (get_language() or "zh").startswith("zh") else self.name_en

    @property
    def promise(self) -> str:
        """The edition in one sentence, in the reader's language."""
        return self.motto if (get_language() or "zh").startswith("zh") else self.motto_en


class Limit(models.TextChoices):
    """What a plan counts in the store; the keys of ``limits``."""

    STAFF = "staff", _("员工账号")
    SKUS = "skus", _("在售规格")
    LEADERS = "leaders", _("团长")
    CITIES = "cities", _("城市")
    DOMAINS = "domains", _("自有域名")


class Feature(models.TextChoices):
    """What a plan allows or does not; the words in ``features``."""

    API_READ = "api_read", _("开放接口（只读）")
    API_WRITE = "api_write", _("开放接口（读写）")
    WEBHOOKS = "webhooks", _("消息推送")
    BATCHES = "batches", _("批次与保质期")
    ROUTES = "routes", _("配送线路")
    HEADQUARTERS = "headquarters", _("总部与城市合伙人")
    AUDIT_EXPORT = "audit_export", _("操作记录导出")


class Interval(models.TextChoices):
    MONTH = "month", _("按月")
    YEAR = "year", _("按年")


MONTHS_OF = {Interval.MONTH: 1, Interval.YEAR: 12}


class TaxedPrice(ScopedModel):
    """What every price says of its tax: the rate, and whether the listed amount includes it."""

    amount_minor = models.BigIntegerField()  # for a month or a year, as it is listed
    tax_ppm = models.PositiveIntegerField()
    tax_inclusive = models.BooleanField(default=True, db_default=True)  # off: the tax is put on top, line by line

    class Meta:
        abstract = True

    def taxed(self, listed_minor: int) -> Taxed:
        """Take apart what is listed under this price, whichever way it is written."""
        return taxed(listed_minor, ppm=self.tax_ppm, inclusive=self.tax_inclusive)

    @property
    def payable_minor(self) -> int:
        """What one interval costs in the end, tax and all."""
        return self.taxed(self.amount_minor).gross_minor

    @property
    def tax_note(self) -> str:
        """Say, beside the listed amount, that tax comes on top; nothing where it is included."""
        return "" if self.tax_inclusive else gettext("另加税 %(rate)s") % {"rate": percent(self.tax_ppm)}


class PriceVersion(TaxedPrice):
    """What an edition costs and allows, for as long as a subscription holds it.

    A trigger refuses to change a version that a phase uses; an exclusion constraint (migration 0002) refuses two
    versions of one edition, currency and interval that are on sale at the same instant.
    """

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="prices")
    currency = models.CharField(max_length=3)
    interval = models.CharField(max_length=5, choices=Interval.choices)
    # the fee on paid orders: tiers are [[up to and including, ppm], ..., [null, ppm]] over the volume past the
    # included one; the counters run for one interval (a contract year on yearly plans)
    tiers = models.JSONField()
    included_minor = models.BigIntegerField(default=0)
    fixed_minor = models.BigIntegerField(default=0)
    fixed_free_orders = models.PositiveIntegerField(default=0)
    order_cap_minor = models.BigIntegerField(null=True)
    order_floor_minor = models.BigIntegerField(default=0)
    interval_cap_minor = models.BigIntegerField(null=True)
    limits = models.JSONField()  # {"staff": 3, "skus": 500, "leaders": 30, "cities": 1}; null = no limit
    features = models.JSONField(default=list)  # codes of Feature
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)  # exclusive; whoever bought before keeps it

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="price_not_negative"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")), name="price_validity_runs"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition} {self.amount_minor} {self.currency}/{self.interval}"

    @property
    def months(self) -> int:
        """How many months one subscription amount pays for."""
        return MONTHS_OF[Interval(self.interval)]

    @property
    def fee_terms(self) -> FeeTerms:
        """The fee rule, as the pure rating code takes it."""
        return FeeTerms(
            tiers=tuple(Tier(up_to_minor=up_to, ppm=ppm) for up_to, ppm in self.tiers),
            included_minor=self.included_minor,
            fixed_minor=self.fixed_minor,
            fixed_free_orders=self.fixed_free_orders,
            order_cap_minor=self.order_cap_minor,
            order_floor_minor=self.order_floor_minor,
            interval_cap_minor=self.interval_cap_minor,
        )
