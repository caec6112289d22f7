"""The register of merchants. Rows are written by sign-up, provisioning and billing; stores only read."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin, TenantMixin

from kit.tenancy import StoreRef
from kit.tenancy.models import ScopedModel


class MerchantState(models.TextChoices):
    """The life of a store. Billing moves it between trial and suspended; every door obeys it."""

    BUILDING = "building", _("开通中")
    TRIAL = "trial", _("试用中")
    ACTIVE = "active", _("正常")
    PAST_DUE = "past_due", _("欠费")
    RESTRICTED = "restricted", _("后台只读")
    READ_ONLY = "read_only", _("只读")
    SUSPENDED = "suspended", _("已停用")
    ARCHIVED = "archived", _("已归档")
    ERASED = "erased", _("已注销")


# The shop window answers in these states; the back office may be read in "read_only" too.
OPEN_STATES = frozenset({MerchantState.TRIAL, MerchantState.ACTIVE, MerchantState.PAST_DUE})
# The shop window answers, the desk is only read: two weeks of unpaid invoices.
HALF_OPEN_STATES = frozenset({MerchantState.RESTRICTED})
# Billing opens and closes a store between these; what an operator or provisioning decided stays theirs.
BILLED_STATES = OPEN_STATES | HALF_OPEN_STATES | {MerchantState.READ_ONLY}
# In these staff may come in, if only to pay, to export, or to read.
DESK_STATES = BILLED_STATES | {MerchantState.SUSPENDED}
# In these the money that is under way is still written down when its payment company tells us.
HEARING_STATES = DESK_STATES | {MerchantState.ARCHIVED}


class Merchant(ScopedModel, TenantMixin):  # type: ignore[misc] # django-tenants has no types
    """A company that runs a store here. ``schema_name`` is opaque; only a restore changes it."""

    slug = models.CharField(max_length=32)
    name = models.CharField(max_length=60)
    state = models.CharField(max_length=12, choices=MerchantState.choices, default=MerchantState.BUILDING)
    state_since = models.DateTimeField()
    # Billing's verdict, also while an operator keeps the store closed: where "resume" leads
    billed_state = models.CharField(max_length=12, choices=MerchantState.choices, default=MerchantState.TRIAL)
    # Written down by billing while something is overdue: what happens next if nobody pays, and when
    next_step = models.CharField(max_length=12, blank=True)
    next_step_at = models.DateTimeField(null=True)
    currency = models.CharField(max_length=3, default="CNY")
    timezone = models.CharField(max_length=40, default="Asia/Shanghai")
    city = models.CharField(max_length=30, blank=True)
    limits = models.JSONField(default=dict)  # written down by billing: {"staff": 3, "skus": 500, ...}
    created_at = models.DateTimeField()
    # Where the store lives: empty is here, else the name of another cell (LINLI_CELLS). Served only where it is empty
    cell = models.CharField(max_length=20, blank=True, default="", db_default="")

    auto_create_schema = False
    auto_drop_schema = False

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("slug"), name="merchant_slug_once"),
            models.CheckConstraint(
                condition=models.Q(schema_name__regex=r"^t_[a-z2-7]{8,24}$"), name="merchant_schema_opaque"
            ),
            models.CheckConstraint(
                condition=models.Q(slug__regex=r"^[a-z][a-z0-9-]{1,30}[a-z0-9]$"), name="merchant_slug_form"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "created_at"], name="merchant_by_state")]

    def __str__(self) -> str:
        return f"{self.name} ({self.slug})"

    @property
    def ref(self) -> StoreRef:
        """What the lower floors may know of this merchant."""
        return StoreRef(
            merchant_id=self.id,
            schema=self.schema_name,
            slug=self.slug,
            name=self.name,
            state=self.state,
            currency=self.currency,
            timezone=self.timezone,
            next_step=self.next_step,
            next_step_at=self.next_step_at,
        )


class Domain(ScopedModel, DomainMixin):  # type: ignore[misc] # django-tenants has no types
    """A host at which a store answers. Only a verified one is served."""

    verified_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("domain"), name="domain_once")]

    def __str__(self) -> str:
        return str(self.domain)
