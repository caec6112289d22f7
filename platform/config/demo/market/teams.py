"""拼团 beside today's list: one team is full, two look for people."""

import random
from datetime import datetime, time, timedelta

from config.demo.market.days import ZONE, Neighbourhood, pay
from tenants.campaigns.models import CampaignKind, Team
from tenants.campaigns.services.check_draft import CampaignDraft, ItemDraft
from tenants.campaigns.services.open_campaign import open_campaign
from tenants.sales.services.place_order import Contact, place_order
from tenants.sales.services.quote_lines import WantedLine, quote_lines

_SIZE, _HOURS = 3, 24
_MEMBERS = (3, 2, 1)  # of each team


def teams_today(*, people: Neighbourhood, now: datetime, luck: random.Random) -> int:
    """Open a list of 拼团 this morning and let neighbours team up; return how many orders were placed."""
    opens_at, today = now - timedelta(hours=3), now.astimezone(ZONE).date()
    offered = luck.sample(list(people.skus), min(2, len(people.skus)))
    campaign = open_campaign(
        draft=CampaignDraft(
            name="邻里拼团",
            kind=CampaignKind.TEAM,
            opens_at=opens_at,
            cutoff_at=datetime.combine(today + timedelta(days=1), time(20), tzinfo=ZONE),
            pickup_date=today + timedelta(days=2),
            notice="三人成团，人数不够自动退款",
            items=[ItemDraft(sku_id=sku.pk, price_minor=max(sku.price_minor * 85 // 100, 1)) for sku in offered],
            team_size=_SIZE,
            team_hours=_HOURS,
        ),
        now=opens_at,
        by_name=people.store.owner,
    )
    item = campaign.items.order_by("position")[0]
    neighbours = iter(luck.sample(list(people.members), min(sum(_MEMBERS), len(people.members))))
    placed = 0
    for size in _MEMBERS:
        team: Team | None = None
        for member, _seat in zip(neighbours, range(size), strict=False):
            moment = opens_at + timedelta(minutes=7 * (placed + 1))
            lines, point = [WantedLine(item.pk, 1)], luck.choice(people.points)
            order = place_order(
                member=member,
                pickup_point_id=point.pk,
                lines=lines,
                contact=Contact(name=member.nickname, phone=member.phone),
                remark="",
                expected_total_minor=quote_lines(
                    lines=lines, member=member, pickup_point_id=point.pk, now=moment
                ).total_minor,
                key=f"team-{member.pk}",
                now=moment,
                team_id=team.pk if team else None,
            )
            pay(order.pk, member, moment=moment + timedelta(minutes=1))
            team = Team.objects.get(seats__order_id=order.pk)
            placed += 1
    return placed
