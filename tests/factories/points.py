"""Points: a store's rule, and members who have some."""

from kit.ids import new_id
from tenants.members.models import Member
from tenants.points.models import PointsRule
from tenants.points.services.keep_rule import RuleDraft, adjust_points, keep_rule
from tests.factories.members import a_member
from tests.factories.times import NOW


def a_points_rule(
    *,
    is_on: bool = True,
    earn_per_yuan: int = 1,
    per_yuan: int = 100,
    max_share_ppm: int = 500_000,
    years_kept: int | None = 1,
) -> PointsRule:
    """A point for each yuan, a hundred of them a yuan off, up to half of an order, good to the end of next year."""
    draft = RuleDraft(is_on, earn_per_yuan, per_yuan, max_share_ppm, years_kept)
    return keep_rule(draft=draft, by_name="老板", now=NOW)


def a_member_with_points(points: int) -> Member:
    """Somebody to whom the shop gave so many."""
    member = a_member()
    adjust_points(phone=member.phone, points=points, reason="开业送积分", key=new_id(), by_name="老板", now=NOW)
    return member
