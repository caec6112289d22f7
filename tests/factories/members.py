"""People who shop."""

from itertools import count

from tenants.members.models import Member
from tests.factories.times import NOW

_phones = count(13_800_000_000)


def a_member(*, nickname: str = "王阿姨", phone: str = "") -> Member:
    return Member.objects.create(phone=phone or str(next(_phones)), nickname=nickname, joined_at=NOW)
