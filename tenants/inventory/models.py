"""Stock per warehouse and SKU, guarded by the database, explained by its moves; batches where they are kept."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel
from tenants.catalog.models import Product, Sku

# Every store's first warehouse has this id: what is not told another warehouse means this one, without asking for it.
DEFAULT_WAREHOUSE = UUID("00000000-0000-7000-8000-000000000001")


class WarehouseKind(models.TextChoices):
    CENTRAL = "central", _("中心仓")
    STORE = "store", _("门店")
    FRONT = "front", _("前置仓")


class WarehouseState(models.TextChoices):
    OPEN = "open", _("启用")
    CLOSED = "closed", _("停用")


class Warehouse(ScopedModel):
    """A place where goods lie: a central warehouse, a shop, a depot near the shoppers."""

    name = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=8, choices=WarehouseKind.choices, default=WarehouseKind.CENTRAL)
    city = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=160, blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    state = models.CharField(max_length=6, choices=WarehouseState.choices, default=WarehouseState.OPEN)
    # shoppers' orders may be filled from here; the first warehouse always fills them
    serves_orders = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def is_default(self) -> bool:
        return self.pk == DEFAULT_WAREHOUSE


class SourcingRule(ScopedModel):
    """One row: what happens when no warehouse has all of an order."""

    only = models.BooleanField(default=True, unique=True)  # there is one rule, and the database knows
    may_split = models.BooleanField(default=False)  # each line from where it is; else the order is refused

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(only=True), name="one_sourcing_rule")]


class Stock(ScopedModel):
    """What is there of a SKU in a warehouse, and how much of it is promised. Changed only by guarded UPDATEs.

    ``held`` lies there and may not be sold: its batch is stopped, expired or called back. ``planned`` may be sold
    before it is bought; then ``on_hand`` may go below zero, as far as that.
    """

    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="stocks", db_index=False)
    # No constraint: the first warehouse's row is written when somebody looks at it, its stock is counted before
    warehouse = models.ForeignKey(
        Warehouse,
        null=True,
        on_delete=models.PROTECT,
        related_name="stocks",
        default=DEFAULT_WAREHOUSE,
        db_default=models.Value(DEFAULT_WAREHOUSE, models.UUIDField()),
        db_constraint=False,
    )
    on_hand = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    held = models.IntegerField(default=0, db_default=0)
    planned = models.IntegerField(default=0, db_default=0)
    low_at = models.PositiveIntegerField(null=True)  # tell us when no more than so many can be sold

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(reserved__gte=0, held__gte=0, planned__gte=0)
                & models.Q(reserved__lte=models.F("on_hand") + models.F("planned")),
                name="stock_within",
            ),
            models.CheckConstraint(condition=models.Q(warehouse__isnull=False), name="stock_lies_somewhere"),
            models.UniqueConstraint(fields=["sku", "warehouse"], name="stock_once_a_warehouse"),
        ]

    def __str__(self) -> str:
        return f"{self.on_hand} ({self.reserved})"

    @property
    def available(self) -> int:
        return self.on_hand + self.planned - self.reserved - self.held


class BatchState(models.TextChoices):
    AVAILABLE = "available", _("可售")
    NEAR_EXPIRY = "near_expiry", _("临期")
    HOLD = "hold", _("停售")
    EXPIRED = "expired", _("已过期")
    RECALLED = "recalled", _("已召回")
    DEPLETED = "depleted", _("已用完")
    WRITTEN_OFF = "written_off", _("已报损")
    RETURNED = "returned", _("已退供应商")


SELLING_BATCHES = (BatchState.AVAILABLE, BatchState.NEAR_EXPIRY)
WITHHELD_BATCHES = (BatchState.HOLD, BatchState.EXPIRED, BatchState.RECALLED)


class Batch(ScopedModel):
    """One lot of a SKU in one warehouse: where it is from, how long it is good, what is left of it."""

    stock = models.ForeignKey(Stock, on_delete=models.CASCADE, related_name="batches")
    lot = models.CharField(max_length=40)
    produced_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)  # the last day on which it is good; none: it keeps
    cost_minor = models.BigIntegerField(null=True)  # a piece, in the store's currency
    supplier_id = models.UUIDField(null=True)  # of purchasing, a floor above
    supplier_name = models.CharField(max_length=60, blank=True)
    received = models.PositiveIntegerField(default=0)
    on_hand = models.IntegerField(default=0)
    state = models.CharField(max_length=12, choices=BatchState.choices, default=BatchState.AVAILABLE)
    why = models.CharField(max_length=120, blank=True)  # of the state
    received_at = models.DateTimeField()
    marked_down_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(on_hand__gte=0), name="batch_not_below_zero"),
            models.CheckConstraint(
                condition=models.Q(expires_on__isnull=True)
                | models.Q(produced_on__isnull=True)
                | models.Q(expires_on__gte=models.F("produced_on")),
                name="batch_expires_after_production",
            ),
            models.UniqueConstraint(fields=["stock", "lot"], name="lot_once_a_stock"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "expires_on", "id"], name="batches_by_state"),
            models.Index(fields=["lot"], name="batches_by_lot"),
        ]

    def __str__(self) -> str:
        return self.lot

    def days_left(self, today: date) -> int | None:
        """Say for how many more days it is good, today not counted; below zero, it is over."""
        return None if self.expires_on is None else (self.expires_on - today).days


class ShelfRule(ScopedModel):
    """How long a product must still be good, and from when on it is to be sold cheaper."""

    product = models.OneToOneField(Product, on_delete=models.CASCADE, related_name="shelf_rule")
    min_remaining_days = models.PositiveSmallIntegerField(default=0)  # on the pickup day
    receive_remaining_days = models.PositiveSmallIntegerField(default=0)  # or the delivery is sent back
    near_days = models.PositiveSmallIntegerField(default=0)  # 0: never "near"
    markdown_ppm = models.PositiveIntegerField(default=0)  # off the price
    marks_down_itself = models.BooleanField(default=False, db_default=False)  # nobody has to click

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(markdown_ppm__lte=900_000), name="markdown_leaves_something"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.min_remaining_days}"


class MoveKind(models.TextChoices):
    RECEIVE = "receive", _("入库")
    ADJUST = "adjust", _("盘点调整")
    RESERVE = "reserve", _("下单占用")
    RELEASE = "release", _("释放占用")
    TAKE = "take", _("付款出库")
    RETURN = "return", _("退回")
    ALLOCATE = "allocate", _("批次分配")
    HOLD = "hold", _("停售")
    UNHOLD = "unhold", _("恢复可售")
    LOSS = "loss", _("报损")
    MOVE_OUT = "move_out", _("调拨出库")
    MOVE_IN = "move_in", _("调拨入库")
    SENDBACK = "sendback", _("退供应商")


class StockMove(ScopedModel):
    """One change of stock. The sums of its deltas are the rows of stock and batch, always (invariant I1)."""

    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="moves")
    warehouse = models.ForeignKey(
        Warehouse,
        null=True,
        on_delete=models.PROTECT,
        related_name="moves",
        default=DEFAULT_WAREHOUSE,
        db_default=models.Value(DEFAULT_WAREHOUSE, models.UUIDField()),
        db_constraint=False,
        db_index=False,
    )
    kind = models.CharField(max_length=8, choices=MoveKind.choices)
    on_hand_delta = models.IntegerField(default=0)
    reserved_delta = models.IntegerField(default=0)
    held_delta = models.IntegerField(default=0, db_default=0)
    batch = models.ForeignKey(Batch, null=True, on_delete=models.CASCADE, related_name="moves")
    batch_delta = models.IntegerField(default=0, db_default=0)  # of the batch's own pieces
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


class TransferState(models.TextChoices):
    SENT = "sent", _("在途")
    RECEIVED = "received", _("已收货")


class Transfer(ScopedModel):
    """Goods of one SKU on their way between two warehouses. What does not arrive is written off with its reason."""

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="transfers")
    from_warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="sent")
    to_warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="incoming")
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, related_name="transfers")
    quantity = models.PositiveIntegerField()
    received = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=8, choices=TransferState.choices, default=TransferState.SENT)
    note = models.CharField(max_length=120, blank=True)
    key = models.CharField(max_length=64, unique=True)  # of the form: a second click sends nothing
    sent_at = models.DateTimeField()
    sent_by = models.CharField(max_length=60, blank=True)
    received_at = models.DateTimeField(null=True)
    received_by = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="transfer_of_something"),
            models.CheckConstraint(
                condition=models.Q(received__isnull=True) | models.Q(received__lte=models.F("quantity")),
                name="transfer_loses_only",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "-sent_at"], name="transfers_by_state")]

    def __str__(self) -> str:
        return f"{self.quantity}"


class StockTakeState(models.TextChoices):
    COUNTING = "counting", _("盘点中")
    WAITING = "waiting", _("待复核")
    DONE = "done", _("已入账")
    DROPPED = "dropped", _("已作废")


class StockTake(ScopedModel):
    """Counting a warehouse: what should be there is noted first and not shown to those who count."""

    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="takes")
    name = models.CharField(max_length=60)
    state = models.CharField(max_length=8, choices=StockTakeState.choices, default=StockTakeState.COUNTING)
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=60)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=60, blank=True)  # who said that counting is over
    approved_by = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "-started_at"], name="takes_by_state")]

    def __str__(self) -> str:
        return self.name


class StockTakeLine(ScopedModel):
    """One SKU of a count: what the books said when it began, what the counters found."""

    take = models.ForeignKey(StockTake, on_delete=models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="take_lines")
    expected = models.IntegerField()
    counted = models.PositiveIntegerField(null=True)  # the last count; all of them are in ``counts``
    counts = models.JSONField(default=list)  # [[who, pieces, when], ...]

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["take", "sku"], name="counted_once_a_take")]

    def __str__(self) -> str:
        return f"{self.expected} / {self.counted}"
