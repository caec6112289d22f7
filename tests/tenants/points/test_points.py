"""Points are earned by what was kept, spent as the last step of the price, and follow their order wherever it goes."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.campaigns.models import CampaignItem
from tenants.fulfilment.services.hand_over import HandedLine, hand_over
from tenants.inventory.models import Stock
from tenants.journal.services import Actor
from tenants.members.models import Member
from tenants.orders.models import Order, OrderState
from tenants.points.models import MoveKind, PointsGain, PointsMove, PointsUse, Purse, UseState
from tenants.points.services.keep_rule import (
    adjust_points,
)
from tenants.points.services.spend import PointsGone, lock_points
from tenants.promotions.pricing import Source
from tenants.sales.services.complete_orders import complete_orders
from tenants.sales.services.expire_orders import expire_orders
from tenants.sales.services.place_order import Contact, PriceChanged, place_order
from tenants.sales.services.preview_refund import preview_refund
from tenants.sales.services.quote_lines import Quote, WantedLine, quote_lines
from tenants.sales.services.refund_lines import WantedRefund, refund_lines, refund_whole
from tenants.sales.services.settle_payment import settle_payment
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_leader_with_point
from tests.factories.orders import a_started_payment, news_of, the_visit_of
from tests.factories.points import a_member_with_points, a_points_rule
from tests.factories.promotions import TWENTY_FIVE_LESS_THREE, a_coupon, a_coupon_kind, a_promotion
from tests.factories.times import NOW, later

BOSS = Actor(kind="person", name="陈店长")


def quote(member: Member, *lines: tuple[CampaignItem, int], uses: bool = False) -> Quote:
    wanted = [WantedLine(item.id, quantity) for item, quantity in lines]
    return quote_lines(lines=wanted, member=member, pickup_point_id=None, now=NOW, uses_points=uses, shows_coupons=True)


def place(
    member: Member,
    *lines: tuple[CampaignItem, int],
    total: int,
    uses: bool = True,
    key: str = "",
    now: datetime = NOW,
    coupon_id: object = None,
) -> Order:
    return place_order(
        member=member,
        pickup_point_id=a_leader_with_point().id,
        lines=[WantedLine(item.id, quantity) for item, quantity in lines],
        contact=Contact(name="王阿姨", phone="13800000000"),
        remark="",
        expected_total_minor=total,
        key=key or str(new_id()),
        now=now,
        uses_points=uses,
        coupon_id=coupon_id,  # type: ignore[arg-type]
    )


def paid(order: Order, *, now: datetime = NOW) -> Order:
    settle_payment(news=news_of(a_started_payment(order, key=str(new_id()), now=now)), now=now)
    order.refresh_from_db()
    return order


def done(order: Order, *, now: datetime = NOW) -> Order:
    """Hand everything out, and let the time for after-sales pass."""
    lines = [HandedLine(line.id, line.left_to_hand) for line in order.lines.all() if line.left_to_hand]
    hand_over(pickup_id=the_visit_of(order).id, leader=order.leader, lines=lines, by_name="李姐", now=now)
    complete_orders(now=now + timedelta(hours=49))
    order.refresh_from_db()
    assert order.state == OrderState.COMPLETED
    return order


def give_back(order: Order, *, key: str, now: datetime = NOW, quantity: int = 0, amount_minor: int = 0) -> None:
    refund_lines(
        order_id=order.pk,
        wanted=[WantedRefund(order.lines.order_by("id")[0].pk, quantity=quantity, amount_minor=amount_minor)],
        reason="坏果",
        actor=BOSS,
        key=key,
        now=now,
    )


def purse(member: Member) -> tuple[int, int, int]:
    found = Purse.objects.get(member=member)
    return found.balance, found.locked, found.owed


class TestSpending:
    def test_is_the_last_step_of_the_price_and_spread_over_the_lines(self, in_acme: StoreRef) -> None:
        a_points_rule()
        a_promotion(TWENTY_FIVE_LESS_THREE)
        apples, pears, member = an_offer(), an_offer(title="丰水梨", price_minor=990), a_member_with_points(5000)
        coupon = a_coupon(member, a_coupon_kind(threshold_minor=2000))
        after_coupon = 2 * 1290 + 990 - 300 - 500
        total = after_coupon - after_coupon // 2

        told = quote(member, (apples, 2), (pears, 1))
        assert told.points
        assert (told.points.free, told.points.is_used) == (5000, False)
        assert told.total_minor == after_coupon + 500
        order = place(member, (apples, 2), (pears, 1), total=total, coupon_id=coupon.id)

        assert purse(member) == (5000, after_coupon // 2, 0)
        shares = {line.title: line.discounts.get(source="points").off_minor for line in order.lines.all()}
        assert sum(shares.values()) == after_coupon // 2
        assert all(shares.values())
        assert order.total_minor == sum(line.net_minor for line in order.lines.all()) == total
        assert [step.source for step in quote(member, (apples, 2), uses=True).steps][-1] == Source.POINTS

    def test_so_many_points_are_a_yuan_and_no_more_than_the_share(self, in_acme: StoreRef) -> None:
        a_points_rule(per_yuan=30, max_share_ppm=200_000)
        item, member = an_offer(price_minor=1000), a_member_with_points(50)

        few = quote(member, (item, 1), uses=True)  # 50 points are worth 166 of the 200 that could go
        many = quote(a_member_with_points(1000), (item, 1), uses=True)

        assert few.points
        assert many.points
        assert (few.points.points, few.points.off_minor, few.total_minor) == (50, 166, 834)
        assert (many.points.points, many.points.off_minor, many.total_minor) == (60, 200, 800)
        assert few.steps[0].sentence == "积分抵 ¥1.66"

    def test_used_when_paid_and_free_when_not(self, in_acme: StoreRef) -> None:
        a_points_rule()
        item, member = an_offer(price_minor=1000), a_member_with_points(800)
        first = place(member, (item, 1), total=500)
        second = place(member, (item, 1), total=700)
        assert purse(member) == (800, 800, 0)

        paid(first)
        expire_orders(now=later(minutes=16))

        assert purse(member) == (300, 0, 0)
        assert PointsUse.objects.get(basket=second.pk).state == UseState.RELEASED
        assert [move.points for move in PointsMove.objects.filter(kind=MoveKind.USE)] == [-500]

    def test_late_money_spends_them_again_or_goes_back(self, in_acme: StoreRef) -> None:
        a_points_rule()
        item, member = an_offer(price_minor=1000), a_member_with_points(500)
        first, second = place(member, (item, 1), total=500), None
        payment = a_started_payment(first)
        Order.objects.filter(pk=first.pk).update(expires_at=NOW)
        expire_orders_in_silence()
        settle_payment(news=news_of(payment), now=later(minutes=20))
        first.refresh_from_db()
        assert (first.state, purse(member)) == (OrderState.PAID, (0, 0, 0))

        other = a_member_with_points(500)
        second = place(other, (item, 1), total=500)
        late = a_started_payment(second, key="late")
        Order.objects.filter(pk=second.pk).update(expires_at=NOW)
        expire_orders_in_silence()
        place(other, (item, 1), total=500)
        settle_payment(news=news_of(late), now=later(minutes=20))
        second.refresh_from_db()
        assert (second.state, purse(other)) == (OrderState.CLOSED, (500, 500, 0))
        assert late.refunds.get().amount_minor == 500

    def test_who_has_spent_them_meanwhile_is_told_the_new_price(self, in_acme: StoreRef) -> None:
        a_points_rule()
        item, member = an_offer(price_minor=1000), a_member_with_points(500)
        place(member, (item, 1), total=500)

        with pytest.raises(PriceChanged):
            place(member, (item, 1), total=500)
        with pytest.raises(PointsGone):
            lock_points(member=member, basket=new_id(), points=1, off_minor=1)

    def test_off_or_without_a_purse_there_is_nothing_to_spend(self, in_acme: StoreRef) -> None:
        item, member = an_offer(price_minor=1000), a_member_with_points(500)
        assert quote(member, (item, 1), uses=True).points is None
        place(member, (item, 1), total=1000)
        assert purse(member) == (500, 0, 0)

    def test_a_basket_without_them_stays_at_four_statements(self, in_acme: StoreRef) -> None:
        a_points_rule()
        item, member, point = an_offer(), a_member_with_points(500), a_leader_with_point()
        with CaptureQueriesContext(connection) as captured:
            place_order(
                member=member,
                pickup_point_id=point.id,
                lines=[WantedLine(item.id, 1)],
                contact=Contact(name="王阿姨", phone="13800000000"),
                remark="",
                expected_total_minor=1290,
                key="1",
                now=NOW,
            )
        said = [q["sql"] for q in captured if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "SET "))]
        assert len(said) == 4


def expire_orders_in_silence() -> None:
    """Close what is over while the company does not answer, so that late money may come."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("tenants.sales.services.expire_orders.stop_charging", lambda **_asked: None)
        expire_orders(now=later(minutes=1))


