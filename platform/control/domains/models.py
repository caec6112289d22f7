"""Claims to domains. A claim reserves nothing; the first one that is proven is served."""

from typing import ClassVar

import idna
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from control.merchants.models import Merchant
from kit.tenancy.models import ScopedModel


class DomainState(models.TextChoices):
    """waiting → serving ⇄ failing → lost; released by the merchant, or with the erased store, from any of them."""

    WAITING = "waiting", _("待验证")
    SERVING = "serving", _("已启用")
    FAILING = "failing", _("解析异常")  # still served: the DNS does not answer, which may pass
    LOST = "lost", _("已失效")
    RELEASED = "released", _("已移除")


class Heard(models.TextChoices):
    """What the DNS said when it was last asked for the TXT record."""

    NOTHING = "", _("还没有检查")
    FOUND = "found", _("找到验证记录")
    ABSENT = "absent", _("没有找到验证记录")
    WRONG = "wrong", _("有 TXT 记录，但内容不对")
    UNSURE = "unsure", _("域名服务器没有回应")


class Points(models.TextChoices):
    """Whether the domain leads to us. It is shown, and decides nothing: a proxy in front may hide where it leads."""

    UNKNOWN = "", _("还不知道")
    HERE = "here", _("已指向店铺")
    ELSEWHERE = "elsewhere", _("还没有指向店铺")


SERVED = (DomainState.SERVING, DomainState.FAILING)
LIVING = (DomainState.WAITING, *SERVED)


class CustomDomain(ScopedModel):
    """One merchant's claim to one domain, from the asking to the end of its quarantine."""

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="custom_domains")
    domain = models.CharField(max_length=253)  # ASCII, lower case
    token = models.CharField(max_length=40)
    state = models.CharField(max_length=8, choices=DomainState.choices, default=DomainState.WAITING)
    claimed_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    heard = models.CharField(max_length=6, choices=Heard.choices, blank=True, default=Heard.NOTHING)
    points = models.CharField(max_length=9, choices=Points.choices, blank=True, default=Points.UNKNOWN)
    failures = models.PositiveSmallIntegerField(default=0)  # daily checks in a row that the DNS did not answer
    failed_at = models.DateTimeField(null=True)  # the last of them; two beats at once count one day once
    ended_at = models.DateTimeField(null=True)
    quarantined_until = models.DateTimeField(null=True)  # until then nobody else may have the name

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("domain"), condition=Q(state__in=SERVED), name="custom_domain_served_once"),
            models.UniqueConstraint(
                "merchant", Lower("domain"), condition=Q(state__in=LIVING), name="custom_domain_claimed_once"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=SERVED) | Q(verified_at__isnull=False), name="custom_domain_served_is_verified"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["merchant", "-claimed_at"], name="custom_domains_of_merchant"),
            models.Index(fields=["domain", "quarantined_until"], name="custom_domains_quarantined"),
            models.Index(fields=["state", "-claimed_at"], name="custom_domains_by_state"),
        ]

    def __str__(self) -> str:
        return self.domain

    @property
    def record_name(self) -> str:
        """Where the TXT record has to stand."""
        return f"_linli-verify.{self.domain}"

    @property
    def record_value(self) -> str:
        """What the TXT record has to say; each claim has its own."""
        return f"linli-verify={self.token}"

    @property
    def is_living(self) -> bool:
        return self.state in LIVING

    @property
    def is_served(self) -> bool:
        return self.state in SERVED

    @property
    def shown(self) -> str:
        """The domain as people write it: 绿家.com, not xn--..."""
        return idna.decode(self.domain) if "xn--" in self.domain else self.domain
