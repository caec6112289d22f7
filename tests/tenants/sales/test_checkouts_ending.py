"""Orders that were paid together end one by one, and never is more given back than was paid."""

import random

import pytest

from kit.tenancy import StoreRef
from tenants.campaigns.models import CampaignItem
from tenants.inventory.models import Stock
from tenants.orders.models import Checkout, Order, OrderState
from tenants.payments.models import Payment, PaymentState, Refund, SandboxCharge
from tenants.payments.news import PaymentNews
from tenants.promotions.models import Coupon, CouponKind, CouponState
from tenants.sales.books import check
from tenants.sales.services.cancel_order import cancel_order
from tenants.sales.services.expire_orders import expire_orders
from tenants.sales.services.refund_lines import WantedRefund, refund_lines
from tenants.sales.services.settle_payment import settle_payment
from tenants.sales.services.start_payment import NotPayable, OrderClosed
from tenants.sales.services.watch_payments import watch_payments
from tests.factories.checkouts import a_checkout, an_offer_for, orders_of
from tests.factories.members import a_member
from tests.factories.orders import a_started_payment, news_of
from tests.factories.promotions import a_coupon, a_coupon_kind
from tests.factories.times import NOW, later
from tests.tenants.sales.test_sourcing import BOSS


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


class TestEndingOne:
    def test_one_given_up_unpaid_leaves_the_others_to_be_paid(self, in_acme: StoreRef) -> None:
        member = a_member()
        coupon = a_coupon(member, a_coupon_kind(off_minor=500, threshold_minor=1500))
        checkout = a_checkout(member=member, coupon=coupon)
        first, second = orders_of(checkout)
        before = a_started_payment(first, key="one")

        cancel(second)
        after = a_started_payment(first, key="two")

        before.refresh_from_db()
        coupon.refresh_from_db()
        assert before.state == PaymentState.CANCELLED
        assert after.amount_minor == first.total_minor
        assert coupon.off_minor == 990 - first.total_minor == CouponKind.objects.get().spent_minor
        settle_payment(news=news_of(after), now=NOW)
        assert states(checkout) == ["paid", "closed"]
        with pytest.raises(NotPayable):
            a_started_payment(orders_of(checkout)[0], key="three")
        with pytest.raises(OrderClosed):
            a_started_payment(orders_of(checkout)[1], key="four")

    def test_money_for_what_was_given_up_meanwhile_opens_it_again(self, in_acme: StoreRef) -> None:
        """The company could not be asked to close the charge, so it was begun for more than waits now."""
        checkout = a_checkout()
        first, second = orders_of(checkout)
        whole = a_started_payment(first, key="one")
        Payment.objects.filter(pk=whole.pk).update(state=PaymentState.CANCELLED)
        cancel(second)
        rest = a_started_payment(first, key="two")

        settle_payment(news=taken(whole), now=NOW)
        settle_payment(news=taken(rest), now=NOW)

        assert states(checkout) == ["paid", "paid"]
        assert Refund.objects.get().payment.part_of == rest

    def test_all_run_out_together(self, in_acme: StoreRef) -> None:
        checkout = a_checkout()

        assert expire_orders(now=later(minutes=15)) == 2

        assert states(checkout) == ["closed", "closed"]

    def test_a_paid_one_given_up_gets_its_share_back_by_the_one_payment(self, in_acme: StoreRef) -> None:
        member = a_member()
        coupon = a_coupon(member, a_coupon_kind(off_minor=500, threshold_minor=1500))
        checkout = a_checkout(member=member, coupon=coupon)
        payment = pay(checkout)
        first, second = orders_of(checkout)

        cancel(first)
        watch_payments(now=later(minutes=1))

        assert states(checkout) == ["cancelled", "paid"]
        assert SandboxCharge.objects.get(key=payment.key).refunded_minor == first.total_minor
        coupon.refresh_from_db()
        assert coupon.state == CouponState.USED  # the other order still has its share
        cancel(second)
        watch_payments(now=later(minutes=2))
        coupon.refresh_from_db()
        assert (coupon.state, coupon.basket) == (CouponState.ISSUED, None)
        assert SandboxCharge.objects.get(key=payment.key).refunded_minor == payment.amount_minor

    def test_a_line_given_back_is_of_its_own_orders_part(self, in_acme: StoreRef) -> None:
        checkout = a_checkout((an_offer_for(0), 2), (an_offer_for(1), 2))
        payment = pay(checkout)
        first, second = orders_of(checkout)

        for key in ("r1", "r2"):
            line = second.lines.get()
            refund_lines(
                order_id=second.pk,
                wanted=[WantedRefund(line.pk, quantity=1)],
                reason="坏了",
                actor=BOSS,
                key=key,
                now=NOW,
            )
        watch_payments(now=later(minutes=1))

        assert {part.order_id: part.refunding_minor for part in payment.parts.all()} == {first.pk: 0, second.pk: 1980}
        assert SandboxCharge.objects.get().refunded_minor == 1980

    def test_any_sequence_of_endings_never_gives_back_more_than_was_paid(self, in_acme: StoreRef) -> None:
        for seed in range(12):
            dice = random.Random(seed)
            member = a_member()
            coupon = a_coupon(
                member, a_coupon_kind(name=f"券{seed}", off_minor=dice.choice([100, 777]), threshold_minor=0)
            )
            checkout = a_checkout(
                *((an_offer_for(day, price_minor=dice.randrange(700, 3000)), dice.randrange(1, 4)) for day in range(3)),
                member=member,
                coupon=dice.choice([coupon, None]),
            )
            payment = None
            for step in range(7):
                order = dice.choice(orders_of(checkout))
                match dice.randrange(4):
                    case 0 if order.state == OrderState.PENDING_PAYMENT:
                        payment = a_started_payment(order, key=f"{seed}{step}")
                    case 1 if payment:
                        settle_payment(news=taken(payment), now=NOW)
                    case 2 if order.state in (OrderState.PENDING_PAYMENT, OrderState.PAID):
                        cancel(order)
                    case _:
                        watch_payments(now=later(minutes=step))
                assert check(NOW) == []
            for charge in SandboxCharge.objects.all():
                assert charge.refunded_minor <= charge.amount_minor


