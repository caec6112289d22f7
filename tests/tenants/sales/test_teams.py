"""拼团: who begins a team pays first, the last seat is given once, and who waited in vain gets the money back."""

from itertools import permutations
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.campaigns.models import Campaign, CampaignItem, SeatState, Team, TeamSeat, TeamState
from tenants.campaigns.selectors_teams import TeamMissing, shown_state, team_with_id, teams_to_join
from tenants.campaigns.services.close_campaign import close_early
from tenants.campaigns.services.seats import AlreadyInTeam, TeamFull, TeamOver
from tenants.fulfilment.services.hand_over import HandedLine, TeamNotFormed, hand_over
from tenants.journal.services import Actor
from tenants.orders.models import Order, OrderState
from tenants.orders.selectors import timeline_of
from tenants.payments.models import PaymentState, Refund
from tenants.sales.services.call_off import call_off
from tenants.sales.services.cancel_order import NotCancellable, cancel_order
from tenants.sales.services.cut_off import cut_off
from tenants.sales.services.end_teams import NOT_FULL, end_teams
from tenants.sales.services.expire_orders import expire_orders
from tenants.sales.services.place_order import CampaignClosed
from tenants.sales.services.quote_lines import WantedLine, quote_lines
from tenants.sales.services.refund_lines import refund_whole
from tenants.sales.services.settle_payment import TOO_LATE, settle_payment
from tests.factories.campaigns import a_team_offer, an_offer
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order, a_pending_order, a_started_payment, line_id_of, news_of, the_visit_of
from tests.factories.times import NOW, later

BOSS = Actor(kind="person", name="老板")


def team_of(order: Order) -> Team:
    team: Team = Team.objects.select_related("item__campaign").get(seats__order_id=order.pk)
    return team


def a_team(item: CampaignItem, *, members: int = 1) -> tuple[Team, list[Order]]:
    """A team with so many who paid."""
    first = a_paid_order(item)
    team = team_of(first)
    orders = [first, *(a_paid_order(item, team_id=team.pk) for _member in range(members - 1))]
    return team_of(first), orders


def states(orders: list[Order]) -> list[str]:
    known = {order.pk: order.state for order in Order.objects.all()}
    return [known[order.pk] for order in orders]


class TestOpening:
    def test_the_one_who_begins_it_must_have_paid_before_anybody_gets_in(self, in_acme: StoreRef) -> None:
        item = a_team_offer()
        order = a_pending_order(item)
        team = team_of(order)
        assert (team.state, team.taken, team.paid) == (TeamState.WAITING, 1, 0)

        with pytest.raises(TeamMissing):
            a_pending_order(item, team_id=team.pk)
        assert teams_to_join(item_id=item.pk, now=NOW) == []

        settle_payment(news=news_of(a_started_payment(order)), now=later(minutes=2))
        team = team_of(order)
        assert (team.state, team.paid, team.expires_at) == (TeamState.OPEN, 1, item.campaign.cutoff_at)
        assert a_pending_order(item, team_id=team.pk, now=later(minutes=3)).state == OrderState.PENDING_PAYMENT

    def test_its_time_counts_from_the_payment(self, in_acme: StoreRef) -> None:
        team, _orders = a_team(a_team_offer(hours=2))

        assert team.expires_at == later(hours=2)

    def test_size_and_time_stay_as_it_was_begun(self, in_acme: StoreRef) -> None:
        item = a_team_offer(size=3)
        team, _orders = a_team(item)
        Campaign.objects.update(team_size=2)

        a_paid_order(item, team_id=team.pk)

        assert team_with_id(team.pk).state == TeamState.OPEN

    def test_unpaid_it_is_gone_and_late_money_begins_it_after_all(self, in_acme: StoreRef) -> None:
        item = a_team_offer()
        order = a_pending_order(item)
        payment = a_started_payment(order)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("tenants.sales.services.expire_orders.stop_charging", lambda **_words: None)
            expire_orders(now=later(minutes=6))
        assert (team_of(order).state, team_of(order).taken) == (TeamState.FAILED, 0)

        settle_payment(news=news_of(payment), now=later(minutes=7))

        assert (team_of(order).state, team_of(order).paid) == (TeamState.OPEN, 1)

    def test_is_paid_within_five_minutes_and_within_the_teams_time(self, in_acme: StoreRef) -> None:
        item = a_team_offer(hours=1)
        team, [first] = a_team(item)
        assert first.expires_at == later(minutes=5)

        late = a_pending_order(item, team_id=team.pk, now=later(minutes=58))

        assert late.expires_at == later(hours=1)

    def test_goods_of_a_team_are_ordered_alone(self, in_acme: StoreRef) -> None:
        item, other = a_team_offer(), an_offer()
        with pytest.raises(CampaignClosed) as refusal:
            a_pending_order(item, other)
        assert refusal.value.facts["lines"][0]["code"] == "team_alone"

        wanted = [WantedLine(item.pk, 1), WantedLine(other.pk, 1)]
        quote = quote_lines(lines=wanted, member=None, pickup_point_id=None, now=NOW)
        assert [line.problem and line.problem.code for line in quote.lines] == ["team_alone", None]


