"""Checkouts, made by the story that makes them in a shop."""

from datetime import datetime, timedelta

from kit.ids import new_id
from tenants.campaigns.models import CampaignItem
from tenants.leaders.models import PickupPoint
from tenants.members.models import Member
from tenants.orders.models import Checkout, Order
from tenants.promotions.models import Coupon
from tenants.sales.services.place_checkout import place_checkout
from tenants.sales.services.place_order import Contact
from tenants.sales.services.quote_lines import WantedLine, quote_lines
from tests.factories.campaigns import an_open_campaign
from tests.factories.catalog import a_product
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.times import NOW, TOMORROW


def an_offer_for(days: int, *, title: str = "丰水梨", price_minor: int = 990, in_stock: int = 100) -> CampaignItem:
    """One item of a list of its own, fetched so many days after tomorrow."""
    sku = a_product(title=title, price_minor=price_minor, in_stock=in_stock)
    return an_open_campaign(sku, pickup_date=TOMORROW + timedelta(days=days)).items.get()


def a_checkout(
    *lines: tuple[CampaignItem, int],
    member: Member | None = None,
    point: PickupPoint | None = None,
    coupon: Coupon | None = None,
    uses_points: bool = False,
    expected: int | None = None,
    key: str = "",
    now: datetime = NOW,
) -> Checkout:
    """A checkout awaiting payment: one piece for tomorrow and one for the day after, if nothing is said."""
    lines = lines or ((an_offer_for(0, title="苹果"), 1), (an_offer_for(1), 1))
    member, point = member or a_member(), point or a_leader_with_point()
    wanted = [WantedLine(item.pk, quantity) for item, quantity in lines]
    if expected is None:
        quote = quote_lines(
            lines=wanted,
            member=member,
            pickup_point_id=point.pk,
            now=now,
            coupon_id=coupon.pk if coupon else None,
            uses_points=uses_points,
            splits=True,
        )
        expected = quote.total_minor
    return place_checkout(
        member=member,
        pickup_point_id=point.pk,
        lines=wanted,
        contact=Contact(name="王阿姨", phone="13800000000"),
        remark="放门口",
        expected_total_minor=expected,
        coupon_id=coupon.pk if coupon else None,
        uses_points=uses_points,
        key=key or str(new_id()),
        now=now,
    )


def orders_of(checkout: Checkout) -> list[Order]:
    """Its orders as they are now, the first pickup day first."""
    return list(Order.objects.filter(checkout=checkout).order_by("pickup_date", "id"))
