"""Stock per SKU, guarded by the database, explained by its moves."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel
from tenants.catalog.models import Sku


class Stock(ScopedModel):
    """What is there, and how much of it is promised. Changed only by guarded UPDATEs."""

    sku = models.OneToOneField(Sku, on_delete=models.CASCADE, related_name="stock")
    on_hand = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(reserved__gte=0, on_hand__gte=models.F("reserved")), name="stock_not_oversold"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on_hand} ({self.reserved})"

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


class MoveKind(models.TextChoices):
    RECEIVE = "receive", _("入库")
    ADJUST = "adjust", _("盘点调整")
    RESERVE = "reserve", _("下单占用")
    RELEASE = "release", _("释放占用")
    TAKE = "take", _("付款出库")
    RETURN = "return", _("退回")


class StockMove(ScopedModel):
    """One change of stock. The sums of both deltas are the stock row, always (invariant I1)."""

    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="moves")
    kind = models.CharField(max_length=8, choices=MoveKind.choices)
    on_hand_delta = models.IntegerField(default=0)
    reserved_delta = models.IntegerField(default=0)
    ref_id = models.UUIDField(null=True)  # the order line, the import, ... that caused it
    reason = models.CharField(max_length=120, blank=True)
    by_name = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "ref_id", "sku"], name="move_once", condition=models.Q(ref_id__isnull=False)
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["sku", "-at"], name="moves_of_sku")]

    def __str__(self) -> str:
        return f"{self.kind} {self.on_hand_delta}/{self.reserved_delta}"
