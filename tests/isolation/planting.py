"""Filling every table of a store with one row of known id, every word of it carrying the store's mark.

Two stores planted with different marks have the same primary keys and disjoint words: whatever leaks shows.
"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import models

from kit.tenancy import StoreRef, in_store

ONE_ID = UUID("01900000-0000-7000-8000-000000000001")
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
PHONES = {"MARKA": "13800000001", "MARKB": "13900000002"}

# What a constraint or a page needs to be so; everything else follows from the field's type.
SPECIAL: dict[str, dict[str, Any]] = {
    "aftersales.Shortage": {"wanted": 2, "there": 1},
    "aftersales.ShortLine": {"ending": "substitute"},
    "campaigns.Campaign": {
        "state": "published",
        "opens_at": NOW - timedelta(hours=2),
        "cutoff_at": NOW + timedelta(hours=8),
        "kind": "solitaire",
        "deposit_percent": None,
    },
    "campaigns.CampaignItem": {"quota": 10, "taken": 1, "per_member_limit": 5, "failed_at": None},
    "campaigns.Team": {
        "state": "open",
        "size": 3,
        "taken": 1,
        "paid": 1,
        "opened_at": NOW - timedelta(hours=1),
        "expires_at": NOW + timedelta(hours=5),
    },
    "campaigns.TeamSeat": {"state": "paid"},
    "campaigns.Repetition": {"weekdays": 127},
    "campaigns.JoinDraft": {"withdrawn_at": None},
    "campaigns.CutoffRun": {"snapshot": [{"title": "MARK", "label": "MARK", "sold": 1, "minimum": 2, "failed": True}]},
    "campaigns.CampaignReach": {"leader": None, "city": ""},
    # to come, and not on the day the planted list is fetched on
    "leaders.Rest": {"first_on": date(2026, 11, 25), "last_on": date(2026, 11, 25), "ended_at": None},
    "promotions.CouponKind": {
        "state": "running",
        "off_ppm": 0,
        "code": None,
        "claim_until": NOW + timedelta(days=7),
        "valid_until": None,
        "scope": {},
        "issued": 1,
        "per_member": 5,
        "total": None,
    },
    "promotions.Coupon": {"state": "issued", "basket": None, "off_minor": 0, "expires_at": NOW + timedelta(days=7)},
    "fulfilment.UnclaimedRule": {"remind_hours": 24, "decide_hours": 48},
    "fulfilment.Unclaimed": {"state": "due"},
    "points.Purse": {"balance": 9, "locked": 1, "owed": 0},
    "points.PointsRule": {"max_share_ppm": 500_000},
    "points.PointsUse": {"returned": 0, "state": "locked"},
    "points.PointsGain": {"taken_back": 0},
    "promotions.Promotion": {
        "kind": "next_piece",
        "rule": {"every": 2, "off_ppm": 500_000},
        "scope": {},
        "ends_at": NOW + timedelta(days=7),
    },
    "inventory.Stock": {"on_hand": 9, "reserved": 0, "held": 0},
    "inventory.Batch": {"produced_on": None, "state": "available"},
    "inventory.ShelfRule": {"markdown_ppm": 100_000},
    "inventory.Transfer": {"received": None},
    "inventory.StockTakeLine": {"counts": []},
    "purchasing.PurchaseOrder": {"state": "sent"},
    "delivery.DeliveryWay": {"kind": "leader_home"},
    "delivery.FreightZone": {"is_default": False, "words": ["浙江"]},
    "delivery.DeliverySlot": {"kind": "leader_home", "starts": time(18), "ends": time(20)},
    "orders.Order": {
        "slot": None,
        "freight": None,
        "delivery": "pickup",
        "delivery_minor": 0,
        "address": None,
        "state": "paid",
        "paid_minor": 1290,
        "refunded_minor": 0,
        "total_minor": 1290,
        "deposit_minor": None,
        "deposit_paid_at": None,
        "deposit_kept_at": None,
    },
    "payments.Payment": {"method": "sandbox", "refunding_minor": 0, "checkout": None, "covers": None, "part_of": None},
    "orders.OrderLine": {
        "quantity": 1,
        "unit_price_minor": 1290,
        "total_minor": 1290,
        "net_minor": 1290,
        "handed_quantity": 0,
        "refunded_minor": 0,
        "refunded_quantity": 0,
        "substituted_quantity": 1,
        "substitute": {"sku_id": str(ONE_ID), "warehouse_id": str(ONE_ID), "title": "MARK", "label": "MARK"},
        "later_quantity": 0,
        "later_handed_quantity": 0,
        "withdrawn_quantity": 0,
    },
    "orders.LineDiscount": {"source": "next_piece", "off_minor": 100},
    "payments.Channel": {"provider": "wechat"},
    "payments.SandboxCharge": {"refunded_minor": 0},
    "commissions.CommissionRule": {"scope": "store", "scope_id": None, "rate_ppm": 80_000},
    "commissions.CommissionEntry": {"level": 1},
    "content.StoreProfile": {"brand_color": "#0b7a3b"},
    "aftersales.AfterSale": {"state": "store_review", "order_refund": None, "overdue_at": None},
    "aftersales.Liability": {"share_ppm": 1_000_000},
    "aftersales.Weighing": {"paid_minor": 1290, "refund_minor": 90, "order_refund": None},
    "catalog.Category": {"parent": None, "is_hidden": False, "icon": ""},
    "catalog.Product": {
        "state": "on_sale",
        "parameters": [{"name": "MARK", "value": "MARK"}],
        "search_grams": None,
        "sale_from": None,
        "sale_until": None,
        "sale_time_from": None,
        "sale_time_until": None,
        "sale_weekdays": 127,
    },
    "catalog.Sku": {
        "base_sku": None,
        "weighed_per_grams": None,
        "weighed_price_minor": None,
        "estimated_grams": None,
    },
    "catalog.Tag": {"color": "#0b7a3b"},
    "reviews.Review": {"hidden_reason": "", "stars": 5},
    "leaders.PickupPoint": {"latitude": Decimal("30.25"), "longitude": Decimal("120.15")},
}


def plant(ref: StoreRef, *, mark: str) -> int:
    """Put one row into every table of a store; return how many tables were planted."""
    planted = 0
    with in_store(ref):
        for model in store_models():
            if model._meta.label == "content.StoreProfile":
                model._base_manager.all().delete()  # provisioning made the real one
            if not model._base_manager.filter(pk=ONE_ID).exists():
                model._base_manager.bulk_create([model(**_values(model, mark))])
            planted += 1
    return planted


def store_models() -> list[type[models.Model]]:
    """Return the models of a store's rooms, the lower rooms first."""
    labels = [app.rsplit(".", 1)[-1] for app in settings.TENANT_APPS if app.startswith("tenants.")]
    found = [model for label in labels for model in apps.get_app_config(label).get_models()]
    return sorted(found, key=lambda model: (labels.index(model._meta.app_label), _depth(model)))


