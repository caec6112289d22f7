"""Many at once, on connections of their own: nothing is sold twice, nobody waits for ever, each loser is told.

These tests commit, so they work in a database of their own, copied from the template.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from kit.errors import Refused
from kit.ids import new_id
from kit.tenancy import StoreRef, in_store
from tenants.campaigns.models import Campaign, CampaignItem, Join, Team, TeamSeat
from tenants.campaigns.services.seats import TeamFull
from tenants.delivery.ways import Wanted
from tenants.fulfilment.models import Handover, Pickup
from tenants.fulfilment.services.hand_over import AlreadyTaken, HandedLine, hand_over
from tenants.inventory.models import Stock
from tenants.journal.models import OutboxFact
from tenants.journal.services import Actor
from tenants.members.models import Member
from tenants.orders.models import Order, OrderState
from tenants.payments.models import PaymentState, Refund, SandboxCharge
from tenants.sales.books import check
from tenants.sales.services.cancel_order import NotCancellable, cancel_order
from tenants.sales.services.close_unpaid import close_unpaid
from tenants.sales.services.end_teams import end_teams
from tenants.sales.services.expire_orders import expire_orders
from tenants.sales.services.place_order import Contact, LimitReached, OutOfStock, place_order
from tenants.sales.services.quote_lines import WantedLine
from tenants.sales.services.settle_payment import settle_payment
from tenants.sales.services.start_payment import start_payment
from tests.database import own_database
from tests.factories import checkouts
from tests.factories.campaigns import a_team_offer, an_offer
from tests.factories.checkouts import a_checkout
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order, a_pending_order, a_started_payment, line_id_of, news_of, the_visit_of
from tests.factories.promotions import a_coupon, a_coupon_kind
from tests.factories.times import NOW, later
from tests.stores import store_ref


@pytest.fixture(scope="module")
def open_database(django_db_setup: str, django_db_blocker: Any, worker_id: str) -> Iterator[None]:
    """A database in which transactions really commit; the worker's own is put back afterwards."""
    with django_db_blocker.unblock(), own_database(worker=f"race_{worker_id}"):
        yield


@pytest.fixture
def shop(open_database: None, django_db_blocker: Any) -> Iterator[StoreRef]:
    """Acme, in which each test leaves what it did and starts with goods of its own."""
    with django_db_blocker.unblock():
        ref = store_ref("acme")
        with in_store(ref):
            yield ref
            assert check(NOW) == []