class TestFilling:
    def test_forms_with_the_last_payment_and_tells_everybody(self, in_acme: StoreRef) -> None:
        team, orders = a_team(a_team_offer(size=3), members=3)

        assert (team.state, team.paid, team.ended_at) == (TeamState.FORMED, 3, NOW)
        for order in orders:
            assert [one.sentence for one in timeline_of(order)].count("3 人拼团成功") == 1
        assert "参团成功，还差 1 人成团" in [one.sentence for one in timeline_of(orders[1])]

    def test_a_held_seat_is_nobody_elses(self, in_acme: StoreRef) -> None:
        item = a_team_offer(size=2)
        team, _orders = a_team(item)
        held = a_pending_order(item, team_id=team.pk)

        with pytest.raises(TeamFull):
            a_pending_order(item, team_id=team.pk)
        cancel_order(order_id=held.pk, member=held.member, reason="", now=NOW)

        a_paid_order(item, team_id=team.pk)
        assert team_with_id(team.pk).state == TeamState.FORMED

    def test_a_member_sits_once(self, in_acme: StoreRef) -> None:
        item, member = a_team_offer(), a_member()
        team = team_of(a_paid_order(item, member=member))

        with pytest.raises(AlreadyInTeam):
            a_pending_order(item, member=member, team_id=team.pk)

    def test_only_for_its_own_goods_and_only_in_time(self, in_acme: StoreRef) -> None:
        item = a_team_offer(hours=1)
        team, _orders = a_team(item)
        for wrong in ((a_team_offer(), team.pk), (an_offer(), team.pk), (item, new_id())):
            with pytest.raises(TeamMissing):
                a_pending_order(wrong[0], team_id=wrong[1])
        with pytest.raises(TeamOver):
            a_pending_order(item, team_id=team.pk, now=later(hours=1))

    @pytest.mark.parametrize("arrival", list(permutations(range(3))), ids=str)
    def test_follows_the_news_however_it_arrives_and_however_often(
        self, in_acme: StoreRef, arrival: tuple[int, ...]
    ) -> None:
        """Three hold the three last seats of four; news comes in any order, doubled, with an old one after it."""
        item = a_team_offer(size=4)
        team, _orders = a_team(item)
        orders = [a_pending_order(item, team_id=team.pk) for _member in range(3)]
        payments = [a_started_payment(order) for order in orders]

        for count, place in enumerate(arrival, 2):
            for state in (PaymentState.SUCCEEDED, PaymentState.PROCESSING, PaymentState.SUCCEEDED):
                settle_payment(news=news_of(payments[place], state), now=NOW)
            assert team_with_id(team.pk).paid == count

        assert team_with_id(team.pk).state == TeamState.FORMED
        assert not Refund.objects.exists()

    @pytest.mark.parametrize("arrival", list(permutations(range(3))), ids=str)
    def test_late_money_takes_the_seats_that_are_left_and_the_rest_goes_back(
        self, in_acme: StoreRef, arrival: tuple[int, ...]
    ) -> None:
        """Three whose orders were closed are paid after all, for two seats."""
        item = a_team_offer(size=3)
        team, _orders = a_team(item)
        late: list[tuple[Order, object]] = []
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("tenants.sales.services.expire_orders.stop_charging", lambda **_words: None)
            for round_ in range(3):
                order = a_pending_order(item, team_id=team.pk, now=later(minutes=10 * round_))
                late.append((order, a_started_payment(order, now=later(minutes=10 * round_))))
                expire_orders(now=later(minutes=10 * round_ + 6))

        for place in arrival:
            settle_payment(news=news_of(late[place][1]), now=later(minutes=40))  # type: ignore[arg-type]

        seated = [states([late[place][0]])[0] for place in arrival]
        assert seated == [OrderState.PAID, OrderState.PAID, OrderState.CLOSED]
        assert team_with_id(team.pk).state == TeamState.FORMED
        assert [refund.reason for refund in Refund.objects.all()] == [TOO_LATE]