def _depth(model: type[models.Model]) -> int:
    own = [f.related_model for f in model._meta.fields if f.is_relation and f.related_model is not model]
    inside = [other for other in own if other._meta.app_label == model._meta.app_label]  # type: ignore[union-attr]
    return 1 + max((_depth(other) for other in inside), default=0)  # type: ignore[arg-type]


def _values(model: type[models.Model], mark: str) -> dict[str, Any]:
    special = SPECIAL.get(model._meta.label, {})
    return {
        field.attname: special[field.name] if field.name in special else _value(field, mark)
        for field in model._meta.fields
    }


def _value(field: Any, mark: str) -> Any:
    if field.primary_key or field.is_relation or isinstance(field, models.UUIDField):
        return ONE_ID
    if field.choices:
        return field.choices[0][0]
    if "phone" in field.name:
        return PHONES[mark]
    if field.name in ("file_key", "picture_key", "video_key"):  # of the form that kit.ports.storage writes
        return f"t/{ONE_ID}/goods/ma/{mark.lower():x<32}.webp"
    if field.name == "currency":
        return "CNY"
    if isinstance(field, models.CharField | models.TextField):
        text = f"{mark}-{field.name}"
        return text[: field.max_length] if field.max_length else text
    simple: list[tuple[type, Any]] = [
        (models.DateTimeField, NOW),
        (models.DateField, date(2026, 11, 21)),
        (models.BooleanField, True),
        (models.DecimalField, Decimal("1.5")),
        (models.JSONField, {"mark": mark} if field.default is dict else []),
        (models.IntegerField, 1290 if field.name.endswith("_minor") else 1),
    ]
    return next(value for kind, value in simple if isinstance(field, kind))
