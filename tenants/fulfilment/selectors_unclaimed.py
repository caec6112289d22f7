"""Reading what nobody fetched."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.money import PPM, round_half_away
from kit.web.format import percent
from tenants.fulfilment.models import WAITING_UNCLAIMED, Unclaimed, UnclaimedRule, UnclaimedState
from tenants.leaders.models import Leader
from tenants.orders.models import PAID_STATES, OrderLine


class UnclaimedMissing(Refused):
    """There is no such thing left to decide."""

    code, kind, sentence = "unclaimed_missing", Kind.MISSING, _("没有找到这份未取的货，可能已经处理过了。")


def unclaimed_rule() -> UnclaimedRule:
    """Read the store's rule; a store that never set one has the usual one, not saved."""
    return UnclaimedRule.objects.first() or UnclaimedRule()


def unclaimed_for_desk(*, state: str = "", query: str = "") -> QuerySet[Unclaimed]:
    """List what was not fetched, the longest waiting first; of one state, or of who has this phone or name."""
    found = Unclaimed.objects.select_related("pickup__member", "pickup__leader", "pickup__pickup_point")
    if state:
        found = found.filter(state=state)
    if query:
        member = Q(pickup__member__phone__contains=query) | Q(pickup__member__nickname__icontains=query)
        found = found.filter(member | Q(pickup__leader__name__icontains=query))
    return found.order_by("since", "id")


def count_unclaimed(found: QuerySet[Unclaimed]) -> dict[str, int]:
    """Count by state, for the tabs."""
    return dict(found.order_by().values_list("state").annotate(n=Count("pk")))


def unclaimed_of_leader(leader: Leader) -> list[Unclaimed]:
    """List what still lies at a leader's points though its day is over, the longest waiting first."""
    found = unclaimed_for_desk().filter(pickup__leader=leader, state__in=WAITING_UNCLAIMED)
    return list(found[:200])


def count_unclaimed_of(leader_id: UUID) -> int:
    """Count what still lies at a leader's points though its day is over."""
    return Unclaimed.objects.filter(pickup__leader=leader_id, state__in=WAITING_UNCLAIMED).count()


def lines_left(rows: Iterable[Unclaimed]) -> dict[UUID, list[tuple[OrderLine, int]]]:
    """Read what lies there of each of these, by its id, each line with how many pieces: one statement."""
    by_visit = {_key(row.pickup): row.pk for row in rows if row.state in WAITING_UNCLAIMED}
    found: dict[UUID, list[tuple[OrderLine, int]]] = defaultdict(list)
    if not by_visit:
        return found
    days = {key[2] for key in by_visit}
    lines = OrderLine.objects.filter(
        Q(order__pickup_date__in=days) | Q(later_on__in=days, later_quantity__gt=0),
        order__member__in={key[0] for key in by_visit},
        order__state__in=PAID_STATES,
    ).select_related("order")
    for line in lines.order_by("id"):
        order = line.order
        for day in {order.pickup_date, line.later_on or order.pickup_date}:
            row_id = by_visit.get((order.member_id, order.pickup_point_id, day))
            if row_id and line.left_on(day) and not order.is_delivered:
                found[row_id].append((line, line.left_on(day)))
    return found


def money_left(lines: Iterable[tuple[OrderLine, int]]) -> int:
    """Say what goes back when these lines' waiting pieces do, in minor units."""
    return sum(line.share_of(min(pieces, line.quantity - line.refunded_quantity)) for line, pieces in lines)


def money_in_part(lines: Iterable[tuple[OrderLine, int]], rule: UnclaimedRule) -> int:
    """Say what goes back of it at the rule's discount, in minor units, line by line as it is given back."""
    return sum(
        round_half_away(Fraction(money_left([(line, pieces)]) * rule.back_of(line.order), PPM))
        for line, pieces in lines
    )


def rule_for_shoppers() -> str:
    """Say at checkout that goods nobody fetches are given back at a discount; empty where they never are."""
    rule = unclaimed_rule()
    if rule.back_ppm is None:
        return ""
    words = {"hours": rule.decide_hours, "percent": percent(rule.back_ppm)}
    return gettext("提货日晚上 8 点后 %(hours)s 小时没来取，店里可以按 %(percent)s 退款。") % words


def waiting_unclaimed(unclaimed_id: UUID) -> Unclaimed:
    """Read one that is not decided yet. :raises UnclaimedMissing:"""
    found = unclaimed_for_desk().filter(pk=unclaimed_id, state__in=WAITING_UNCLAIMED).first()
    if found is None:
        raise UnclaimedMissing
    return found


def is_waiting(state: str) -> bool:
    """Say whether something in this state is still to be decided."""
    return UnclaimedState(state) in WAITING_UNCLAIMED


def _key(visit: Any) -> tuple[UUID, UUID, date]:
    return visit.member_id, visit.pickup_point_id, visit.pickup_date