class TestFailing:
    def test_in_vain_everybody_gets_the_money_back(self, in_acme: StoreRef) -> None:
        item = a_team_offer(size=3, hours=1)
        team, orders = a_team(item, members=2)
        assert end_teams(now=later(minutes=59)) == 0

        assert end_teams(now=later(hours=1)) == 1
        assert end_teams(now=later(hours=1)) == 0

        assert states(orders) == [OrderState.CANCELLED] * 2
        assert team_with_id(team.pk).state == TeamState.FAILED
        assert sorted(refund.amount_minor for refund in Refund.objects.all()) == [1990, 1990]
        assert {refund.reason for refund in Refund.objects.all()} == {NOT_FULL}
        item.refresh_from_db()
        assert (item.taken, item.sold) == (0, 0)

    def test_is_shown_as_failed_before_the_task_has_come(self, in_acme: StoreRef) -> None:
        item = a_team_offer(size=3, hours=1)
        team, _orders = a_team(item)
        assert shown_state(team_with_id(team.pk), later(hours=1)) == TeamState.FAILED
        assert teams_to_join(item_id=item.pk, now=later(hours=1)) == []

    def test_waits_for_the_one_who_is_paying(self, in_acme: StoreRef) -> None:
        item = a_team_offer(size=2, hours=1)
        team, [first] = a_team(item)
        order = a_pending_order(item, team_id=team.pk, now=later(minutes=59))
        payment = a_started_payment(order, now=later(minutes=59))

        assert end_teams(now=later(hours=1)) == 0
        assert shown_state(team_with_id(team.pk), later(hours=1)) == TeamState.OPEN
        settle_payment(news=news_of(payment), now=later(minutes=61))

        assert states([first, order]) == [OrderState.PAID] * 2
        assert team_with_id(team.pk).state == TeamState.FORMED

    def test_money_after_it_failed_goes_back(self, in_acme: StoreRef) -> None:
        item = a_team_offer(size=2, hours=1)
        team, [first] = a_team(item)
        order = a_pending_order(item, team_id=team.pk, now=later(minutes=59))
        payment = a_started_payment(order, now=later(minutes=59))
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("tenants.sales.services.expire_orders.stop_charging", lambda **_words: None)
            expire_orders(now=later(hours=1))
        end_teams(now=later(hours=1))

        settle_payment(news=news_of(payment), now=later(hours=2))

        assert states([first, order]) == [OrderState.CANCELLED, OrderState.CLOSED]
        assert Refund.objects.get(payment=payment).reason == TOO_LATE

    def test_at_the_cut_off_what_is_not_full_fails_and_what_is_full_goes_on(self, in_acme: StoreRef) -> None:
        item = a_team_offer(size=2)
        full, in_full = a_team(item, members=2)
        short, in_short = a_team(item)
        unpaid = a_pending_order(item, team_id=short.pk)
        close_early(campaign_id=item.campaign_id, now=later(minutes=1), by_name="老板")

        run = cut_off(campaign_id=item.campaign_id, now=later(minutes=5))

        assert run.finished_at is not None
        assert states([*in_full, *in_short, unpaid]) == [
            OrderState.PAID, OrderState.PAID, OrderState.CANCELLED, OrderState.CLOSED,
        ]  # fmt: skip
        assert (team_with_id(full.pk).state, team_with_id(short.pk).state) == (TeamState.FORMED, TeamState.FAILED)

    def test_called_off_gives_back_teams_of_every_state(self, in_acme: StoreRef) -> None:
        item = a_team_offer(size=2)
        full, in_full = a_team(item, members=2)
        short, in_short = a_team(item)
        call_off(campaign_id=item.campaign_id, reason="大雪封路", now=NOW, by_name="老板")

        cut_off(campaign_id=item.campaign_id, now=NOW)

        assert set(states([*in_full, *in_short])) == {OrderState.CANCELLED}
        assert {refund.reason for refund in Refund.objects.all()} == {"大雪封路"}
        assert (team_with_id(full.pk).state, team_with_id(short.pk).state) == (TeamState.FORMED, TeamState.FAILED)

    def test_what_could_not_be_given_back_is_tried_again(
        self, in_acme: StoreRef, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _team, [order] = a_team(a_team_offer(hours=1))

        def busy(**_words: object) -> None:
            raise TeamOver

        with monkeypatch.context() as patched:
            patched.setattr("tenants.sales.services.end_teams.refund_whole", busy)
            assert end_teams(now=later(hours=1)) == 0
        assert states([order]) == [OrderState.PAID]

        assert end_teams(now=later(hours=1)) == 1
        assert states([order]) == [OrderState.CANCELLED]


class TestLeaving:
    def test_an_open_team_is_left_and_the_seat_is_free(self, in_acme: StoreRef) -> None:
        item = a_team_offer(size=2)
        team, [first] = a_team(item)
        cancel_order(order_id=first.pk, member=first.member, reason="", now=NOW)
        assert (team_with_id(team.pk).state, team_with_id(team.pk).taken) == (TeamState.FAILED, 0)

    def test_the_others_stay(self, in_acme: StoreRef) -> None:
        item = a_team_offer(size=3)
        team, [first, second] = a_team(item, members=2)
        cancel_order(order_id=first.pk, member=first.member, reason="", now=NOW)

        assert (team_with_id(team.pk).state, team_with_id(team.pk).paid) == (TeamState.OPEN, 1)
        assert states([second]) == [OrderState.PAID]
        for _member in range(2):
            a_paid_order(item, team_id=team.pk)
        assert team_with_id(team.pk).state == TeamState.FORMED

    def test_a_full_one_is_not_left_alone_but_the_store_may_give_back(self, in_acme: StoreRef) -> None:
        team, [first, _second] = a_team(a_team_offer(size=2), members=2)
        with pytest.raises(NotCancellable):
            cancel_order(order_id=first.pk, member=first.member, reason="", now=NOW)

        refund_whole(order_id=first.pk, reason="坏了", actor=BOSS, key="k", now=NOW)

        assert team_with_id(team.pk).state == TeamState.FORMED
        assert TeamSeat.objects.get(order_id=first.pk).state == SeatState.GIVEN_BACK


class TestHandingOut:
    def test_waits_for_the_team(self, in_acme: StoreRef) -> None:
        item = a_team_offer(size=2)
        team, [first] = a_team(item)

        def give() -> None:
            hand_over(
                pickup_id=the_visit_of(first).id,
                leader=first.leader,
                lines=[HandedLine(line_id_of(first), 1)],
                by_name="李姐",
                now=NOW,
            )

        with pytest.raises(TeamNotFormed):
            give()
        a_paid_order(item, team_id=team.pk)
        give()
        assert states([first]) == [OrderState.PICKED_UP]


def test_teams_to_join_are_one_statement_the_fullest_first(in_acme: StoreRef) -> None:
    item = a_team_offer(size=3)
    (one, _), (two, _) = a_team(item), a_team(item, members=2)
    a_team(item, members=3)

    with CaptureQueriesContext(connection) as statements:
        found: list[UUID] = [team.pk for team in teams_to_join(item_id=item.pk, now=NOW)]

    assert found == [two.pk, one.pk]
    assert len(statements) == 1
