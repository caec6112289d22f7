"""预售: a deposit now, the balance in its time; and what becomes of a deposit whose balance is not paid."""

from itertools import permutations

import pytest

from kit.tenancy import StoreRef
from tenants.commissions.models import CommissionEntry
from tenants.fulfilment.models import Pickup
from tenants.inventory.models import Stock
from tenants.journal.models import OutboxFact
from tenants.journal.services import Actor
from tenants.ledger.models import Book, Posting
from tenants.orders.models import Order, OrderState
from tenants.orders.selectors import timeline_of
from tenants.payments.models import Payment, PaymentState, Refund
from tenants.sales.services.call_off import call_off
from tenants.sales.services.cancel_order import cancel_order
from tenants.sales.services.cut_off import cut_off
from tenants.sales.services.expire_orders import expire_orders
from tenants.sales.services.place_order import CampaignClosed, OutOfStock
from tenants.sales.services.refund_lines import WantedRefund, refund_lines, refund_whole
from tenants.sales.services.remind_balances import remind_balances
from tenants.sales.services.settle_payment import PAID_TWICE, TOO_LATE, settle_payment
from tenants.sales.services.start_payment import BalanceNotYet, OrderClosed, start_payment
from tests.factories.campaigns import a_presale_offer, an_offer
from tests.factories.orders import a_pending_order, a_started_payment, line_id_of, news_of
from tests.factories.times import NOW, later

BOSS = Actor(kind="person", name="老板")
BALANCE_TIME = later(days=1, hours=1)
TOO_LATE_AT = later(days=3)


def paid(order: Order, *, key: str, now: object = NOW) -> Payment:
    """Pay what is due of an order."""
    order.refresh_from_db()
    payment = a_started_payment(order, key=key, now=now)  # type: ignore[arg-type]
    settle_payment(news=news_of(payment), now=now)  # type: ignore[arg-type]
    order.refresh_from_db()
    payment.refresh_from_db()
    return payment


def with_deposit(*, keeps: bool = False, quantity: int = 1) -> Order:
    order = a_pending_order(a_presale_offer(keeps=keeps), quantity=quantity)
    paid(order, key="deposit")
    return order


def silent(patched: pytest.MonkeyPatch) -> None:
    patched.setattr("tenants.sales.services.expire_orders.stop_charging", lambda **_words: None)


