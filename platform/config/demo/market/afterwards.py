"""What neighbours do when they have their goods: they complain a little, praise more, and earn points."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from config.demo.market.days import Neighbourhood
from kit.errors import Refused
from kit.ids import new_id
from tenants.aftersales.models import Reason, Remedy
from tenants.aftersales.services.ask import Asked, Asker, ask_after_sale
from tenants.aftersales.services.decide import Decision, approve, reject
from tenants.aftersales.services.follow import note_opinion
from tenants.delivery.freight_desk import ZoneDraft, save_zone, switch_express
from tenants.journal.services import Actor
from tenants.leaders.areas import AreaDraft, save_area
from tenants.leaders.models import PickupPoint
from tenants.members.models import Member
from tenants.orders.models import OrderLine
from tenants.points.services.keep_rule import RuleDraft, adjust_points, keep_rule
from tenants.reviews.models import Review
from tenants.reviews.services.answer_review import reply_to_review
from tenants.reviews.services.write_review import write_review
from tenants.sales.services.complete_orders import complete_orders

_GIVEN_POINTS = 5
_FREIGHT = (
    ZoneDraft("江浙沪", ("上海", "江苏", "浙江"), False, 1000, 800, 1000, 200, 9900),
    ZoneDraft("偏远地区", ("新疆", "西藏"), False, 1000, 2500, 500, 1200, is_on=False),
    ZoneDraft("其他地区", (), True, 1000, 1200, 1000, 500),
)
_PRAISE = (
    (5, "很新鲜，孩子爱吃，明天还买。"),
    (5, "包装干净，分量足，团长也热心。"),
    (4, "味道不错，就是到得晚了一点。"),
    (5, "比菜场便宜，第二次买了。"),
    (3, "有两个压坏了，其他还可以。"),
)
_COMPLAINTS = (
    (Reason.SHORT, "少了一份，袋子里没有"),
    (Reason.OTHER, "和上次的不一样，想退一份"),
    (Reason.SHORT, "数量不对"),
)


def set_up_service(*, points: Sequence[PickupPoint], members: Sequence[Member], now: datetime, by_name: str) -> None:
    """Give points for money spent and some to begin with, draw a service area around each city's points, and send
    parcels."""
    rule = RuleDraft(is_on=True, earn_per_yuan=1, per_yuan=100, max_share_ppm=300_000, years_kept=1)
    keep_rule(draft=rule, by_name=by_name, now=now)
    for member in members[:_GIVEN_POINTS]:
        adjust_points(phone=member.phone, points=200, reason="开业送积分", key=new_id(), by_name=by_name, now=now)
    for city in sorted({point.city for point in points}):
        own = [point for point in points if point.city == city]
        save_area(draft=AreaDraft(f"{city}主城区", city), point_ids=[one.pk for one in own], now=now, by_name=by_name)
    for zone in _FREIGHT:
        save_zone(draft=zone, now=now, by_name=by_name)
    switch_express(is_on=True, now=now, by_name=by_name)


def live_on(*, people: Neighbourhood, now: datetime, luck: random.Random) -> None:
    """Let lines of the last two days be reviewed and complained about, and complete what is older."""
    complete_orders(now=now)
    fresh = OrderLine.objects.filter(
        order__picked_up_at__gte=now - timedelta(days=2), handed_quantity__gt=0, quantity__gt=0
    )
    lines = list(fresh.select_related("order__member", "order__leader").order_by("pk")[:60])
    luck.shuffle(lines)
    for line, (stars, words) in zip(lines, _PRAISE * 2, strict=False):
        _review(line, stars, words, people.store.owner, now)
    asked = [found for line in lines[-6:] if (found := _complain(line, luck, now))]
    for after_sale_id, answer in zip(asked, (True, False), strict=False):
        _decide(after_sale_id, answer, people.store.owner, now)


def _review(line: OrderLine, stars: int, words: str, owner: str, now: datetime) -> None:
    try:
        review: Review = write_review(
            member=line.order.member,
            line_id=line.pk,
            stars=stars,
            words=words,
            is_anonymous=stars < 4,
            picture_ids=[],
            now=now,
        )
    except Refused:
        return
    if stars < 5:
        actor = Actor(kind="person", name=owner)
        reply_to_review(review_id=review.pk, reply="谢谢反馈，下次一定改进。", actor=actor, now=now)


def _complain(line: OrderLine, luck: random.Random, now: datetime) -> UUID | None:
    reason, words = luck.choice(_COMPLAINTS)
    member = line.order.member
    asked = Asked(line_id=line.pk, reason=reason, remedy=Remedy.REFUND, quantity=1, words=words)
    actor = Actor(kind="member", id=str(member.pk), name=member.nickname)
    try:
        made = ask_after_sale(asked=asked, by=Asker(actor, member=member), key=f"market-{line.pk}", now=now)
        leader = line.order.leader
        said = Actor(kind="leader", id=str(leader.pk), name=leader.name)
        note_opinion(
            after_sale_id=made.pk, leader=leader, agrees=True, words="确实少了，我这边看到了", actor=said, now=now
        )
    except Refused:
        return None
    return made.pk


def _decide(after_sale_id: UUID, is_granted: bool, owner: str, now: datetime) -> None:
    actor = Actor(kind="person", name=owner)
    try:
        if is_granted:
            approve(after_sale_id=after_sale_id, decision=Decision(remedy=Remedy.REFUND), actor=actor, now=now)
        else:
            reject(after_sale_id=after_sale_id, answer="监控里装袋数量没有问题，请再核对一下。", actor=actor, now=now)
    except Refused:
        return
