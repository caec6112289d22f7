"""A basket of several days or places becomes several orders with one payment, and each ends by itself."""

from itertools import permutations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kit.tenancy import StoreRef
from tenants.campaigns.models import CampaignItem, Join
from tenants.fulfilment.models import Pickup
from tenants.inventory.models import Stock
from tenants.journal.models import OutboxFact
from tenants.orders import services as order_services
from tenants.orders.models import Checkout, LineDiscount, Order
from tenants.payments.balances import top_up
from tenants.payments.models import Balance, Payment, PaymentState, Refund, RefundState, SandboxCharge
from tenants.payments.news import PaymentNews
from tenants.payments.setup import switch_channel
from tenants.promotions.models import CouponKind, CouponState
from tenants.sales.services.cancel_order import cancel_order
from tenants.sales.services.expire_orders import expire_orders
from tenants.sales.services.place_checkout import PartIsFree
from tenants.sales.services.place_order import EmptyOrder, OutOfStock, PriceChanged
from tenants.sales.services.settle_payment import settle_payment
from tenants.sales.services.start_payment import start_payment
from tenants.sales.services.watch_payments import watch_payments
from tests.factories.campaigns import an_open_campaign
from tests.factories.catalog import a_product
from tests.factories.checkouts import a_checkout, an_offer_for, orders_of
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.orders import a_pending_order, a_started_payment, news_of
from tests.factories.promotions import TWENTY_FIVE_LESS_THREE, a_coupon, a_coupon_kind, a_promotion
from tests.factories.times import NOW, TOMORROW, later
from tests.tenants.sales.test_sourcing import FAR, NEAR, a_place, put


def states(checkout: Checkout) -> list[str]:
    return [order.state for order in orders_of(checkout)]


def pay(checkout: Checkout) -> Payment:
    payment = a_started_payment(orders_of(checkout)[0])
    settle_payment(news=taken(payment), now=NOW)
    payment.refresh_from_db()
    return payment


def taken(payment: Payment) -> PaymentNews:
    """The company takes the money, and says so."""
    SandboxCharge.objects.filter(key=payment.key).update(state="paid")
    return news_of(payment)


def cancel(order: Order) -> Order:
    return cancel_order(order_id=order.pk, member=order.member, reason="买错了", now=NOW)


def reserved(item: CampaignItem) -> int:
    return Stock.objects.get(sku=item.sku_id).reserved


