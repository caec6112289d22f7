"""Each invariant is quiet while the books are in order, and speaks when one row is bent."""

from collections.abc import Callable

import pytest
from django.db.models import F

from kit.books import Finding
from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.campaigns.models import Campaign, CampaignItem, CutoffRun, Join, JoinCount
from tenants.commissions.models import CommissionEntry, EntryState
from tenants.commissions.services.set_store_rate import set_store_rate
from tenants.fulfilment.models import Pickup
from tenants.fulfilment.services.hand_over import HandedLine, hand_over
from tenants.inventory.models import Batch, MoveKind, Stock, StockMove
from tenants.ledger.models import Book, Posting, Transfer
from tenants.orders.models import DiscountSource, LineDiscount, LineRefund, Order, OrderLine, OrderRefund, OrderState
from tenants.payments.models import Balance, Payment, PaymentState, Refund, RefundState
from tenants.sales.books import INVARIANTS, check
from tenants.sales.books_of_campaigns import CAMPAIGN_INVARIANTS
from tenants.sales.books_of_deposits import DEPOSIT_INVARIANTS
from tenants.sales.books_of_refunds import REFUND_INVARIANTS
from tenants.sales.services.cancel_order import cancel_order
from tenants.tracing.models import LineBatch
from tests.factories.campaigns import an_offer
from tests.factories.orders import a_paid_order, a_pending_order, a_started_payment, line_id_of, the_visit_of
from tests.factories.times import NOW
from tests.tenants.sales.bending import BENT_TEAMS_AND_DEPOSITS


def a_living_shop() -> Order:
    """Orders in every state; the one returned is paid and waits."""
    set_store_rate(rate_ppm=80_000, by_name="陈店长", now=NOW)
    item = an_offer(quota=50)
    a_pending_order(item)
    given_up = a_pending_order(item)
    cancel_order(order_id=given_up.id, member=given_up.member, reason="", now=NOW)
    fetched = a_paid_order(item, quantity=3)
    hand_over(
        pickup_id=the_visit_of(fetched).id,
        leader=fetched.leader,
        lines=[HandedLine(line_id_of(fetched), 2)],
        by_name="李姐",
        now=NOW,
    )
    return a_paid_order(item)


def more_on_hand(order: Order) -> None:
    Stock.objects.update(on_hand=F("on_hand") + 1)


def more_reserved(order: Order) -> None:
    Stock.objects.update(reserved=F("reserved") + 1)
    StockMove.objects.create(sku=Stock.objects.get().sku, kind=MoveKind.RESERVE, reserved_delta=1, at=NOW)


def more_taken(order: Order) -> None:
    CampaignItem.objects.update(taken=F("taken") + 1)


def fewer_sold(order: Order) -> None:
    CampaignItem.objects.update(sold=F("sold") - 1)


def a_lopsided_transfer(order: Order) -> None:
    transfer = Transfer.objects.create(what="slip", subject_id=new_id(), at=NOW)
    Posting.objects.create(transfer=transfer, book=Book.CLEARING, amount_minor=5, currency="CNY")


def a_transfer_in_two_currencies(order: Order) -> None:
    transfer = Transfer.objects.create(what="slip", subject_id=new_id(), at=NOW)
    Posting.objects.create(transfer=transfer, book=Book.CLEARING, amount_minor=5, currency="CNY")
    Posting.objects.create(transfer=transfer, book=Book.CLEARING, amount_minor=-5, currency="HKD")


def a_transfer_of_nothing(order: Order) -> None:
    Transfer.objects.create(what="slip", subject_id=new_id(), at=NOW)


def a_line_cheaper_than_its_discounts(order: Order) -> None:
    OrderLine.objects.filter(order=order).update(net_minor=F("net_minor") - 1)
    CommissionEntry.objects.filter(order_line__order=order).update(base_minor=F("base_minor") - 1)


def a_fee_given_back_of_a_live_order(order: Order) -> None:
    OrderRefund.objects.create(order=order, key="slip", amount_minor=5, delivery_minor=5, currency="CNY", at=NOW)