class TestRefunds:
    def test_spent_points_come_back_by_share_and_all_with_the_last_of_the_money(self, in_acme: StoreRef) -> None:
        a_points_rule(per_yuan=70)
        item, member = an_offer(price_minor=333, in_stock=9), a_member_with_points(350)
        order = paid(place(member, (item, 3), total=999 - 499))
        spent = PointsUse.objects.get().points
        assert purse(member) == (350 - spent, 0, 0)
        back = []
        for number in range(3):
            give_back(order, key=str(number), quantity=1)
            back.append(PointsUse.objects.get().returned)
            assert back[-1] * 3 <= spent * (number + 1) < back[-1] * 3 + 9

        assert back[-1] == spent
        assert purse(member) == (350, 0, 0)
        order.refresh_from_db()
        assert order.state == OrderState.CANCELLED

    def test_what_they_do_is_shown_before(self, in_acme: StoreRef) -> None:
        a_points_rule(earn_per_yuan=2)
        item, member = an_offer(price_minor=1000, in_stock=9), a_member_with_points(1000)
        order = done(paid(place(member, (item, 2), total=1000)))
        wish = [WantedRefund(order.lines.get().pk, quantity=1)]

        effect = preview_refund(order_id=order.pk, wanted=wish)

        assert (effect.points_back, effect.points_gone, purse(member)) == (500, 10, (20, 0, 0))
        give_back(order, key="a", quantity=1, now=later(hours=50))
        assert purse(member) == (20 + 500 - 10, 0, 0)

    def test_a_part_in_money_brings_its_share_back_too(self, in_acme: StoreRef) -> None:
        a_points_rule()
        item, member = an_offer(price_minor=1000), a_member_with_points(500)
        order = paid(place(member, (item, 1), total=500))
        give_back(order, key="a", amount_minor=100)
        assert purse(member)[0] == 100
        give_back(order, key="b", quantity=1)
        assert purse(member)[0] == 500

    def test_earned_ones_are_taken_back_and_what_is_missing_is_owed(self, in_acme: StoreRef) -> None:
        a_points_rule(earn_per_yuan=10)
        item, member = an_offer(price_minor=1000, in_stock=50), a_member_with_points(1)
        order = done(paid(place(member, (item, 2), total=2000, uses=False)))
        assert purse(member) == (201, 0, 0)
        adjust_points(phone=member.phone, points=-150, reason="换购", key=new_id(), by_name="老板", now=NOW)

        give_back(order, key="a", quantity=1, now=later(hours=50))
        assert purse(member) == (0, 0, 49)
        give_back(order, key="b", amount_minor=500, now=later(hours=50))
        assert purse(member) == (0, 0, 99)
        assert PointsGain.objects.get().taken_back == 150

        done(paid(place(member, (item, 1), total=1000, uses=False)))
        assert purse(member) == (1, 0, 0)
        assert set(PointsMove.objects.filter(kind=MoveKind.SETTLE).values_list("points", "owed_delta")) == {(-99, -99)}

    def test_locked_ones_are_never_taken_away_from_their_basket(self, in_acme: StoreRef) -> None:
        a_points_rule(earn_per_yuan=10)
        item, member = an_offer(price_minor=1000, in_stock=50), a_member_with_points(1)
        order = done(paid(place(member, (item, 1), total=1000, uses=False)))
        adjust_points(phone=member.phone, points=-1, reason="换购", key=new_id(), by_name="老板", now=NOW)
        waiting = place(member, (item, 1), total=900)

        refund_whole(order_id=order.pk, reason="坏果", actor=BOSS, key="a", now=later(hours=50))

        assert purse(member) == (100, 100, 100)
        paid(waiting)
        assert purse(member) == (0, 0, 100)

    @pytest.mark.parametrize(("rule", "comes_back"), [("return", True), ("keep", False)])
    def test_a_coupon_comes_back_by_its_own_rule_and_only_with_everything(
        self, in_acme: StoreRef, rule: str, comes_back: bool
    ) -> None:
        a_points_rule()
        item, member = an_offer(price_minor=1000), a_member_with_points(2000)
        coupon = a_coupon(member, a_coupon_kind(threshold_minor=2000, after_refund=rule))
        order = paid(place(member, (item, 3), total=1250, coupon_id=coupon.id))
        line = order.lines.get()
        back, states = [], []
        for number in range(3):
            give_back(order, key=str(number), quantity=1)
            coupon.refresh_from_db()
            line.refresh_from_db()
            back.append(line.refunded_minor)
            states.append(coupon.state)

        assert back == [417, 834, 1250]  # what the pieces really cost, coupon and points off
        assert states == ["used", "used", "issued" if comes_back else "used"]
        assert coupon.kind.__class__.objects.get().spent_minor == (0 if comes_back else 500)
        assert purse(member)[0] == 2000