class TestPaying:
    def test_the_deposit_first_then_the_rest_and_only_then_it_is_paid(self, in_acme: StoreRef) -> None:
        order = a_pending_order(a_presale_offer(price_minor=3333), quantity=1)
        assert (order.deposit_minor, order.due_minor) == (667, 667)

        deposit = paid(order, key="deposit")

        stock = Stock.objects.get(sku=order.lines.get().sku_id)
        assert (deposit.amount_minor, order.state, order.awaits_balance) == (667, OrderState.PENDING_PAYMENT, True)
        assert (stock.on_hand, stock.reserved) == (100, 1)
        assert not any(model.objects.exists() for model in (Pickup, CommissionEntry, OutboxFact))

        balance = paid(order, key="balance", now=BALANCE_TIME)

        stock.refresh_from_db()
        assert (balance.amount_minor, order.state, order.paid_minor) == (2666, OrderState.PAID, 3333)
        assert (stock.on_hand, stock.reserved) == (99, 0)
        assert OutboxFact.objects.get().amount_minor == 3333
        assert Pickup.objects.count() == 1
        told = [one.sentence for one in timeline_of(order)]
        assert "定金已付 ¥6.67，等待付尾款" in told

    def test_the_balance_has_its_time(self, in_acme: StoreRef) -> None:
        order = with_deposit()
        asked = {"order_id": order.pk, "member": order.member, "method": "sandbox", "key": "balance"}
        with pytest.raises(BalanceNotYet):
            start_payment(**asked, now=later(hours=23))  # type: ignore[arg-type]
        assert order.shown_state(later(days=2)) == OrderState.PENDING_PAYMENT
        assert order.shown_state(TOO_LATE_AT) == OrderState.CLOSED
        with pytest.raises(OrderClosed):
            start_payment(**asked, now=TOO_LATE_AT)  # type: ignore[arg-type]

    def test_sells_what_is_planned_and_not_there_yet(self, in_acme: StoreRef) -> None:
        item = a_presale_offer(in_stock=0)
        with pytest.raises(OutOfStock):
            a_pending_order(item)
        Stock.objects.filter(sku=item.sku_id).update(planned=2)

        order = a_pending_order(item, quantity=2)
        paid(order, key="deposit")
        paid(order, key="balance", now=BALANCE_TIME)

        assert order.state == OrderState.PAID
        with pytest.raises(OutOfStock):
            a_pending_order(item)

    def test_in_full_is_an_order_like_any_other(self, in_acme: StoreRef) -> None:
        order = a_pending_order(a_presale_offer(percent=None))
        paid(order, key="all")
        assert (order.state, order.paid_minor, order.deposit_minor) == (OrderState.PAID, 10000, None)

    def test_an_unpaid_deposit_is_an_unpaid_order(self, in_acme: StoreRef) -> None:
        order = a_pending_order(a_presale_offer())
        assert expire_orders(now=later(minutes=15)) == 1
        order.refresh_from_db()
        assert (order.state, order.deposit_kept_at) == (OrderState.CLOSED, None)

    def test_terms_are_those_of_the_order_and_its_goods_stand_alone(self, in_acme: StoreRef) -> None:
        item = a_presale_offer(keeps=True)
        order = a_pending_order(item)
        type(item.campaign).objects.filter(pk=item.campaign_id).update(keeps_deposit=False, deposit_percent=50)
        order.refresh_from_db()
        assert (order.keeps_deposit, order.deposit_minor) == (True, 2000)

        other = an_offer()
        type(other.campaign).objects.filter(pk=other.campaign_id).update(pickup_date=item.campaign.pickup_date)
        with pytest.raises(CampaignClosed) as refusal:
            a_pending_order(item, other)
        assert refusal.value.facts["lines"][0]["code"] == "presale_alone"

    def test_leaves_the_cut_off_alone_and_is_paid_after_it(self, in_acme: StoreRef) -> None:
        order = with_deposit()
        item = order.lines.get().campaign_item
        run = cut_off(campaign_id=item.campaign_id, now=later(days=1, minutes=5))
        assert run.finished_at is not None
        order.refresh_from_db()
        assert order.awaits_balance

        paid(order, key="balance", now=BALANCE_TIME)
        assert order.state == OrderState.PAID

    @pytest.mark.parametrize("arrival", list(permutations(("deposit", "again", "balance"))), ids=str)
    def test_news_in_any_order_and_twice_ends_the_same(self, in_acme: StoreRef, arrival: tuple[str, ...]) -> None:
        """A deposit paid twice; whatever is heard when, one deposit and one balance stay."""
        order = a_pending_order(a_presale_offer())
        first = a_started_payment(order, key="one")
        Payment.objects.filter(pk=first.pk).update(state=PaymentState.FAILED)
        second = a_started_payment(order, key="two")
        settle_payment(news=news_of(second), now=NOW)
        order.refresh_from_db()
        third = a_started_payment(order, key="three", now=BALANCE_TIME)
        news = {"deposit": news_of(second), "again": news_of(first), "balance": news_of(third)}
        for word in (*arrival, *arrival):
            settle_payment(news=news[word], now=BALANCE_TIME)

        order.refresh_from_db()
        assert (order.state, order.paid_minor) == (OrderState.PAID, 12000)
        assert [(one.payment_id, one.reason) for one in Refund.objects.all()] == [(first.pk, PAID_TWICE)]


