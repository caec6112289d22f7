"""A leader rests on some days: what is fetched on them is not sold there, and what was ordered is seen first."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kit.tenancy import StoreRef
from tenants.campaigns.models import Campaign
from tenants.campaigns.selectors import campaigns_for_shoppers, offers_of_product
from tenants.journal.services import Actor
from tenants.leaders.models import PickupPoint, Rest
from tenants.leaders.rests import RestKnown, RestMissing, WrongRestDays, rest_told, rests_of
from tenants.leaders.selectors import PointMissing, nearest_points
from tenants.sales.cart import cart_of, put_in_cart
from tenants.sales.entry import entry_for
from tenants.sales.services.place_order import CampaignClosed
from tenants.sales.services.quote_lines import WantedLine, quote_lines
from tenants.sales.services.rest_days import (
    Awaiting,
    NothingToTell,
    OrdersThere,
    awaiting_at_each,
    awaiting_on,
    call_off_rest,
    orders_at,
    take_rest,
    tell_of_rest,
)
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_leader_with_point, a_point_of
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order, a_pending_order
from tests.factories.times import NOW, TOMORROW
from tests.tenants.sales.test_entry import HERE, began

TODAY = TOMORROW - timedelta(days=1)
BOSS = Actor(kind="person", name="陈店长")


def rested(
    point: PickupPoint,
    *,
    first_on: date = TOMORROW,
    last_on: date = TOMORROW,
    everywhere: bool = False,
    agreed: int = 0,
) -> Rest:
    """Days of rest at a point, or at all of its leader's."""
    return take_rest(
        leader_id=point.leader_id,
        point_id=None if everywhere else point.pk,
        first_on=first_on,
        last_on=last_on,
        note="回老家",
        agreed_orders=agreed,
        actor=BOSS,
        now=NOW,
    )


class TestWhatIsSold:
    def test_a_list_fetched_on_a_day_of_rest_is_not_shown_there(self, in_acme: StoreRef) -> None:
        apples, resting = an_offer(), a_leader_with_point()
        other = a_leader_with_point(name="张姐", point="绿地新村")
        rested(resting)

        def seen(point: PickupPoint) -> tuple[int, int]:
            page = offers_of_product(product_id=apples.sku.product_id, now=NOW, pickup_point_id=point.pk)
            return len(campaigns_for_shoppers(now=NOW, pickup_point_id=point.pk)), len(page["offers"])

        assert (seen(resting), seen(other)) == ((0, 0), (1, 1))

    def test_the_quote_says_so_the_order_is_refused_the_cart_keeps_it(self, in_acme: StoreRef) -> None:
        apples, point, member = an_offer(), a_leader_with_point(), a_member()
        rested(point)
        put_in_cart(member=member, wanted={apples.pk: 1}, adds=False, now=NOW)

        told = quote_lines(lines=[WantedLine(apples.pk, 1)], member=member, pickup_point_id=point.pk, now=NOW)
        (group,) = cart_of(member=member, pickup_point_id=point.pk, now=NOW)
        with pytest.raises(CampaignClosed) as refused:
            a_pending_order(apples, member=member, point=point)

        problem, in_cart = told.lines[0].problem, group.rows[0].quoted.problem
        assert problem is not None
        assert (problem.code, told.can_order) == ("point_rests", False)
        assert "李姐" in problem.sentence
        assert "休息" in problem.sentence
        assert in_cart == problem
        assert refused.value.facts["lines"][0]["code"] == "point_rests"

    @pytest.mark.parametrize(("first", "last", "sold"), [(-1, -1, True), (-1, 0, False), (0, 3, False), (1, 3, True)])
    def test_the_days_are_counted_both(self, in_acme: StoreRef, first: int, last: int, sold: bool) -> None:
        apples, point = an_offer(), a_leader_with_point()
        rested(point, first_on=TOMORROW + timedelta(days=first), last_on=TOMORROW + timedelta(days=last))

        assert bool(campaigns_for_shoppers(now=NOW, pickup_point_id=point.pk)) is sold
        told = quote_lines(lines=[WantedLine(apples.pk, 1)], member=None, pickup_point_id=point.pk, now=NOW)
        assert told.can_order is sold

    def test_one_point_rests_or_all_of_a_leaders(self, in_acme: StoreRef) -> None:
        an_offer()
        first = a_leader_with_point()
        second = a_point_of(first.leader)

        def sold() -> list[int]:
            return [len(campaigns_for_shoppers(now=NOW, pickup_point_id=point.pk)) for point in (first, second)]

        nobody, rest = sold(), rested(first)
        of_one = sold()
        call_off_rest(rest_id=rest.pk, actor=BOSS, now=NOW)
        rested(first, everywhere=True)

        assert (nobody, of_one, sold()) == ([1, 1], [0, 1], [0, 0])

    def test_a_rest_called_off_sells_again(self, in_acme: StoreRef) -> None:
        apples, point = an_offer(), a_leader_with_point()
        call_off_rest(rest_id=rested(point).pk, actor=BOSS, now=NOW)

        assert a_pending_order(apples, point=point).pickup_point_id == point.pk

    def test_costs_no_statement_more(self, in_acme: StoreRef) -> None:
        apples, point, member = an_offer(), a_leader_with_point(), a_member()
        rested(point)

        other = a_leader_with_point(name="张姐", point="绿地新村")

        with CaptureQueriesContext(connection) as lists:
            campaigns_for_shoppers(now=NOW, pickup_point_id=other.pk)
        with CaptureQueriesContext(connection) as quote:
            quote_lines(lines=[WantedLine(apples.pk, 1)], member=member, pickup_point_id=point.pk, now=NOW)

        assert (len(lists), len(quote)) == (2, 1)


