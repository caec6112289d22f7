"""Goods, leaders and orders for the tests of the store's desk; each row valid by default."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from kit.ids import new_digits
from tenants.campaigns.models import Campaign, CampaignItem, CampaignState
from tenants.catalog.models import Product, ProductState, Sku
from tenants.inventory.models import Stock
from tenants.leaders.models import Leader, PickupPoint
from tenants.members.models import Member
from tenants.orders.models import Order, OrderLine, OrderState

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # noon in Shanghai
TODAY = date(2026, 11, 22)
TOMORROW = date(2026, 11, 23)


def a_sku(*, title: str = "红富士苹果", label: str = "500g", in_stock: int = 10, **fields: Any) -> Sku:
    """Put a product with one SKU on the shelf."""
    state = fields.pop("state", ProductState.ON_SALE)
    product = Product.objects.create(title=title, search_text=title, state=state, created_at=NOON, updated_at=NOON)
    sku = Sku.objects.create(product=product, label=label, **{"price_minor": 1290, "cost_minor": 900, **fields})
    Stock.objects.create(sku=sku, on_hand=in_stock)
    return sku


def a_member(*, phone: str = "", nickname: str = "王阿姨") -> Member:
    return Member.objects.create(phone=phone or f"13{new_digits(9)}", nickname=nickname, joined_at=NOON)


def a_leader(*, name: str = "李姐", phone: str = "") -> Leader:
    member = a_member(phone=phone, nickname=name)
    return Leader.objects.create(member=member, name=name, phone=member.phone, joined_at=NOON)


def a_point(*, leader: Leader | None = None, name: str = "绿城一期自提点", **fields: Any) -> PickupPoint:
    return PickupPoint.objects.create(
        leader=leader or a_leader(),
        name=name,
        created_at=NOON,
        **{
            "city": "上海",
            "district": "浦东新区",
            "address": "锦绣路 100 弄 3 号",
            "latitude": Decimal("31.230000"),
            "longitude": Decimal("121.470000"),
            "opening_hours": "16:00–20:30",
            **fields,
        },
    )


def a_campaign(*, skus: list[Sku] | None = None, quota: int | None = 20, **fields: Any) -> Campaign:
    """Put a list on sale since this morning, until tonight."""
    campaign = Campaign.objects.create(
        **{
            "name": "11月22日 今日团",
            "state": CampaignState.PUBLISHED,
            "opens_at": NOON - timedelta(hours=4),
            "cutoff_at": NOON + timedelta(hours=11),
            "pickup_date": TOMORROW,
            "created_at": NOON,
            **fields,
        }
    )
    for position, sku in enumerate([a_sku()] if skus is None else skus):
        CampaignItem.objects.create(campaign=campaign, sku=sku, price_minor=990, quota=quota, position=position)
    return campaign


def an_order(
    *,
    item: CampaignItem,
    point: PickupPoint | None = None,
    member: Member | None = None,
    quantity: int = 2,
    placed_at: datetime = NOON,
    is_paid: bool = True,
) -> Order:
    """Place an order of one line, and pay it unless told otherwise."""
    point = point or a_point()
    total = quantity * item.price_minor
    order = Order.objects.create(
        number=f"26112{new_digits(9)}",
        member=member or a_member(),
        leader=point.leader,
        pickup_point=point,
        pickup_date=item.campaign.pickup_date,
        state=OrderState.PAID if is_paid else OrderState.PENDING_PAYMENT,
        contact_name="王阿姨",
        contact_phone="13812345678",
        point_name=point.name,
        point_address=point.address,
        point_hours=point.opening_hours,
        leader_name=point.leader.name,
        leader_phone=point.leader.phone,
        currency="CNY",
        total_minor=total,
        paid_minor=total if is_paid else 0,
        placed_at=placed_at,
        expires_at=placed_at + timedelta(minutes=15),
        paid_at=placed_at if is_paid else None,
        key=new_digits(12),
    )
    OrderLine.objects.create(
        order=order,
        campaign_item=item,
        sku=item.sku,
        title=item.sku.product.title,
        sku_label=item.sku.label,
        quantity=quantity,
        unit_price_minor=item.price_minor,
        total_minor=total,
        net_minor=total,
    )
    taken = item.taken + quantity
    CampaignItem.objects.filter(pk=item.pk).update(taken=taken, sold=item.sold + (quantity if is_paid else 0))
    return order