class TestPlacing:
    def test_becomes_an_order_for_each_day(self, in_acme: StoreRef) -> None:
        today, later_day = an_offer_for(0, price_minor=1290), an_offer_for(1, price_minor=990)

        first, second = orders_of(a_checkout((later_day, 3), (today, 2)))

        assert (first.pickup_date, first.total_minor) == (TOMORROW, 2580)
        assert (second.pickup_date, second.total_minor) == (later_day.campaign.pickup_date, 2970)
        assert first.number != second.number
        assert first.checkout_id == second.checkout_id
        assert first.expires_at == second.expires_at
        assert (reserved(today), reserved(later_day)) == (2, 3)

    def test_becomes_an_order_for_each_place_though_an_order_may_not_be_split(self, in_acme: StoreRef) -> None:
        campaign = an_open_campaign(a_product(title="苹果", in_stock=0), a_product(title="梨", in_stock=0))
        apples, pears = campaign.items.order_by("position")
        put(apples, a_place("人民路店", NEAR), 5)
        put(pears, a_place("解放路店", FAR), 5)

        orders = orders_of(a_checkout((apples, 2), (pears, 1)))

        assert [order.lines.get().warehouse.name for order in orders] == ["人民路店", "解放路店"]  # type: ignore[union-attr]
        assert all("人民路店" in order.source_note for order in orders)

    def test_a_day_that_one_place_has_whole_stays_whole(self, in_acme: StoreRef) -> None:
        one = an_open_campaign(a_product(title="苹果", in_stock=0), a_product(title="梨", in_stock=0))
        apples, pears = one.items.order_by("position")
        other = an_offer_for(1, title="桃", in_stock=0)
        near, far = a_place("人民路店", NEAR), a_place("解放路店", FAR)
        put(apples, near, 5)  # nearer, but without the pears
        put(apples, far, 5)
        put(pears, far, 5)
        put(other, near, 5)

        orders = orders_of(a_checkout((apples, 1), (pears, 1), (other, 1)))

        assert [{line.warehouse_id for line in order.lines.all()} for order in orders] == [{far.pk}, {near.pk}]

    def test_costs_what_the_whole_basket_costs(self, in_acme: StoreRef) -> None:
        """Tiers count by pickup day; the coupon is spread over the lines of all orders to the cent."""
        a_promotion(TWENTY_FIVE_LESS_THREE)
        member = a_member()
        coupon = a_coupon(member, a_coupon_kind(off_minor=500, threshold_minor=3000))
        first_item, second_item = an_offer_for(0, price_minor=2590), an_offer_for(1, price_minor=990)

        checkout = a_checkout((first_item, 1), (second_item, 1), member=member, coupon=coupon)

        first, second = orders_of(checkout)
        assert checkout.total_minor == 2590 + 990 - 300 - 500 == first.total_minor + second.total_minor
        shares = LineDiscount.objects.filter(source="coupon").order_by("line__order__pickup_date")
        assert [share.off_minor for share in shares] == [349, 151]
        assert LineDiscount.objects.get(source="spend_and_save").line.order == first
        coupon.refresh_from_db()
        assert (coupon.state, coupon.basket, coupon.off_minor) == (CouponState.LOCKED, checkout.pk, 500)

    def test_is_placed_whole_or_not_at_all(self, in_acme: StoreRef) -> None:
        there, gone = an_offer_for(0), an_offer_for(1, in_stock=0)

        with pytest.raises(OutOfStock):
            a_checkout((there, 1), (gone, 1), expected=1980)

        assert (Checkout.objects.count(), Order.objects.count(), reserved(there)) == (0, 0, 0)

    def test_a_price_that_moved_is_told_line_by_line(self, in_acme: StoreRef) -> None:
        with pytest.raises(PriceChanged) as refusal:
            a_checkout((an_offer_for(0), 1), (an_offer_for(1), 1), expected=1)

        assert refusal.value.facts["total"] == {"amount": 1980, "currency": "CNY"}
        assert len(refusal.value.facts["lines"]) == 2

    def test_of_nothing_is_refused(self, in_acme: StoreRef) -> None:
        item = an_offer_for(0)
        with pytest.raises(EmptyOrder):
            a_checkout((item, 2), (item, -1))

    def test_once_a_key_however_many_orders(self, in_acme: StoreRef) -> None:
        member, items = a_member(), ((an_offer_for(0), 1), (an_offer_for(1), 1))

        first = a_checkout(*items, member=member, key="tap")
        again = a_checkout(*items, member=member, key="tap", now=later(minutes=1))
        other = a_checkout(*items, member=member, key="tap-2")

        assert first == again != other
        assert Order.objects.count() == 4
        assert reserved(items[0][0]) == 2

    def test_draws_again_when_a_number_is_taken(self, in_acme: StoreRef, monkeypatch: pytest.MonkeyPatch) -> None:
        drawn = iter(["11111111", "11111111", "22222222", "33333333"])
        monkeypatch.setattr(order_services, "new_digits", lambda count: next(drawn))

        assert [order.number[-8:] for order in orders_of(a_checkout())] in (
            ["22222222", "33333333"],
            ["33333333", "22222222"],
        )

    def test_an_order_of_nothing_to_pay_is_refused(self, in_acme: StoreRef) -> None:
        """A coupon may take all of one order: no payment is of nothing."""
        member = a_member()
        coupon = a_coupon(member, a_coupon_kind(off_minor=2000, threshold_minor=0))

        items = (an_offer_for(0, price_minor=1000), 1), (an_offer_for(1, price_minor=1), 1)

        with pytest.raises(PartIsFree):
            a_checkout(*items, member=member, coupon=coupon)

        coupon.refresh_from_db()
        assert coupon.state == CouponState.ISSUED

    def test_takes_one_statement_more_however_many_orders(self, in_acme: StoreRef) -> None:
        lines = [(an_offer_for(day), 1) for day in range(4)]
        member, point = a_member(), a_leader_with_point()

        with CaptureQueriesContext(connection) as captured:
            a_checkout(*lines, member=member, point=point, expected=4 * 990)

        said = [q["sql"] for q in captured if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "SET "))]
        assert len(said) == 5


