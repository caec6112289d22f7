"""A chain (接龙) beside today's list: a few neighbours have joined, one gave up again."""

import random
from datetime import datetime, time, timedelta

from config.demo.market.days import ZONE, Neighbourhood, order_and_pay
from tenants.campaigns.models import CampaignKind
from tenants.campaigns.services.check_draft import CampaignDraft, ItemDraft
from tenants.campaigns.services.open_campaign import open_campaign
from tenants.journal.services import Actor
from tenants.orders.models import Order, OrderState
from tenants.sales.services.refund_lines import refund_whole

_GOODS = 4
_JOINED = 7
_LEAST = 6  # of the first thing, so that a list which still has to form is seen too


def chain_today(*, people: Neighbourhood, now: datetime, luck: random.Random) -> int:
    """Open a chain this morning and let neighbours join it; return how many orders were placed."""
    opens_at, today = now - timedelta(hours=2), now.astimezone(ZONE).date()
    offered = luck.sample(list(people.skus), min(_GOODS, len(people.skus)))
    chain = open_campaign(
        draft=CampaignDraft(
            name="老邻居接龙",
            kind=CampaignKind.SOLITAIRE,
            opens_at=opens_at,
            cutoff_at=datetime.combine(today + timedelta(days=1), time(20), tzinfo=ZONE),
            pickup_date=today + timedelta(days=2),
            notice="后天下午 4 点后到自提点取货",
            items=[
                ItemDraft(sku_id=sku.pk, price_minor=sku.price_minor, min_form_quantity=None if place else _LEAST)
                for place, sku in enumerate(offered)
            ],
        ),
        now=opens_at,
        by_name=people.store.owner,
    )
    items = list(chain.items.select_related("sku"))
    placed = sum(
        order_and_pay(people, items, moment=opens_at + timedelta(minutes=9 * number), luck=luck)
        for number in range(1, _JOINED + 1)
    )
    paid = Order.objects.filter(lines__campaign_item__campaign=chain, state=OrderState.PAID)
    if gives_up := paid.order_by("placed_at").first():
        actor = Actor(kind="member", id=str(gives_up.member_id), name=gives_up.contact_name)
        refund_whole(order_id=gives_up.pk, reason="买重了", actor=actor, key="gives-up", now=now)
    return placed
