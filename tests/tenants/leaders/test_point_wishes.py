"""A neighbour without a point near leaves a phone, agreed to; the store's people follow it up."""

from datetime import timedelta
from typing import Any

import pytest

from kit.errors import Refused
from kit.phones import NotAPhone
from kit.tenancy import StoreRef
from tenants.leaders.models import PointWish, WishState
from tenants.leaders.point_wishes import (
    NotAgreed,
    TooManyWishes,
    WishDraft,
    WishMissing,
    WishOver,
    count_wishes,
    follow_wish,
    leave_wish,
    wishes_for_desk,
)
from tenants.leaders.services import add_leader
from tests.factories.members import a_member
from tests.factories.times import NOW, later


def left(*, agrees: bool = True, now: Any = NOW, member: Any = None, **words: Any) -> PointWish:
    draft = WishDraft(**{"name": "王女士", "phone": "138 1234 5678", "city": "上海", "estate": "绿城一期", **words})
    return leave_wish(draft=draft, agrees=agrees, member=member, now=now)


def follow(wish: PointWish, state: WishState, note: str = "") -> PointWish:
    return follow_wish(wish_id=wish.pk, state=state, note=note, now=NOW, by_name="陈店长")


class TestLeaving:
    def test_keeps_phone_place_and_who_agreed_when(self, in_acme: StoreRef) -> None:
        member = a_member()
        wish = left(member=member, estate=" 绿城  一期 ", latitude="31.2304", longitude="121.4737", would_lead=True)

        assert (wish.phone, wish.estate, wish.agreed_at, wish.member_id) == ("13812345678", "绿城 一期", NOW, member.pk)
        assert (wish.state, wish.would_lead, wish.latitude is None) == ("new", True, False)

    @pytest.mark.parametrize(
        ("words", "refusal"), [({"agrees": False}, NotAgreed), ({"phone": "12345"}, NotAPhone)], ids=["no", "no phone"]
    )
    def test_without_a_yes_or_a_phone_nothing_is_kept(
        self, in_acme: StoreRef, words: dict[str, Any], refusal: type[Refused]
    ) -> None:
        with pytest.raises(refusal):
            left(**words)
        assert not PointWish.objects.exists()

    def test_the_same_again_is_the_same_until_it_is_settled(self, in_acme: StoreRef) -> None:
        wish = left()
        assert left(now=later(hours=30)) == wish
        follow(wish, WishState.REFUSED)
        assert left(now=later(hours=60)) != wish

    def test_three_a_day_of_one_phone(self, in_acme: StoreRef) -> None:
        for number in range(3):
            left(estate=f"{number} 期")
        with pytest.raises(TooManyWishes):
            left(estate="四期")
        assert left(estate="四期", phone="13900000001").estate == "四期"
        assert left(estate="四期", now=NOW + timedelta(days=1)).estate == "四期"

    def test_half_a_place_is_none(self, in_acme: StoreRef) -> None:
        assert left(latitude="31.2304").latitude is None


class TestFollowing:
    def test_are_found_by_words_and_state_and_counted(self, in_acme: StoreRef) -> None:
        first = left()
        second = left(phone="13900000001", name="李先生", estate="阳光里", now=later(minutes=1))
        follow(first, WishState.TOUCHED, "周末去看场地")

        assert list(wishes_for_desk()) == [second, first]
        for query, found in (("绿城", [first]), ("1390", [second]), ("李先", [second]), ("上海", [second, first])):
            assert list(wishes_for_desk(query=query)) == found
        assert list(wishes_for_desk(state="touched")) == [first]
        assert count_wishes(query="绿城") == {"": 1, "new": 0, "touched": 1, "opened": 0, "refused": 0}

    def test_becomes_a_leader_and_is_over_then(self, in_acme: StoreRef) -> None:
        wish = left()
        leader = add_leader(name="王女士", phone=wish.phone, now=NOW, by_name="陈店长", wish_id=wish.pk)

        wish.refresh_from_db()
        assert (wish.state, wish.leader_id, wish.followed_by) == ("opened", leader.pk, "陈店长")
        with pytest.raises(WishOver):
            follow(wish, WishState.REFUSED)
        with pytest.raises(WishOver):
            add_leader(name="另一位", phone="13900000009", now=NOW, by_name="", wish_id=wish.pk)
        assert wishes_for_desk()[0].leader == leader

    def test_opened_is_no_word_one_types(self, in_acme: StoreRef) -> None:
        wish = left()
        with pytest.raises(WishOver):
            follow(wish, WishState.OPENED)
        with pytest.raises(WishMissing):
            follow_wish(wish_id=a_member().pk, state=WishState.NEW, note="", now=NOW, by_name="")