def at_once(ref: StoreRef, acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start every act at the same moment, each on a thread and a connection of its own; return what each said."""
    said: list[Any] = [None] * len(acts)
    gate = threading.Barrier(len(acts))

    def run(place: int) -> None:
        try:
            with in_store(ref):
                connection.ensure_connection()
                gate.wait(timeout=30)
                said[place] = acts[place]()
        except Exception as error:
            said[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive(), "somebody waits for ever"
    return said


def buying(
    *lines: tuple[CampaignItem, int],
    member: Member,
    point_id: Any,
    key: str = "",
    delivery: Wanted | None = None,
    fee: int = 0,
) -> Callable[[], Order]:
    wanted = [WantedLine(item.id, quantity) for item, quantity in lines]
    total = fee + sum(item.price_minor * quantity for item, quantity in lines)
    return lambda: place_order(
        member=member,
        pickup_point_id=point_id,
        lines=wanted,
        contact=Contact("王阿姨", "13800000000"),
        remark="",
        expected_total_minor=total,
        key=key or str(new_id()),
        now=NOW,
        delivery=delivery,
    )


def kinds(said: Sequence[Any]) -> Counter[type]:
    return Counter(type(answer) for answer in said)


class TestLastPieces:
    def test_one_of_two_gets_the_last_piece_and_the_other_is_told(self, shop: StoreRef) -> None:
        item, point = an_offer(in_stock=1), a_leader_with_point()

        said = at_once(shop, [buying((item, 1), member=a_member(), point_id=point.id) for _buyer in range(2)])

        assert kinds(said) == {Order: 1, OutOfStock: 1}
        (loser,) = [answer for answer in said if isinstance(answer, OutOfStock)]
        assert loser.facts["lines"][0]["sentence"] == "刚刚被抢完了"
        stock = Stock.objects.get(sku=item.sku_id)
        assert (stock.on_hand, stock.reserved) == (1, 1)

    def test_twenty_buyers_and_five_pieces(self, shop: StoreRef) -> None:
        item, point = an_offer(in_stock=5), a_leader_with_point()

        said = at_once(shop, [buying((item, 1), member=a_member(), point_id=point.id) for _buyer in range(20)])

        assert kinds(said) == {Order: 5, OutOfStock: 15}
        assert Stock.objects.get(sku=item.sku_id).reserved == 5

    def test_twenty_buyers_and_a_quota_of_five(self, shop: StoreRef) -> None:
        item, point = an_offer(in_stock=100, quota=5), a_leader_with_point()

        said = at_once(shop, [buying((item, 1), member=a_member(), point_id=point.id) for _buyer in range(20)])

        assert kinds(said) == {Order: 5, OutOfStock: 15}
        item.refresh_from_db()
        assert item.taken == 5

    def test_a_member_on_many_phones_keeps_to_the_limit(self, shop: StoreRef) -> None:
        item, point, member = an_offer(per_member_limit=2), a_leader_with_point(), a_member()

        said = at_once(shop, [buying((item, 1), member=member, point_id=point.id) for _tap in range(6)])

        assert kinds(said) == {Order: 2, LimitReached: 4}

    def test_a_double_tap_is_one_order(self, shop: StoreRef) -> None:
        item, point, member = an_offer(), a_leader_with_point(), a_member()

        said = at_once(shop, [buying((item, 1), member=member, point_id=point.id, key="tap") for _tap in range(5)])

        assert len({order.id for order in said}) == 1
        assert Stock.objects.get(sku=item.sku_id).reserved == 1


class TestBaskets:
    def test_in_opposite_order_never_wait_for_each_other(self, shop: StoreRef) -> None:
        goods, point = [an_offer(title=f"水果 {n}") for n in range(4)], a_leader_with_point()
        baskets = [random.Random(seed).sample(goods, len(goods)) for seed in range(12)]

        said = at_once(
            shop,
            [buying(*((item, 1) for item in basket), member=a_member(), point_id=point.id) for basket in baskets],
        )

        assert kinds(said) == {Order: 12}

    def test_placed_paid_given_up_and_expired_together(self, shop: StoreRef) -> None:
        goods, point = [an_offer(title=f"水果 {n}", in_stock=40) for n in range(3)], a_leader_with_point()
        orders = [a_pending_order(*goods[:: (-1) ** n], point=point) for n in range(8)]
        payments = {order.id: a_started_payment(order) for order in orders[:4]}

        def paying(order: Order) -> Callable[[], Any]:
            return partial(settle_payment, news=news_of(payments[order.id]), now=later(minutes=1))

        def giving_up(order: Order) -> Callable[[], Any]:
            return partial(cancel_order, order_id=order.id, member=order.member, reason="", now=later(minutes=1))

        acts = [paying(order) for order in orders[:4]] + [giving_up(order) for order in orders[2:6]]
        acts += [buying(*((item, 1) for item in reversed(goods)), member=a_member(), point_id=point.id)] * 2
        acts += [partial(expire_orders, now=later(minutes=15))] * 2
        said = at_once(shop, acts)

        assert [answer for answer in said if isinstance(answer, Exception) and not isinstance(answer, Refused)] == []
        for order in orders[:2]:
            order.refresh_from_db()
            assert order.state == OrderState.PAID


class TestMoney:
    def test_twenty_notices_of_one_payment(self, shop: StoreRef) -> None:
        order = a_pending_order()
        payment = a_started_payment(order)
        news = [news_of(payment), news_of(payment, PaymentState.FAILED)] * 10

        said = at_once(shop, [partial(settle_payment, news=one, now=NOW) for one in news])

        assert [answer for answer in said if isinstance(answer, Exception)] == []
        order.refresh_from_db()
        assert (order.state, order.paid_minor) == (OrderState.PAID, order.total_minor)
        assert OutboxFact.objects.filter(event_key=f"order_paid:{order.id}").count() == 1

    def test_two_orders_of_a_visit_paid_at_once_share_a_code(self, shop: StoreRef) -> None:
        member, point = a_member(), a_leader_with_point()
        payments = [a_started_payment(a_pending_order(member=member, point=point)) for _order in range(6)]

        said = at_once(shop, [partial(settle_payment, news=news_of(one), now=NOW) for one in payments])

        assert [answer for answer in said if isinstance(answer, Exception)] == []
        assert Pickup.objects.filter(member=member).count() == 1

    def test_paid_and_given_up_at_once(self, shop: StoreRef) -> None:
        for _time in range(5):
            order = a_pending_order()
            payment = a_started_payment(order)

            paid, given_up = at_once(
                shop,
                [
                    partial(settle_payment, news=news_of(payment), now=NOW),
                    partial(cancel_order, order_id=order.id, member=order.member, reason="", now=NOW),
                ],
            )

            order.refresh_from_db()
            assert not isinstance(paid, Exception)
            assert isinstance(given_up, NotCancellable | Order)
            # Paid last, it was opened again: the goods were still there. Paid first, it could not be given up.
            assert order.state == OrderState.PAID

    def test_a_checkout_paid_while_one_of_its_orders_is_given_up(self, shop: StoreRef) -> None:
        """The order given up is opened again, or its part goes back: never is money kept for nothing."""
        for turn in range(4):
            checkout = a_checkout()
            first, second = checkouts.orders_of(checkout)
            payment = a_started_payment(first)
            acts: list[Callable[[], Any]] = [
                partial(settle_payment, news=news_of(payment), now=NOW),
                partial(cancel_order, order_id=second.id, member=second.member, reason="", now=NOW),
                partial(settle_payment, news=news_of(payment), now=NOW),
            ]

            said = at_once(shop, acts if turn % 2 else acts[::-1])

            assert [one for one in said if isinstance(one, Exception) and not isinstance(one, NotCancellable)] == []
            assert checkouts.orders_of(checkout)[0].state == OrderState.PAID
            kept = sum(part.amount_minor - part.refunding_minor for part in payment.parts.all())
            live = [order.total_minor for order in checkouts.orders_of(checkout) if order.state == OrderState.PAID]
            assert kept == sum(live)

    def test_orders_of_a_checkout_given_up_at_once_let_its_coupon_go(self, shop: StoreRef) -> None:
        member = a_member()
        coupon = a_coupon(member, a_coupon_kind(name="竞", off_minor=500, threshold_minor=0))
        orders = checkouts.orders_of(a_checkout(member=member, coupon=coupon))

        said = at_once(
            shop, [partial(cancel_order, order_id=one.id, member=member, reason="", now=NOW) for one in orders]
        )

        assert [answer for answer in said if isinstance(answer, Exception)] == []
        coupon.refresh_from_db()
        assert (coupon.state, coupon.basket) == ("issued", None)

    def test_two_taps_on_a_checkout_place_it_once(self, shop: StoreRef) -> None:
        member, point = a_member(), a_leader_with_point()
        lines = ((checkouts.an_offer_for(0), 1), (checkouts.an_offer_for(1), 1))

        said = at_once(shop, [partial(a_checkout, *lines, member=member, point=point, expected=1980, key="tap")] * 5)

        assert len({answer.pk for answer in said}) == 1
        assert Order.objects.filter(member=member).count() == 2

    def test_two_taps_on_pay_open_one_charge(self, shop: StoreRef) -> None:
        order = a_pending_order()

        said = at_once(
            shop,
            [
                partial(start_payment, order_id=order.id, member=order.member, method="sandbox", key=key, now=NOW)
                for key in ("one", "one", "two", "three")
            ],
        )

        assert len({started.payment.id for started in said}) == 1
        assert SandboxCharge.objects.filter(key__startswith=order.number).count() == 1


class TestDesk:
    def test_two_desks_hand_out_once(self, shop: StoreRef) -> None:
        order = a_paid_order(quantity=2)
        ticked = [HandedLine(line_id_of(order), 2)]
        pickup_id = the_visit_of(order).id

        def handing() -> Pickup:
            return hand_over(pickup_id=pickup_id, leader=order.leader, lines=ticked, by_name="李姐", now=NOW)

        said = at_once(shop, [handing] * 4)

        assert kinds(said) == {Pickup: 1, AlreadyTaken: 3}
        assert Handover.objects.filter(pickup=pickup_id).count() == 1


class TestChain:
    def test_fifty_who_pay_at_once_get_one_to_fifty(self, shop: StoreRef) -> None:
        item = an_offer(in_stock=60)
        Campaign.objects.filter(pk=item.campaign_id).update(kind="solitaire")
        point = a_leader_with_point()
        payments = [a_started_payment(a_pending_order(item, point=point)) for _payer in range(50)]
        acts = [partial(settle_payment, news=news_of(payment), now=NOW) for payment in payments]

        said = at_once(shop, acts)

        assert not [one for one in said if isinstance(one, Exception)]
        joins = Join.objects.filter(campaign=item.campaign_id)
        assert sorted(joins.values_list("number", flat=True)) == list(range(1, 51))
        assert joins.values("order_id").distinct().count() == 50


class TestTeam:
    def test_of_ten_who_want_the_last_two_seats_two_get_them(self, shop: StoreRef) -> None:
        item, point = a_team_offer(size=3), a_leader_with_point()
        team = Team.objects.get(seats__order_id=a_paid_order(item, point=point).pk)
        members = [a_member() for _buyer in range(10)]

        said = at_once(
            shop, [partial(a_pending_order, item, member=one, point=point, team_id=team.pk) for one in members]
        )

        assert kinds(said) == {Order: 2, TeamFull: 8}
        held = [a_started_payment(order) for order in said if isinstance(order, Order)]
        news = [partial(settle_payment, news=news_of(payment), now=NOW) for payment in [*held, *held]]
        assert not [one for one in at_once(shop, news) if isinstance(one, Exception)]
        team.refresh_from_db()
        assert (team.state, team.paid, team.taken) == ("formed", 3, 3)
        assert Order.objects.filter(lines__campaign_item=item, state=OrderState.PAID).count() == 3

    def test_late_money_of_five_for_one_seat_seats_one_and_goes_back_to_four(self, shop: StoreRef) -> None:
        item, point = a_team_offer(size=2), a_leader_with_point()
        team = Team.objects.get(seats__order_id=a_paid_order(item, point=point).pk)
        payments = []
        for _late in range(5):
            order = a_pending_order(item, point=point, team_id=team.pk)
            payments.append(a_started_payment(order))
            with transaction.atomic():
                close_unpaid(
                    order=Order.objects.select_for_update().get(pk=order.pk),
                    reason="超时",
                    actor=Actor(kind="task", name="系统"),
                    now=NOW,
                )

        said = at_once(shop, [partial(settle_payment, news=news_of(payment), now=NOW) for payment in payments])

        assert not [one for one in said if isinstance(one, Exception)]
        seated = TeamSeat.objects.filter(team=team, state="paid")
        assert seated.count() == 2
        assert Refund.objects.filter(payment__in=payments).count() == 4

    def test_the_last_payment_and_the_end_of_the_time_agree(self, shop: StoreRef) -> None:
        """Whoever is first: all were paid and keep their goods, or nobody was and all money goes back."""
        for _round in range(4):
            item, point = a_team_offer(size=2, hours=1), a_leader_with_point()
            first = a_paid_order(item, point=point)
            team = Team.objects.get(seats__order_id=first.pk)
            order = a_pending_order(item, point=point, team_id=team.pk, now=later(minutes=58))
            payment = a_started_payment(order, now=later(minutes=58))

            def end() -> None:
                expire_orders(now=later(hours=1))
                end_teams(now=later(hours=1))

            said = at_once(shop, [partial(settle_payment, news=news_of(payment), now=later(hours=1)), end])

            assert not [one for one in said if isinstance(one, Exception)]
            end()
            team.refresh_from_db()
            after = set(Order.objects.filter(pk__in=[first.pk, order.pk]).values_list("state", flat=True))
            assert (team.state, after) in [("formed", {"paid"}), ("failed", {"cancelled", "closed"})]
