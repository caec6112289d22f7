"""Days of trade: a list is opened, neighbours order and pay, the leader hands out the day after.

Everything goes through the real stories, told the hour at which it happened.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from config.demo.market.plan import Store
from config.demo.market.rhythm import BASKETS, DAY_PERCENT
from kit.errors import Refused
from tenants.campaigns.models import Campaign, CampaignItem
from tenants.campaigns.services.check_draft import CampaignDraft, ItemDraft
from tenants.campaigns.services.open_campaign import open_campaign
from tenants.catalog.models import Sku
from tenants.fulfilment.models import Pickup, PickupState
from tenants.fulfilment.services.hand_over import HandedLine, hand_over
from tenants.leaders.models import PickupPoint
from tenants.members.models import Member
from tenants.orders.models import OrderLine
from tenants.payments.methods.sandbox import read_charge, sandbox_decide
from tenants.sales.services.cancel_order import cancel_order
from tenants.sales.services.expire_orders import expire_orders
from tenants.sales.services.place_order import Contact, place_order
from tenants.sales.services.quote_lines import WantedLine, quote_lines
from tenants.sales.services.settle_payment import settle_payment
from tenants.sales.services.start_payment import start_payment

ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Neighbourhood:
    """Who takes part in a store's days."""

    store: Store
    skus: Sequence[Sku]
    points: Sequence[PickupPoint]
    members: Sequence[Member]


def trade_on(day: date, *, people: Neighbourhood, now: datetime, luck: random.Random) -> int:
    """Live one day up to ``now``; return how many orders were placed."""
    opens_at, cutoff_at = _hours(day, now)
    campaign = _open_list(day, opens_at, cutoff_at, people=people, luck=luck)
    items = list(campaign.items.select_related("sku"))
    busy = people.store.orders_a_day * DAY_PERCENT[day.toordinal() % len(DAY_PERCENT)] // 100
    until = min(cutoff_at, now - timedelta(minutes=20))
    minutes = int((until - opens_at) / timedelta(minutes=1))
    hours = sorted(opens_at + timedelta(minutes=luck.randrange(minutes)) for _order in range(max(busy, 2)))
    placed = sum(order_and_pay(people, items, moment=moment, luck=luck) for moment in hours)
    expire_orders(now=min(cutoff_at, now))
    return placed


def hand_out(day: date, *, people: Neighbourhood, now: datetime, luck: random.Random) -> int:
    """Hand out what is to be fetched on ``day``; a few neighbours forget to come."""
    waiting = Pickup.objects.filter(pickup_date=day, state=PickupState.WAITING).select_related("leader")
    handed = 0
    for pickup in waiting:
        moment = _at(day, 16) + timedelta(minutes=luck.randrange(240))
        if moment > now or luck.random() < 0.06:
            continue
        lines = OrderLine.objects.filter(
            order__member=pickup.member_id,
            order__pickup_point=pickup.pickup_point_id,
            order__pickup_date=day,
            order__state="paid",
        )
        wanted = [HandedLine(line_id=line.pk, quantity=line.quantity) for line in lines]
        if wanted:
            hand_over(pickup_id=pickup.pk, leader=pickup.leader, lines=wanted, by_name=pickup.leader.name, now=moment)
            handed += 1
    return handed


def _hours(day: date, now: datetime) -> tuple[datetime, datetime]:
    """Six in the morning until eleven at night; today's list is open at whatever hour the demo is started."""
    opens_at, cutoff_at = _at(day, 6), _at(day, 23)
    if day < now.astimezone(ZONE).date():
        return opens_at, cutoff_at
    return min(opens_at, now - timedelta(hours=3)), max(cutoff_at, now + timedelta(hours=5))


def _open_list(
    day: date, opens_at: datetime, cutoff_at: datetime, *, people: Neighbourhood, luck: random.Random
) -> Campaign:
    offered = luck.sample(list(people.skus), min(26, len(people.skus)))
    drafts = [
        ItemDraft(
            sku_id=sku.pk,
            price_minor=sku.price_minor - 50 if luck.random() < 0.3 and sku.price_minor > 300 else sku.price_minor,
            strike_minor=sku.price_minor + 150 if luck.random() < 0.4 else None,
            quota=luck.choice([None, None, 40, 60, 100]),
            per_member_limit=luck.choice([None, None, 3, 5]),
        )
        for sku in offered
    ]
    return open_campaign(
        draft=CampaignDraft(
            name=f"{day.month}月{day.day}日 今日开团",
            opens_at=opens_at,
            cutoff_at=cutoff_at,
            pickup_date=day + timedelta(days=1),
            notice="明天下午 4 点后到自提点取货",
            items=drafts,
        ),
        now=opens_at,
        by_name=people.store.owner,
    )


def order_and_pay(people: Neighbourhood, items: list[CampaignItem], *, moment: datetime, luck: random.Random) -> int:
    """Let some neighbour order a few of these and mostly pay; return how many orders were placed."""
    member, point = luck.choice(people.members), luck.choice(people.points)
    basket = luck.sample(items, min(luck.choice(BASKETS), len(items)))
    lines = [WantedLine(item.pk, luck.choice([1, 1, 1, 2])) for item in basket]
    quote = quote_lines(lines=lines, member=member, pickup_point_id=point.pk, now=moment, shows_coupons=True)
    coupon_id = next((choice.coupon.pk for choice in quote.coupons if choice.fits), None)
    if coupon_id:
        quote = quote_lines(lines=lines, member=member, pickup_point_id=point.pk, now=moment, coupon_id=coupon_id)
    try:
        order = place_order(
            member=member,
            pickup_point_id=point.pk,
            lines=lines,
            contact=Contact(name=member.nickname, phone=member.phone),
            remark=luck.choice(["", "", "", "", "下班后来取", "麻烦挑大一点的"]),
            expected_total_minor=quote.total_minor,
            coupon_id=coupon_id,
            key=f"market-{member.pk}-{moment.isoformat()}",
            now=moment,
        )
    except Refused:  # sold out or over the limit: that happens to neighbours too
        return 0
    fate = luck.random()
    if fate < 0.05:
        return 1  # never paid; the reservation runs out
    if fate < 0.09:
        cancel_order(order_id=order.pk, member=member, reason="不想要了", now=moment + timedelta(minutes=3))
        return 1
    pay(order.pk, member, moment=moment + timedelta(minutes=1), fails_first=fate < 0.14)
    return 1


def pay(order_id: UUID, member: Member, *, moment: datetime, fails_first: bool = False) -> None:
    """Let a neighbour pay an order by the sandbox, at the second try if the first is to fail."""
    decisions: tuple[Literal["pay", "fail"], ...] = ("fail", "pay") if fails_first else ("pay",)
    for attempt, decision in enumerate(decisions):
        at = moment + timedelta(minutes=attempt)
        started = start_payment(order_id=order_id, member=member, method="sandbox", key=f"try-{attempt}", now=at)
        sandbox_decide(key=started.payment.key, decision=decision, now=at + timedelta(seconds=20))
        news = read_charge(key=started.payment.key)  # asked, not told: the worker is not up yet
        if news is not None:
            settle_payment(news=news, now=at + timedelta(seconds=21))


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=ZONE)
