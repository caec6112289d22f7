"""Where the demo's goods come from: suppliers, purchase orders, deliveries by lot with a day until which they keep."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from config.demo.market.plan import Store
from kit.ids import new_id
from tenants.catalog.models import Sku
from tenants.inventory.services.save_warehouse import keep_default_warehouse
from tenants.purchasing.models import PurchaseOrder, PurchaseState, Supplier
from tenants.purchasing.services.order_goods import (
    WantedGoods,
    close_purchase,
    confirm_purchase,
    draft_purchase,
    send_purchase,
)
from tenants.purchasing.services.receive_delivery import Arrived, receive_delivery
from tenants.purchasing.services.save_supplier import SupplierDraft, save_supplier

ZONE = ZoneInfo("Asia/Shanghai")
_SUPPLIERS = (
    SupplierDraft(
        name="城东农批市场 李记果蔬",
        contact="李国庆",
        phone="13700010001",
        terms="货到付款",
        licence_no="JY13301040012345",
    ),
    SupplierDraft(
        name="高原冷凉蔬菜合作社",
        contact="马春兰",
        phone="13700010002",
        terms="月结 30 天",
        licence_no="JY15323010067890",
    ),
)
_DAYS_BEFORE = (16, 9, 4, 1)  # the mornings on which goods came; today's order is still on its way
_KINDS, _PIECES = 9, (60, 140)


def find_suppliers(*, store: Store, now: datetime) -> list[Supplier]:
    """Write down whom the store buys from."""
    ends = now.astimezone(ZONE).date() + timedelta(days=400)
    return [
        save_supplier(draft=replace(draft, licence_expires_on=ends), by_name=store.owner, now=now)
        for draft in _SUPPLIERS
    ]


def buy_goods(
    *, store: Store, suppliers: Sequence[Supplier], skus: Sequence[Sku], day: date, now: datetime, luck: random.Random
) -> None:
    """Order on ``day`` if it is a day of purchases, and take in next morning what then came."""
    past = (now.astimezone(ZONE).date() - day).days
    if past != 0 and past not in _DAYS_BEFORE:
        return
    ordered = min(datetime(day.year, day.month, day.day, 1, 30, tzinfo=ZONE), now)
    order = _order(store, luck.choice(suppliers), luck.sample(list(skus), min(_KINDS, len(skus))), ordered, luck)
    if past:
        _take_in(order, store, ordered + timedelta(hours=4), luck)


def _order(store: Store, supplier: Supplier, skus: Sequence[Sku], now: datetime, luck: random.Random) -> PurchaseOrder:
    order = draft_purchase(
        supplier_id=supplier.pk,
        warehouse_id=keep_default_warehouse(now=now).pk,
        goods=[WantedGoods(sku.pk, luck.randrange(*_PIECES, 10)) for sku in skus],
        expected_on=now.astimezone(ZONE).date() + timedelta(days=1),
        note="",
        by_name=store.owner,
        now=now,
    )
    return send_purchase(purchase_id=order.pk, by_name=store.owner, now=now)


def _take_in(order: PurchaseOrder, store: Store, now: datetime, luck: random.Random) -> None:
    confirm_purchase(purchase_id=order.pk, quantities={}, now=now - timedelta(hours=3))
    made = now.astimezone(ZONE).date() - timedelta(days=1)
    for line in order.lines.select_related("sku__product"):
        damaged = luck.choice([0, 0, 0, 0, 2])
        keeps = 24 if line.sku.product.storage == "冷藏" else 18
        receive_delivery(
            line_id=line.pk,
            arrived=Arrived(
                good=line.quantity - damaged - luck.choice([0, 0, 0, 5]),
                damaged=damaged,
                lot=f"L{made:%m%d}-{luck.randrange(10, 99)}",
                produced_on=made,
                expires_on=made + timedelta(days=keeps),
                note="箱角压坏" if damaged else "",
            ),
            key=str(new_id()),
            by_name=store.owner,
            now=now,
        )
    if PurchaseOrder.objects.get(pk=order.pk).state == PurchaseState.ARRIVING:  # what was short will not come
        close_purchase(purchase_id=order.pk, by_name=store.owner, now=now + timedelta(minutes=30))