class TestWhereOneBegins:
    def test_the_nearest_that_hands_something_out(self, in_acme: StoreRef) -> None:
        an_offer()
        near = a_leader_with_point()
        far = a_leader_with_point(name="张姐", point="绿地新村")
        PickupPoint.objects.filter(pk=far.pk).update(latitude="30.262244")
        before = began(entry_for(member=None, leader_id=None, place=HERE, now=NOW))
        rested(near)

        after = began(entry_for(member=None, leader_id=None, place=HERE, now=NOW))
        by_link = entry_for(member=None, leader_id=near.leader_id, place=HERE, now=NOW)

        assert (before, after, began(by_link)) == (
            ("nearest", near.name),
            ("nearest", far.name),
            ("nearest", far.name),
        )
        assert "李姐" in by_link.sentence
        assert "休息" in by_link.sentence

    def test_who_rests_on_one_of_several_days_is_not_passed_over(self, in_acme: StoreRef) -> None:
        an_offer()
        later = an_offer(title="香梨")
        Campaign.objects.filter(pk=later.campaign_id).update(pickup_date=TOMORROW + timedelta(days=2))
        near = a_leader_with_point()
        rested(near)

        assert began(entry_for(member=None, leader_id=None, place=HERE, now=NOW)) == ("nearest", near.name)

    def test_ones_last_point_is_passed_over_too(self, in_acme: StoreRef) -> None:
        apples, last, member = an_offer(), a_leader_with_point(), a_member()
        a_pending_order(apples, member=member, point=last)
        rested(last, agreed=1)

        assert began(entry_for(member=member, leader_id=None, place=HERE, now=NOW)) == ("choose", None)

    def test_it_is_read_two_weeks_before(self, in_acme: StoreRef) -> None:
        soon, later = a_leader_with_point(), a_leader_with_point(name="张姐", point="绿地新村")
        rested(later, first_on=TODAY + timedelta(days=15), last_on=TODAY + timedelta(days=16))
        first = rested(soon, first_on=TODAY + timedelta(days=14), last_on=TODAY + timedelta(days=14))
        sooner = rested(soon, first_on=TODAY + timedelta(days=3), last_on=TODAY + timedelta(days=4))

        points = nearest_points(latitude=None, longitude=None, told=rest_told(NOW))
        told = {point.pk: point.rest_told and point.rest_told["first_on"] for point in points}
        assert told == {soon.pk: sooner.first_on.isoformat(), later.pk: None}
        assert rests_of(soon.leader, now=NOW) == [sooner, first]