class TestEarning:
    def test_whole_points_for_the_yuan_that_were_kept_once_an_order_is_done(self, in_acme: StoreRef) -> None:
        a_points_rule(earn_per_yuan=2)
        item, member = an_offer(price_minor=1290, in_stock=9), a_member_with_points(1)
        order = paid(place(member, (item, 3), total=3870, uses=False))
        give_back(order, key="a", quantity=1)
        assert purse(member) == (1, 0, 0)

        done(order)
        complete_orders(now=later(hours=60))

        assert purse(member) == (1 + 51, 0, 0)  # 25.80 kept, two a yuan, the rest of one is nothing

    def test_many_orders_are_a_handful_of_statements(self, in_acme: StoreRef) -> None:
        a_points_rule()
        item, members = an_offer(in_stock=50), [a_member_with_points(1) for _member in range(3)]
        counts = []
        for crowd in (members[:1], members):
            for member in crowd:
                order = paid(place(member, (item, 1), total=1290, uses=False))
                lines = [HandedLine(order.lines.get().id, 1)]
                hand_over(pickup_id=the_visit_of(order).id, leader=order.leader, lines=lines, by_name="", now=NOW)
            with CaptureQueriesContext(connection) as captured:
                complete_orders(now=later(hours=49))
            counts.append(len([q for q in captured if "points_" in q["sql"]]))
        assert counts[0] == counts[1]
        assert Purse.objects.filter(balance=1 + 12).count() == 2


def test_stock_is_untouched_by_a_basket_whose_points_are_gone(in_acme: StoreRef) -> None:
    a_points_rule()
    item, member = an_offer(price_minor=1000, in_stock=5), a_member_with_points(500)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("tenants.sales.services.lock_points_of.lock_points", _too_late)
        with pytest.raises(PointsGone):
            place(member, (item, 1), total=500)
    assert Stock.objects.get(sku=item.sku_id).reserved == 0


def _too_late(**_asked: object) -> None:
    raise PointsGone
