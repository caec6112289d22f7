"""Questions about suppliers and purchases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Prefetch, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.signing import is_signed, sign
from tenants.catalog.models import Sku
from tenants.catalog.units import base_quantity, stock_sku_id
from tenants.inventory.models import Stock
from tenants.inventory.selectors import store_day
from tenants.orders.models import PAID_STATES, OrderLine
from tenants.purchasing.models import OPEN_STATES, PurchaseLine, PurchaseOrder, Supplier, SupplierState

LOOK_BACK = timedelta(days=7)  # the week by which the coming days are judged
_SOON = timedelta(days=30)
_PURPOSE = "purchase-order"


class SupplierMissing(Refused):
    """There is no such supplier in this store."""

    code, kind, sentence = "supplier_missing", Kind.MISSING, _("没有找到这个供应商。")


class PurchaseMissing(Refused):
    """There is no such purchase order, or the link to it is not ours."""

    code, kind, sentence = "purchase_missing", Kind.MISSING, _("没有找到这张采购单。")


@dataclass(frozen=True)
class Need:
    """Why so many pieces should be ordered: expected sale − usable + safety − on its way.

    Pieces are those of the SKU's stock, in whatever form they were sold or come; ``forms`` are the larger ones.
    """

    sku: Sku
    expected: int
    usable: int
    safety: int
    coming: int
    forms: Sequence[Sku] = ()

    @property
    def pieces(self) -> int:
        return max(0, self.expected - self.usable + self.safety - self.coming)


def suppliers_for_desk(*, query: str = "", state: str = "") -> QuerySet[Supplier]:
    """List suppliers with ``purchases``, by name."""
    found = Supplier.objects.annotate(purchases=Count("orders"))
    if query:
        found = found.filter(name__icontains=query)
    return (found.filter(state=state) if state else found).order_by("name")


def suppliers_to_choose() -> list[tuple[str, str]]:
    """List the suppliers one may order from, for a form."""
    found = Supplier.objects.filter(state=SupplierState.ACTIVE).order_by("name")
    return [(str(pk), name) for pk, name in found.values_list("pk", "name")]


def supplier_with_id(supplier_id: UUID) -> Supplier:
    """Fetch a supplier. :raises SupplierMissing:"""
    found = Supplier.objects.filter(pk=supplier_id).first()
    if found is None:
        raise SupplierMissing
    return found


def licences_ending(*, today: date) -> int:
    """Count the active suppliers whose licence is over or will be within thirty days, for the to-do list."""
    return Supplier.objects.filter(state=SupplierState.ACTIVE, licence_expires_on__lte=today + _SOON).count()


def purchases_for_desk(*, query: str = "", state: str = "") -> QuerySet[PurchaseOrder]:
    """List purchase orders with supplier, warehouse, ``kinds`` and ``pieces``, the latest first."""
    found = PurchaseOrder.objects.select_related("supplier", "warehouse")
    found = found.annotate(kinds=Count("lines"), pieces=Coalesce(Sum("lines__quantity"), 0))
    if query:
        found = found.filter(number__icontains=query) | found.filter(supplier__name__icontains=query)
    return (found.filter(state=state) if state else found).order_by("-created_at", "-pk")


def purchase_with_id(purchase_id: UUID) -> PurchaseOrder:
    """Fetch a purchase order with its lines, SKUs and deliveries. :raises PurchaseMissing:"""
    lines = (
        PurchaseLine.objects.select_related("sku__product", "sku__base_sku")
        .prefetch_related("deliveries__batch", "deliveries__photos")
        .order_by("pk")
    )
    found = PurchaseOrder.objects.select_related("supplier", "warehouse").prefetch_related(Prefetch("lines", lines))
    order = found.filter(pk=purchase_id).first()
    if order is None:
        raise PurchaseMissing
    return order


def signature_of(purchase_id: UUID) -> str:
    """Sign a purchase order for its supplier: who has the link may confirm this one, in this store."""
    return sign(purchase_id.bytes, purpose=_PURPOSE)


def purchase_by_link(*, purchase_id: UUID, signature: str) -> PurchaseOrder:
    """Fetch the purchase order a supplier's link leads to. :raises PurchaseMissing: also for another store's."""
    if not is_signed(purchase_id.bytes, signature, purpose=_PURPOSE):
        raise PurchaseMissing
    order = purchase_with_id(purchase_id)
    if order.sent_at is None:
        raise PurchaseMissing
    return order


def needs(*, now: datetime, days: int, only_short: bool = True) -> list[Need]:
    """Say what should be ordered for the coming days, the most urgent first, in five statements.

    What was sold in the last seven days and not given back is what the coming days are judged by.
    """
    since = store_day(now) - LOOK_BACK
    lines = OrderLine.objects.filter(order__state__in=PAID_STATES, order__paid_at__date__gte=since).order_by()
    taken = (F("quantity") - F("withdrawn_quantity")) * F("stock_factor")
    sold = dict(lines.values_list(Coalesce("stock_sku", "sku")).annotate(n=Sum(taken)))
    stocks: dict[UUID, dict[str, Any]] = {
        row["sku"]: dict(row)
        for row in Stock.objects.order_by()
        .values("sku")
        .annotate(usable=Sum(F("on_hand") - F("reserved") - F("held")), safety=Coalesce(Sum("low_at"), 0))
    }
    on_its_way: dict[UUID, int] = {}
    for line in PurchaseLine.objects.filter(order__state__in=OPEN_STATES).select_related("sku"):
        sku_id = stock_sku_id(line.sku)
        on_its_way[sku_id] = on_its_way.get(sku_id, 0) + base_quantity(line.sku, line.missing)
    larger = Prefetch("larger_forms", Sku.objects.filter(is_active=True).order_by("factor", "pk"))
    skus = Sku.objects.filter(is_active=True, base_sku=None, pk__in={*sold, *stocks})
    skus = skus.select_related("product").prefetch_related(larger)
    found = [
        Need(
            sku=sku,
            expected=-(-sold.get(sku.pk, 0) * days // LOOK_BACK.days),
            usable=stocks.get(sku.pk, {}).get("usable", 0),
            safety=stocks.get(sku.pk, {}).get("safety", 0),
            coming=on_its_way.get(sku.pk, 0),
            forms=list(sku.larger_forms.all()),
        )
        for sku in skus
    ]
    wanted = [need for need in found if need.pieces or not only_short]
    return sorted(wanted, key=lambda need: (-need.pieces, need.sku.product.title))
