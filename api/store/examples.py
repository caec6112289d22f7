"""Values shown in the description of the API; a test holds each against its own form."""

from typing import Any

MEMBER_ID = "019a8f2e-7c00-7000-8000-000000000001"
LEADER_ID = "019a8f2e-7c00-7000-8000-000000000002"
POINT_ID = "019a8f2e-7c00-7000-8000-000000000003"
CAMPAIGN_ID = "019a8f2e-7c00-7000-8000-000000000004"
ITEM_ID = "019a8f2e-7c00-7000-8000-000000000005"
PRODUCT_ID = "019a8f2e-7c00-7000-8000-000000000006"
SKU_ID = "019a8f2e-7c00-7000-8000-000000000007"
ADDRESS_ID = "019a8f2e-7c00-7000-8000-0000000000c1"
SLOT_ID = "019a8f2e-7c00-7000-8000-0000000000c2"
CHECKOUT_ID = "019a8f2e-7c00-7000-8000-0000000000c0"
ORDER_ID = "019a8f2e-7c00-7000-8000-000000000008"
LINE_ID = "019a8f2e-7c00-7000-8000-000000000009"
PAYMENT_ID = "019a8f2e-7c00-7000-8000-00000000000a"
PICKUP_ID = "019a8f2e-7c00-7000-8000-00000000000b"
HANDOVER_ID = "019a8f2e-7c00-7000-8000-00000000000c"
ENTRY_ID = "019a8f2e-7c00-7000-8000-00000000000d"
COUPON_KIND_ID = "019a8f2e-7c00-7000-8000-00000000000e"
COUPON_ID = "019a8f2e-7c00-7000-8000-00000000000f"
CATEGORY_ID = "019a8f2e-7c00-7000-8000-000000000010"
TAG_ID = "019a8f2e-7c00-7000-8000-000000000011"
REVIEW_ID = "019a8f2e-7c00-7000-8000-000000000012"
PICTURE_ID = "019a8f2e-7c00-7000-8000-000000000013"
REVIEW_IMAGE = "/media/reviews/ab/abcdefghijklmnopqrstuvwxyz234567.webp"
AFTER_SALE_ID = "019a8f2e-7c00-7000-8000-000000000014"
TEAM_ID = "019a8f2e-7c00-7000-8000-000000000016"
PHOTO_ID = "019a8f2e-7c00-7000-8000-000000000015"
IMAGE = "/media/goods/ab/abcdefghijklmnopqrstuvwxyz234567.webp"


def yuan(fen: int) -> dict[str, Any]:
    """Write an amount for an example."""
    return {"amount": fen, "currency": "CNY"}


def page(*items: Any) -> dict[str, Any]:
    """Write a last page for an example."""
    return {"items": list(items), "next": None}


MEMBER = {"id": MEMBER_ID, "nickname": "邻居5678", "phone_masked": "138****5678", "is_leader": False}
POINT = {
    "id": POINT_ID,
    "name": "万科城市花园",
    "address": "七莘路 3333 号 5 号楼底商",
    "city": "上海",
    "district": "闵行区",
    "lat": 31.145,
    "lng": 121.352,
    "distance_m": 320,
    "opening_hours": "16:00–20:30",
    "leader": {"id": LEADER_ID, "name": "陈姐"},
    "is_open": True,
    "resting_note": "",
    "rest": {
        "first_on": "2026-11-25",
        "last_on": "2026-11-27",
        "note": "回老家",
        "sentence": "陈姐11月25日 周三至11月27日 周五休息，这几天不能提货",
    },
}