class TestTakingARest:
    def test_what_is_ordered_is_seen_first(self, in_acme: StoreRef) -> None:
        apples, point, member = an_offer(), a_leader_with_point(), a_member()
        a_paid_order(apples, member=member, point=point)
        a_pending_order(apples, member=member, point=point)
        a_pending_order(apples, point=a_point_of(point.leader))
        there = awaiting_on(leader_id=point.leader_id, point_id=point.pk, first_on=TOMORROW, last_on=TOMORROW, now=NOW)

        with pytest.raises(OrdersThere) as refused:
            rested(point, agreed=1)
        rest = rested(point, agreed=2)

        assert (there, refused.value.facts) == (Awaiting(2, 1), {"orders": 2, "members": 1})
        assert (rest.agreed_orders, orders_at(rest).count(), Rest.objects.count()) == (2, 2, 1)
        assert {order.state for order in orders_at(rest)} == {"paid", "pending_payment"}  # nothing ends by itself

    @pytest.mark.parametrize(
        ("first", "last"), [(-1, 1), (3, 2), (0, 60), (181, 181)], ids=["over", "backwards", "too many", "too far"]
    )
    def test_senseless_days_are_refused(self, in_acme: StoreRef, first: int, last: int) -> None:
        with pytest.raises(WrongRestDays):
            rested(a_leader_with_point(), first_on=TODAY + timedelta(days=first), last_on=TODAY + timedelta(days=last))

    def test_days_of_rest_do_not_overlap_and_points_are_ones_own(self, in_acme: StoreRef) -> None:
        point = a_leader_with_point()
        second, other = a_point_of(point.leader), a_leader_with_point(name="张姐", point="绿地新村")
        rested(point, last_on=TOMORROW + timedelta(days=2))
        rested(second)
        for again in (False, True):
            with pytest.raises(RestKnown):
                rested(
                    point, first_on=TOMORROW + timedelta(days=2), last_on=TOMORROW + timedelta(days=3), everywhere=again
                )
        with pytest.raises(PointMissing):
            take_rest(
                leader_id=point.leader_id,
                point_id=other.pk,
                first_on=TOMORROW,
                last_on=TOMORROW,
                note="",
                agreed_orders=0,
                actor=BOSS,
                now=NOW,
            )

    def test_only_its_own_leader_calls_it_off_and_once(self, in_acme: StoreRef) -> None:
        point, other = a_leader_with_point(), a_leader_with_point(name="张姐", point="绿地新村")
        rest = rested(point)
        with pytest.raises(RestMissing):
            call_off_rest(rest_id=rest.pk, leader=other.leader, actor=BOSS, now=NOW)
        call_off_rest(rest_id=rest.pk, leader=point.leader, actor=BOSS, now=NOW)
        with pytest.raises(RestMissing):
            call_off_rest(rest_id=rest.pk, leader=point.leader, actor=BOSS, now=NOW)

    def test_counting_many_is_one_statement(self, in_acme: StoreRef) -> None:
        apples, point = an_offer(), a_leader_with_point()
        a_pending_order(apples, point=point)
        rests = [rested(point, agreed=1)]
        rests += [rested(point, first_on=TODAY + timedelta(days=n), last_on=TODAY + timedelta(days=n)) for n in (3, 5)]

        with CaptureQueriesContext(connection) as asked:
            each = awaiting_at_each(rests)

        assert len(asked) == 1
        assert [each[rest.pk].orders for rest in rests] == [1, 0, 0]


class TestTelling:
    @pytest.fixture
    def sent(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        texts: list[str] = []
        target = "tenants.sales.services.rest_days.send_store_sms.delay"
        monkeypatch.setattr(target, lambda **words: texts.append(words["text"]))
        monkeypatch.setattr("tenants.sales.services.rest_days.transaction.on_commit", lambda send: send())
        return texts

    def test_nobody_is_told_by_itself_and_each_once_when_a_person_says_so(
        self, in_acme: StoreRef, sent: list[str]
    ) -> None:
        apples, point, member = an_offer(), a_leader_with_point(), a_member()
        for who in (member, member, a_member()):
            a_pending_order(apples, member=who, point=point)
        rest = rested(point, agreed=3)
        assert sent == []

        told = tell_of_rest(rest_id=rest.pk, words="李姐休息，请 3 日再来取。", actor=BOSS, now=NOW)

        rest.refresh_from_db()
        assert (told, len(sent), rest.told_by) == (2, 2, "陈店长")
        assert sent[0].endswith("李姐休息，请 3 日再来取。")

    def test_there_must_be_somebody_and_something(self, in_acme: StoreRef, sent: list[str]) -> None:
        apples, point = an_offer(), a_leader_with_point()
        rest = rested(point)
        with pytest.raises(NothingToTell):
            tell_of_rest(rest_id=rest.pk, words="在吗", actor=BOSS, now=NOW)
        call_off_rest(rest_id=rest.pk, actor=BOSS, now=NOW)
        a_pending_order(apples, point=point)
        rest = rested(point, agreed=1)
        with pytest.raises(NothingToTell):
            tell_of_rest(rest_id=rest.pk, words="  ", actor=BOSS, now=NOW)
