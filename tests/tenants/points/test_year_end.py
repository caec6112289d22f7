"""Points end with a year and members are told before; the desk gives and takes some with a reason."""

from datetime import UTC, datetime

import pytest

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.points.models import MoveKind
from tenants.points.selectors import moves_for_desk, points_outstanding, purse_of
from tenants.points.services.expire import expire_points, warn_of_year_end
from tenants.points.services.keep_rule import (
    MoreThanHeld,
    NoSuchMember,
    ReasonMissing,
    RuleDraft,
    RuleOutOfBounds,
    adjust_points,
    keep_rule,
)
from tests.factories.campaigns import an_offer
from tests.factories.points import a_member_with_points, a_points_rule
from tests.factories.times import NOW, later
from tests.tenants.points.test_points import paid, place, purse


class TestYearEnd:
    def test_what_is_older_than_the_rule_goes_and_the_oldest_were_spent_first(self, in_acme: StoreRef) -> None:
        a_points_rule()
        member = a_member_with_points(500)  # of 2026
        later_one = datetime(2027, 5, 1, tzinfo=UTC)
        adjust_points(phone=member.phone, points=300, reason="活动", key=new_id(), by_name="老板", now=later_one)
        adjust_points(phone=member.phone, points=-450, reason="换购", key=new_id(), by_name="老板", now=later_one)

        assert expire_points(now=datetime(2027, 12, 31, 15, 59, tzinfo=UTC)) == 0  # a minute before midnight there
        assert expire_points(now=datetime(2027, 12, 31, 16, 1, tzinfo=UTC)) == 1
        assert expire_points(now=datetime(2027, 12, 31, 16, 2, tzinfo=UTC)) == 0
        assert purse(member) == (300, 0, 0)
        assert expire_points(now=datetime(2029, 1, 1, tzinfo=UTC)) == 1
        assert purse(member) == (0, 0, 0)

    def test_what_waits_in_a_basket_is_left_to_it(self, in_acme: StoreRef) -> None:
        a_points_rule(years_kept=0)
        item, member = an_offer(price_minor=1000), a_member_with_points(700)
        order = place(member, (item, 1), total=500)
        assert expire_points(now=datetime(2027, 1, 1, tzinfo=UTC)) == 1
        assert purse(member) == (500, 500, 0)
        paid(order)
        assert purse(member) == (0, 0, 0)

    def test_members_are_told_once_before_and_see_it(self, in_acme: StoreRef, monkeypatch: pytest.MonkeyPatch) -> None:
        a_points_rule(years_kept=0)
        member = a_member_with_points(500)
        december = datetime(2026, 12, 5, tzinfo=UTC)
        sent: list[str] = []
        monkeypatch.setattr(
            "tenants.points.services.expire.send_store_sms.delay", lambda **words: sent.append(words["text"])
        )
        monkeypatch.setattr("django.db.transaction.on_commit", lambda send: send())

        assert [warn_of_year_end(now=moment) for moment in (later(days=-200), december, december)] == [0, 1, 0]

        assert len(sent) == 1
        assert "500 积分" in sent[0]
        assert "2026-12-31" in sent[0]
        ending = purse_of(member=member, now=december).ending
        assert ending
        assert (ending.points, str(ending.last_day)) == (500, "2026-12-31")

    def test_for_ever_is_for_ever(self, in_acme: StoreRef) -> None:
        a_points_rule(years_kept=None)
        member = a_member_with_points(500)
        assert expire_points(now=datetime(2036, 1, 1, tzinfo=UTC)) == 0
        assert purse_of(member=member, now=datetime(2026, 12, 5, tzinfo=UTC)).ending is None


class TestDesk:
    def test_gives_and_takes_with_a_reason_once_a_key(self, in_acme: StoreRef) -> None:
        member, key = a_member_with_points(10), new_id()
        asked = {"phone": member.phone, "by_name": "老板", "now": NOW}
        for _twice in range(2):
            adjust_points(**asked, points=5, reason="补偿", key=key)  # type: ignore[arg-type]
        assert purse(member) == (15, 0, 0)
        for points, reason, phone, refusal in (
            (5, " ", member.phone, ReasonMissing),
            (0, "补偿", member.phone, RuleOutOfBounds),
            (10**9, "补偿", member.phone, RuleOutOfBounds),
            (-16, "补偿", member.phone, MoreThanHeld),
            (5, "补偿", "13999999999", NoSuchMember),
        ):
            with pytest.raises(refusal):
                adjust_points(phone=phone, points=points, reason=reason, key=new_id(), by_name="", now=NOW)
        assert points_outstanding() == {"balance": 15, "locked": 0, "owed": 0}
        assert [move.points for move in moves_for_desk(query=member.phone, kind=MoveKind.ADJUST)] == [5, 10]

    @pytest.mark.parametrize("bad", [(-1, 100, 1), (1001, 100, 1), (1, 0, 1), (1, 100, 0), (1, 100, 1_000_000)])
    def test_a_rule_that_gives_the_shop_away_is_refused(self, in_acme: StoreRef, bad: tuple[int, int, int]) -> None:
        earn, per_yuan, share = bad
        with pytest.raises(RuleOutOfBounds):
            keep_rule(draft=RuleDraft(True, earn, per_yuan, share, 1), by_name="", now=NOW)