class TestBooks:
    def test_a_total_that_is_not_its_orders_is_found(self, in_acme: StoreRef, broken_books: None) -> None:
        checkout = a_checkout()
        Checkout.objects.filter(pk=checkout.pk).update(total_minor=1)
        assert [finding.subject for finding in check(NOW)] == [str(checkout.pk)]

    def test_a_payment_divided_otherwise_is_found(self, in_acme: StoreRef, broken_books: None) -> None:
        payment = pay(a_checkout())
        Payment.objects.filter(pk=payment.pk).update(amount_minor=payment.amount_minor + 1)
        assert [(finding.invariant, finding.subject) for finding in check(NOW)] == [("I4", payment.key)]

    def test_a_part_of_what_was_never_paid_is_found(self, in_acme: StoreRef, broken_books: None) -> None:
        payment = pay(a_checkout())
        Payment.objects.filter(pk=payment.pk).update(state=PaymentState.FAILED)
        assert payment.key in {finding.subject for finding in check(NOW)}

    def test_a_coupon_that_kept_a_closed_orders_share_is_found(self, in_acme: StoreRef, broken_books: None) -> None:
        member = a_member()
        coupon = a_coupon(member, a_coupon_kind(off_minor=500, threshold_minor=1500))
        checkout = a_checkout(member=member, coupon=coupon)
        cancel(orders_of(checkout)[1])
        assert check(NOW) == []

        Coupon.objects.filter(pk=coupon.pk).update(off_minor=500)

        assert str(coupon.pk) in {finding.subject for finding in check(NOW)}


def test_news_of_a_part_alone_is_nobodys(in_acme: StoreRef) -> None:
    """What the company knows is the whole: a part's key tells it nothing, and us neither."""
    part = pay(a_checkout()).parts.first()
    assert part
    news = PaymentNews(part.key, PaymentState.SUCCEEDED, "x", part.amount_minor, part.currency)
    with pytest.raises(Exception, match="没有找到这笔付款"):
        settle_payment(news=news, now=NOW)