class TestPaying:
    def test_one_payment_pays_all(self, in_acme: StoreRef) -> None:
        checkout = a_checkout((an_offer_for(0, price_minor=1290), 1), (an_offer_for(1, price_minor=990), 1))

        payment = pay(checkout)

        assert (payment.amount_minor, payment.checkout_id, payment.order_id) == (2280, checkout.pk, None)
        assert SandboxCharge.objects.get().amount_minor == 2280
        assert states(checkout) == ["paid", "paid"]
        parts = Payment.objects.filter(part_of=payment).order_by("-amount_minor")
        assert [part.amount_minor for part in parts] == [1290, 990]
        assert Pickup.objects.count() == 2
        assert OutboxFact.objects.filter(meter="order_paid").count() == 2

    def test_whichever_order_is_paid_the_attempt_is_the_same(self, in_acme: StoreRef) -> None:
        first, second = orders_of(a_checkout())

        assert a_started_payment(first, key="one") == a_started_payment(second, key="two")
        assert len(a_started_payment(first).key) <= 32

    def test_another_members_order_is_not_paid(self, in_acme: StoreRef) -> None:
        first, _second = orders_of(a_checkout())
        with pytest.raises(Exception, match="没有找到这个订单"):
            start_payment(order_id=first.pk, member=a_member(), method="sandbox", key="1", now=NOW)

    def test_news_in_any_order_and_twice_gives_one_result(self, in_acme: StoreRef) -> None:
        for arrival in permutations(("processing", "unknown", "succeeded", "succeeded", "failed"), 3):
            checkout = a_checkout()
            payment = a_started_payment(orders_of(checkout)[0])
            for state in arrival:
                settle_payment(news=news_of(payment, PaymentState(state)), now=NOW)
            paid = "succeeded" in arrival
            assert states(checkout) == (["paid", "paid"] if paid else ["pending_payment", "pending_payment"])
            assert Payment.objects.filter(part_of=payment).count() == (2 if paid else 0)

    def test_another_amount_is_parked_and_pays_nothing(self, in_acme: StoreRef) -> None:
        checkout = a_checkout()
        payment = a_started_payment(orders_of(checkout)[0])

        settle_payment(news=news_of(payment, amount_minor=payment.amount_minor - 1), now=NOW)

        payment.refresh_from_db()
        assert payment.parked_at == NOW
        assert states(checkout) == ["pending_payment", "pending_payment"]

    def test_paid_twice_the_second_goes_back_whole(self, in_acme: StoreRef) -> None:
        checkout = a_checkout()
        first = a_started_payment(orders_of(checkout)[0], key="one")
        settle_payment(news=news_of(first, PaymentState.FAILED), now=NOW)
        second = a_started_payment(orders_of(checkout)[1], key="two")

        settle_payment(news=taken(second), now=NOW)
        settle_payment(news=taken(first), now=NOW)  # after all

        refunds = Refund.objects.filter(payment__part_of=first)
        assert sum(refund.amount_minor for refund in refunds) == first.amount_minor
        assert all(refund.is_return for refund in refunds)
        watch_payments(now=later(minutes=1))
        assert SandboxCharge.objects.get(key=first.key).refunded_minor == first.amount_minor
        assert SandboxCharge.objects.get(key=second.key).refunded_minor == 0
        assert states(checkout) == ["paid", "paid"]

    def test_paid_late_all_are_opened_again_with_their_coupon(self, in_acme: StoreRef) -> None:
        member = a_member()
        kind = a_coupon_kind(off_minor=500, threshold_minor=0, budget_minor=500)
        coupon = a_coupon(member, kind)
        checkout = a_checkout(member=member, coupon=coupon)
        payment = a_started_payment(orders_of(checkout)[0])
        expire_orders(now=later(minutes=15))
        coupon.refresh_from_db()
        assert (coupon.state, coupon.basket) == (CouponState.ISSUED, None)
        assert CouponKind.objects.get().spent_minor == 0

        settle_payment(news=taken(payment), now=later(minutes=17))

        assert states(checkout) == ["paid", "paid"]
        coupon.refresh_from_db()
        assert (coupon.state, coupon.off_minor, coupon.basket) == (CouponState.USED, 500, checkout.pk)
        assert CouponKind.objects.get().spent_minor == 500

    def test_paid_late_what_is_sold_out_goes_back_and_the_rest_stays(self, in_acme: StoreRef) -> None:
        there, gone = an_offer_for(0, in_stock=5), an_offer_for(1, in_stock=1)
        checkout = a_checkout((there, 1), (gone, 1))
        payment = a_started_payment(orders_of(checkout)[0])
        expire_orders(now=later(minutes=15))
        a_pending_order(gone, now=later(minutes=16))

        settle_payment(news=taken(payment), now=later(minutes=17))

        assert states(checkout) == ["paid", "closed"]
        assert Refund.objects.get().payment.order == orders_of(checkout)[1]
        watch_payments(now=later(minutes=18))
        assert Refund.objects.get().state == RefundState.SUCCEEDED
        assert SandboxCharge.objects.get().refunded_minor == 990

    def test_from_the_balance(self, in_acme: StoreRef) -> None:
        switch_channel(provider="balance", on=True, by_name="老板", by_email="boss@acme.test", now=NOW)
        member = a_member()
        top_up(member_id=member.pk, amount_minor=2000, reason="充值", by_name="老板", key="t", now=NOW)
        checkout = a_checkout(member=member)

        start_payment(order_id=orders_of(checkout)[0].pk, member=member, method="balance", key="b", now=NOW)

        assert states(checkout) == ["paid", "paid"]
        assert Balance.objects.get().amount_minor == 20
        cancel(orders_of(checkout)[0])
        watch_payments(now=later(minutes=1))
        assert Balance.objects.get().amount_minor == 20 + 990

    def test_chains_get_their_numbers(self, in_acme: StoreRef) -> None:
        chains = [an_open_campaign(a_product(), kind="solitaire") for _chain in range(2)]
        (one,), (two,) = (list(chain.items.all()) for chain in chains)

        pay(a_checkout((one, 1), (two, 1), (an_offer_for(2), 1)))

        assert sorted(Join.objects.values_list("number", flat=True)) == [1, 1]

    def test_the_janitor_asks_for_the_whole(self, in_acme: StoreRef) -> None:
        checkout = a_checkout()
        payment = a_started_payment(orders_of(checkout)[0])
        SandboxCharge.objects.filter(key=payment.key).update(state="paid")

        watch_payments(now=later(seconds=30))

        assert states(checkout) == ["paid", "paid"]