class TestUnpaidBalance:
    def test_goes_back_where_the_rule_says_so(self, in_acme: StoreRef) -> None:
        order = with_deposit(keeps=False)

        assert expire_orders(now=TOO_LATE_AT) == 1
        assert expire_orders(now=TOO_LATE_AT) == 0

        order.refresh_from_db()
        assert (order.state, order.deposit_kept_at) == (OrderState.CLOSED, None)
        assert Refund.objects.get().amount_minor == 2000
        assert Stock.objects.get(sku=order.lines.get().sku_id).reserved == 0
        assert not OutboxFact.objects.exists()

    def test_is_kept_where_the_rule_says_so_and_the_platform_told_of_it(self, in_acme: StoreRef) -> None:
        order = with_deposit(keeps=True)

        expire_orders(now=TOO_LATE_AT)

        order.refresh_from_db()
        assert (order.state, order.deposit_kept_at) == (OrderState.CLOSED, TOO_LATE_AT)
        assert not Refund.objects.exists()
        assert OutboxFact.objects.get().amount_minor == 2000
        assert sum(Posting.objects.filter(book=Book.SALES).values_list("amount_minor", flat=True)) == -2000
        assert not CommissionEntry.objects.exists()
        assert "尾款未付，定金 ¥20.00 不退" in [one.sentence for one in timeline_of(order)]

    @pytest.mark.parametrize("keeps", [True, False])
    def test_given_up_by_the_member_the_same_rule_holds(self, in_acme: StoreRef, keeps: bool) -> None:
        order = with_deposit(keeps=keeps)
        cancel_order(order_id=order.pk, member=order.member, reason="", now=later(hours=2))
        order.refresh_from_db()
        assert (order.state, order.deposit_kept_at is not None) == (OrderState.CLOSED, keeps)
        assert Refund.objects.count() == (not keeps)

    @pytest.mark.parametrize("keeps", [True, False])
    def test_called_off_by_the_shop_it_always_goes_back(self, in_acme: StoreRef, keeps: bool) -> None:
        order = with_deposit(keeps=keeps)
        campaign_id = order.lines.get().campaign_item.campaign_id
        call_off(campaign_id=campaign_id, reason="台风，蟹船没出海", now=NOW, by_name="老板")

        cut_off(campaign_id=campaign_id, now=NOW)

        order.refresh_from_db()
        assert (order.state, order.deposit_kept_at) == (OrderState.CLOSED, None)
        assert Refund.objects.get().amount_minor == 2000

    @pytest.mark.parametrize("keeps", [True, False])
    def test_a_balance_that_comes_too_late_goes_back_and_the_rule_stays(self, in_acme: StoreRef, keeps: bool) -> None:
        order = with_deposit(keeps=keeps)
        late = a_started_payment(order, key="balance", now=BALANCE_TIME)
        with pytest.MonkeyPatch.context() as patched:
            silent(patched)
            expire_orders(now=TOO_LATE_AT)

        settle_payment(news=news_of(late), now=later(days=4))

        order.refresh_from_db()
        assert order.state == OrderState.CLOSED
        assert Refund.objects.get(payment=late).reason == TOO_LATE
        assert Refund.objects.count() == (1 if keeps else 2)

    def test_a_deposit_that_comes_too_late_goes_back(self, in_acme: StoreRef) -> None:
        order = a_pending_order(a_presale_offer(keeps=True))
        late = a_started_payment(order)
        with pytest.MonkeyPatch.context() as patched:
            silent(patched)
            expire_orders(now=later(minutes=20))

        settle_payment(news=news_of(late), now=later(minutes=30))

        order.refresh_from_db()
        assert (order.state, order.deposit_paid_at) == (OrderState.CLOSED, None)
        assert Refund.objects.get().amount_minor == 2000


class TestRefunds:
    def test_of_both_payments_sum_to_what_was_paid(self, in_acme: StoreRef) -> None:
        order = with_deposit(quantity=3)
        paid(order, key="balance", now=BALANCE_TIME)
        wanted = [WantedRefund(line_id_of(order), quantity=1)]
        refund_lines(order_id=order.pk, wanted=wanted, reason="死了一只", actor=BOSS, key="one", now=BALANCE_TIME)
        refund_whole(order_id=order.pk, reason="不要了", actor=BOSS, key="rest", now=BALANCE_TIME)

        order.refresh_from_db()
        assert order.state == OrderState.CANCELLED
        by_payment = {one.amount_minor: one.refunding_minor for one in Payment.objects.all()}
        assert by_payment == {6000: 6000, 24000: 24000}
        assert sum(Refund.objects.values_list("amount_minor", flat=True)) == 30000


class TestReminding:
    def test_is_once_when_the_time_has_come(
        self, in_acme: StoreRef, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
    ) -> None:
        sent: list[dict[str, str]] = []
        monkeypatch.setattr(
            "tenants.sales.services.remind_balances.send_store_sms.delay", lambda **words: sent.append(words)
        )
        order = with_deposit()
        a_pending_order(a_presale_offer())
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            assert remind_balances(now=later(hours=23)) == 0
            assert remind_balances(now=BALANCE_TIME) == 1
            assert remind_balances(now=BALANCE_TIME) == 0

        assert [one["phone"] for one in sent] == [order.member.phone]
        assert "可以付尾款了：¥80.00" in sent[0]["text"]
        assert "可以付尾款了：¥80.00" in [one.sentence for one in timeline_of(order)]

    def test_is_not_of_what_is_paid(self, in_acme: StoreRef) -> None:
        order = with_deposit()
        paid(order, key="balance", now=BALANCE_TIME)
        assert remind_balances(now=BALANCE_TIME) == 0