def a_discount_of_no_offer(order: Order) -> None:
    LineDiscount.objects.create(line=order.lines.get(), source=DiscountSource.COUPON, source_id=new_id(), off_minor=7)


def money_noted_twice(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(paid_minor=F("paid_minor") * 2)


def a_refund_not_in_the_ledger(order: Order) -> None:
    _refund(order, RefundState.SUCCEEDED)
    Order.objects.filter(pk=order.pk).update(refunded_minor=1)


def sales_too_high(order: Order) -> None:
    transfer = Transfer.objects.create(what="slip", subject_id=new_id(), at=NOW)
    for book, amount in ((Book.ORDER, 7), (Book.SALES, -7)):
        Posting.objects.create(transfer=transfer, book=book, party_id=order.id, amount_minor=amount, currency="CNY")


def paid_twice_and_kept(order: Order) -> None:
    _second_payment(order, amount=order.total_minor)


def paid_another_amount(order: Order) -> None:
    Payment.objects.filter(order=order).update(amount_minor=1)


def captured_without_a_reference(order: Order) -> None:
    Payment.objects.filter(order=order).update(provider_ref=None)


def no_commission(order: Order) -> None:
    CommissionEntry.objects.filter(order_line__order=order).delete()


def a_commission_for_nobody_twice(order: Order) -> None:
    CommissionEntry.objects.filter(order_line__order=order).update(amount_minor=F("amount_minor") + 1)


def reversed_without_a_reversal(order: Order) -> None:
    CommissionEntry.objects.filter(order_line__order=order).update(state=EntryState.REVERSED)


def a_reversal_too_small(order: Order) -> None:
    entry = CommissionEntry.objects.get(order_line__order=order)
    CommissionEntry.objects.filter(pk=entry.pk).update(state=EntryState.REVERSED)
    entry.pk, entry.kind, entry.amount_minor, entry.state = new_id(), "reversal", -1, EntryState.REVERSED
    entry._state.adding = True
    entry.save()


def paid_and_closed(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(state=OrderState.CLOSED)


def paid_by_nothing(order: Order) -> None:
    Payment.objects.filter(order=order).update(state=PaymentState.FAILED)


def paid_and_given_back(order: Order) -> None:
    _refund(order, RefundState.REQUESTED)


def paid_without_a_code(order: Order) -> None:
    Pickup.objects.filter(member=order.member).delete()


def _second_payment(order: Order, *, amount: int) -> None:
    Payment.objects.create(
        order=order,
        attempt=9,
        method="sandbox",
        amount_minor=amount,
        currency="CNY",
        state=PaymentState.SUCCEEDED,
        provider_ref="second",
        key="second",
        created_at=NOW,
    )


def _refund(order: Order, state: RefundState) -> None:
    Refund.objects.create(
        payment=order.payments.get(), amount_minor=1, currency="CNY", state=state, reason="", key="slip", created_at=NOW
    )


def a_refund_nobody_reserved(order: Order) -> None:
    Payment.objects.filter(order=order).update(refunding_minor=5)


def a_balance_from_nowhere(order: Order) -> None:
    Balance.objects.create(member=order.member, amount_minor=100, currency="CNY")


def more_refunded_than_decided(order: Order) -> None:
    order.lines.update(refunded_minor=1)


def all_pieces_but_not_all_money(order: Order) -> None:
    order.lines.update(refunded_quantity=1, withdrawn_quantity=1, refunded_minor=3)


def a_decision_without_its_money(order: Order) -> None:
    _decision(order, amount=1, returned=0)


def goods_back_in_no_stock(order: Order) -> None:
    _decision(order, amount=0, returned=1)


def _decision(order: Order, *, amount: int, returned: int) -> None:
    refund = OrderRefund.objects.create(order=order, key="slip", amount_minor=amount, currency="CNY", reason="", at=NOW)
    LineRefund.objects.create(
        order_refund=refund,
        order_line=order.lines.get(),
        quantity=1,
        amount_minor=amount,
        withdrawn_quantity=1,
        returned_quantity=returned,
    )


def a_refund_without_postings(order: Order) -> None:
    _refund(order, RefundState.SUCCEEDED)


def a_refund_nobody_asks_about(order: Order) -> None:
    _refund(order, RefundState.UNKNOWN)


def a_batch_with_more(order: Order) -> None:
    _batch(order, on_hand=3, moved=2)


def held_for_no_batch(order: Order) -> None:
    Stock.objects.update(held=F("held") + 1)
    StockMove.objects.create(sku=Stock.objects.get().sku, kind=MoveKind.HOLD, held_delta=1, at=NOW)


def a_batch_that_took_no_stock(order: Order) -> None:
    _batch(order, on_hand=2, moved=2)


def given_without_a_move(order: Order) -> None:
    LineBatch.objects.create(order_line=order.lines.get(), batch=_batch(order), quantity=1, at=NOW)


def given_more_than_bought(order: Order) -> None:
    LineBatch.objects.create(order_line=order.lines.get(), batch=_batch(order), quantity=99, at=NOW)


def _batch(order: Order, *, on_hand: int = 0, moved: int = 0) -> Batch:
    stock = Stock.objects.get()
    batch = Batch.objects.create(stock=stock, lot="Z1", on_hand=on_hand, received_at=NOW)
    if moved:
        StockMove.objects.create(sku=stock.sku, kind=MoveKind.RECEIVE, batch=batch, batch_delta=moved, at=NOW)
    return batch


def failed_but_not_given_back(order: Order) -> None:
    item = order.lines.get().campaign_item
    CampaignItem.objects.filter(pk=item.pk).update(failed_at=NOW)
    CutoffRun.objects.create(campaign=item.campaign, started_at=NOW, finished_at=NOW)


def a_number_left_out(order: Order) -> None:
    campaign = order.lines.get().campaign_item.campaign
    JoinCount.objects.create(campaign=campaign, last=2)
    Join.objects.create(campaign=campaign, number=2, order_id=order.pk, at=NOW)


def paid_without_a_number(order: Order) -> None:
    Campaign.objects.filter(pk=order.lines.get().campaign_item.campaign_id).update(kind="solitaire")


def unpaid_after_the_cut_off(order: Order) -> None:
    campaign = order.lines.get().campaign_item.campaign
    CutoffRun.objects.create(campaign=campaign, started_at=NOW, judged_at=NOW)


BENT: list[tuple[str, Callable[[Order], None], str]] = [
    *BENT_TEAMS_AND_DEPOSITS,
    ("I11", failed_but_not_given_back, "未成团的商品都已退款"),
    ("I12", a_number_left_out, "接龙号从 1 开始，不跳号"),
    ("I12", paid_without_a_number, "接龙的已付订单都有号"),
    ("I11", unpaid_after_the_cut_off, "截单后没有待付款的订单"),
    ("I1", more_on_hand, "库存等于出入库流水之和"),
    ("I1", a_batch_with_more, "批次剩余等于批次流水之和"),
    ("I1", held_for_no_batch, "停售数等于停售批次之和"),
    ("I1", a_batch_that_took_no_stock, "批次之和等于实有加已卖出待分配"),
    ("I1", given_without_a_move, "分配给订单的等于批次分配流水"),
    ("I1", given_more_than_bought, "一个明细分配的批次不超过购买数"),
    ("I1", more_reserved, "占用等于待付款订单之和"),
    ("I1", more_taken, "限量已占用数等于有效订单之和"),
    ("I1", fewer_sold, "限量已占用数等于有效订单之和"),
    ("I2", a_lopsided_transfer, "每笔转账借贷相等"),
    ("I2", a_transfer_in_two_currencies, "每笔转账借贷相等"),
    ("I2", a_transfer_of_nothing, "每笔转账借贷相等"),
    ("I3", a_line_cheaper_than_its_discounts, "明细实付等于小计减优惠，订单金额等于明细实付与配送费之和"),
    ("I8", a_discount_of_no_offer, "优惠券抵扣额等于订单明细里的抵扣"),
    ("I3", money_noted_twice, "订单实收减退款等于账本余额"),
    ("I3", a_refund_not_in_the_ledger, "订单实收减退款等于账本余额"),
    ("I3", a_fee_given_back_of_a_live_order, "配送费只在发出前整单取消时退，且只退一次"),
    ("I3", sales_too_high, "已提货部分和已发出的配送费记为销售收入"),
    ("I3", a_refund_nobody_reserved, "退款之和不超过付款，且等于预留"),
    ("I3", a_balance_from_nowhere, "顾客余额等于账本余额"),
    ("I4", paid_twice_and_kept, "一个订单只收一次款"),
    ("I4", paid_another_amount, "收到的正是应收的"),
    ("I4", captured_without_a_reference, "收到的正是应收的"),
    ("I5", no_commission, "每个已付明细正好计提一次佣金"),
    ("I5", a_commission_for_nobody_twice, "团长佣金等于账本应付"),
    ("I5", reversed_without_a_reversal, "佣金减冲回等于剩余金额应得"),
    ("I5", a_reversal_too_small, "佣金减冲回等于剩余金额应得"),
    ("I3", more_refunded_than_decided, "明细退款等于退款单之和"),
    ("I3", all_pieces_but_not_all_money, "退光数量的明细退光金额"),
    ("I3", a_decision_without_its_money, "退款单、明细与退款金额相等"),
    ("I3", goods_back_in_no_stock, "退回的货都有入库流水"),
    ("I3", a_refund_without_postings, "到账的退款都有分录"),
    ("I10", a_refund_nobody_asks_about, "没有结果的退款都有人再问"),
    ("I6", paid_and_closed, "每笔成功付款都有已付订单或退款"),
    ("I6", paid_by_nothing, "每个已付订单都有付款和提货码"),
    ("I6", paid_and_given_back, "每个已付订单都有付款和提货码"),
    ("I6", paid_without_a_code, "每个已付订单都有付款和提货码"),
]


class TestCheck:
    def test_finds_nothing_in_a_shop_in_order(self, in_acme: StoreRef) -> None:
        a_living_shop()
        assert check(NOW) == []

    def test_finds_nothing_in_an_empty_shop(self, in_acme: StoreRef) -> None:
        assert check(NOW) == []

    @pytest.mark.usefixtures("broken_books")
    @pytest.mark.parametrize(("invariant", "bend", "promise"), BENT, ids=lambda value: getattr(value, "__name__", ""))
    def test_finds_what_was_bent(
        self, in_acme: StoreRef, invariant: str, bend: Callable[[Order], None], promise: str
    ) -> None:
        order = a_living_shop()

        bend(order)

        found = [finding for finding in check(NOW) if finding.sentence.startswith(f"{promise}：")]
        assert {(finding.invariant, finding.store) for finding in found} == {(invariant, "acme")}

    def test_every_invariant_is_bent_by_one_of_these_tests(self) -> None:
        assert {promise for _name, _bend, promise in BENT} == {
            invariant.promise
            for invariant in (*INVARIANTS, *REFUND_INVARIANTS, *CAMPAIGN_INVARIANTS, *DEPOSIT_INVARIANTS)
        }

    @pytest.mark.usefixtures("broken_books")
    def test_names_the_order(self, in_acme: StoreRef) -> None:
        order = a_living_shop()
        money_noted_twice(order)
        assert check(NOW) == [
            Finding(
                invariant="I3",
                store="acme",
                subject=order.number,
                sentence="订单实收减退款等于账本余额：订单 2580-0，收款 1290-0，账本 1290",
            )
        ]

    def test_lets_a_payment_under_way_be(self, in_acme: StoreRef) -> None:
        a_started_payment(a_pending_order())
        assert check(NOW) == []
