"""For whom a coupon may be meant, said of one member."""

from tenants.leaders.selectors import leader_of
from tenants.members.models import Member
from tenants.orders.selectors import has_paid
from tenants.promotions.models import Audience


def audiences_of(member: Member) -> frozenset[Audience]:
    """Say what a member is beside one of all: new while nothing was ever paid, a leader."""
    found = set()
    if not has_paid(member):
        found.add(Audience.NEW)
    if leader_of(member):
        found.add(Audience.LEADERS)
    return frozenset(found)
