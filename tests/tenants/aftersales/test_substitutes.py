"""换同类商品: something of equal or higher value comes instead, for who agreed; its stock is taken, the money stays."""

from typing import Any

import pytest

from kit.tenancy import StoreRef, in_store
from tenants.aftersales import tasks
from tenants.aftersales.books import check
from tenants.aftersales.models import Ending, ShareRule, Shortage, ShortLine
from tenants.aftersales.selectors_shortages import NothingDue, SubstituteMissing, goods_due, lines_due, substitutes
from tenants.aftersales.services.tell_shortage import (
    NoneToGive,
    ShortageMoved,
    ToldShort,
    plan_shortage,
    settle_short,
    tell_shortage,
)
from tenants.campaigns.models import CampaignItem
from tenants.catalog.models import Sku
from tenants.inventory.models import Stock
from tenants.journal.services import Actor
from tenants.orders.models import Order, OrderLine
from tenants.orders.selectors import timeline_of
from tenants.payments.models import Refund
from tenants.sales.services.refund_lines import WantedRefund, refund_lines, refund_whole
from tenants.tracing.selectors import paid_lines
from tests.factories.aftersales import fetched
from tests.factories.campaigns import an_offer
from tests.factories.catalog import a_product
from tests.factories.leaders import a_leader_with_point
from tests.factories.orders import a_paid_order, line_id_of
from tests.factories.times import TOMORROW, later

BOSS = Actor(kind="person", id="1", name="陈店长")
AFTER = later(hours=12)


@pytest.fixture(autouse=True)
def texts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    target = "tenants.aftersales.services.settle_short.send_store_sms.delay"
    monkeypatch.setattr(target, lambda **words: sent.append(words["text"]))
    return sent


def two_orders(item: CampaignItem, quantity: int = 2) -> list[Order]:
    """The first agreed to something similar, the second did not."""
    point = a_leader_with_point()
    return [
        a_paid_order(item, quantity=quantity, point=point, now=later(minutes=turn), accepts_substitute=turn == 0)
        for turn in range(2)
    ]


def told(item: CampaignItem, there: int, instead: Sku) -> ToldShort:
    return ToldShort(item.sku_id, TOMORROW, there, ShareRule.EVEN, "", Ending.SUBSTITUTE, instead.pk)


def tell(short: ToldShort, key: str = "k") -> Shortage:
    return tell_shortage(told=short, seen=plan_shortage(told=short, now=AFTER).mark, key=key, actor=BOSS, now=AFTER)


def on_hand(sku: Sku) -> int:
    return Stock.objects.get(sku=sku).on_hand


def line_of(order: Order) -> OrderLine:
    return OrderLine.objects.get(order=order)


def test_who_agreed_gets_it_and_the_others_their_money(
    in_acme: StoreRef, texts: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    item, cherry = an_offer(in_stock=10), a_product(title="千禧番茄", price_minor=1500, in_stock=5)
    agreed, other = two_orders(item)
    before = on_hand(item.sku)

    with django_capture_on_commit_callbacks(execute=True):
        shortage = tell(told(item, 2, cherry))

    line = line_of(agreed)
    assert (line.substituted_quantity, line.refunded_quantity, line.left_to_hand) == (1, 0, 2)
    assert line.shortage_notes == ["缺货，1 份换成“千禧番茄 500g/份”"]
    assert (line_of(other).substituted_quantity, line_of(other).refunded_quantity) == (0, 1)
    assert [refund.amount_minor for refund in Refund.objects.all()] == [1290]
    assert (on_hand(cherry), on_hand(item.sku)) == (4, before)
    assert sorted(text.split("，")[0] for text in texts) == ["很抱歉", "您订的“洛川苹果”缺货 1 份"]
    assert any("换成“千禧番茄 500g/份”" in one.sentence for one in timeline_of(agreed))
    assert {one.ending: one.came_quantity for one in ShortLine.objects.all()} == {"refund": 0, "substitute": 1}
    assert shortage.substitute_title == "千禧番茄"
    assert not check(AFTER)
    (row,) = goods_due(now=AFTER)
    assert row["pieces"] == 2  # of what was ordered, one each
    assert {one.pk: one.live for one in paid_lines()}[line.pk] == 1  # no batch of what was ordered for the other


def test_is_done_once_a_key_and_by_the_sweep_where_it_was_begun(acme: StoreRef) -> None:
    with in_store(acme):
        item, cherry = an_offer(in_stock=10), a_product(title="千禧番茄", price_minor=1290, in_stock=5)
        agreed, _other = two_orders(item)
        short = told(item, 2, cherry)
        seen = plan_shortage(told=short, now=AFTER).mark
        made = {tell_shortage(told=short, seen=seen, key="k", actor=BOSS, now=AFTER).pk for _click in range(3)}
        assert len(made) == 1
        assert (line_of(agreed).substituted_quantity, on_hand(cherry)) == (1, 4)
        assert settle_short(shortage_id=made.pop(), now=AFTER) == (0, 0)
        # whoever told it died before the order was written
        ShortLine.objects.filter(ending="substitute").update(settled_at=None, came_quantity=0)
        OrderLine.objects.filter(order=agreed).update(substituted_quantity=0, substitute=None)
        assert any("没有处理" in one.sentence for one in check(later(hours=20)))
    tasks.sweep_after_sales(store=str(acme.merchant_id))
    with in_store(acme):
        assert (line_of(agreed).substituted_quantity, on_hand(cherry)) == (1, 4)
        assert not check(AFTER)


def test_what_was_fetched_meanwhile_needs_none_and_it_goes_back_to_its_stock(in_acme: StoreRef) -> None:
    item, cherry = an_offer(in_stock=10), a_product(title="千禧番茄", price_minor=1290, in_stock=5)
    agreed, _other = two_orders(item)
    shortage = tell(told(item, 0, cherry))
    ShortLine.objects.filter(ending="substitute").update(settled_at=None, came_quantity=0)
    OrderLine.objects.filter(order=agreed).update(substituted_quantity=0, substitute=None)
    fetched(agreed, 1)
    settle_short(shortage_id=shortage.pk, now=AFTER)
    assert (line_of(agreed).substituted_quantity, on_hand(cherry)) == (1, 4)
    assert not check(AFTER)


def test_a_refund_returns_what_was_paid_and_it_goes_back_to_its_own_stock(in_acme: StoreRef) -> None:
    item, cherry = an_offer(in_stock=10), a_product(title="千禧番茄", price_minor=1500, in_stock=5)
    agreed, _other = two_orders(item, quantity=3)
    tell(told(item, 2, cherry))
    apples = on_hand(item.sku)
    assert (line_of(agreed).substituted_quantity, on_hand(cherry)) == (2, 3)

    wanted = [WantedRefund(line_id_of(agreed), quantity=1)]
    refund_lines(order_id=agreed.pk, wanted=wanted, reason="", actor=BOSS, key="one", now=AFTER)
    assert (line_of(agreed).substituted_quantity, on_hand(cherry), on_hand(item.sku)) == (1, 4, apples)
    assert not check(AFTER)

    refund_whole(order_id=agreed.pk, reason="", actor=BOSS, key="rest", now=AFTER)
    assert (line_of(agreed).substituted_quantity, on_hand(cherry), on_hand(item.sku)) == (0, 5, apples + 1)
    assert sum(Refund.objects.filter(payment__order=agreed).values_list("amount_minor", flat=True)) == 3 * 1290
    assert not check(AFTER)


def test_what_is_short_again_is_what_was_ordered(in_acme: StoreRef) -> None:
    item, cherry = an_offer(in_stock=10), a_product(title="千禧番茄", price_minor=1290, in_stock=5)
    agreed, other = two_orders(item)
    tell(told(item, 2, cherry), key="a")
    pear = a_product(title="丰水梨", price_minor=1290, in_stock=5)
    tell(told(item, 0, pear), key="b")  # a line knows one substitute: the second time its money goes back
    assert (line_of(agreed).substituted_quantity, line_of(agreed).refunded_quantity) == (1, 1)
    assert line_of(other).refunded_quantity == 2
    assert (on_hand(cherry), on_hand(pear)) == (4, 5)
    assert not check(AFTER)
    with pytest.raises(NothingDue):
        lines_due(sku_id=item.sku_id, pickup_date=TOMORROW, now=AFTER)


def test_costs_as_much_at_least_and_is_there(in_acme: StoreRef) -> None:
    item = an_offer(in_stock=10)
    agreed, _other = two_orders(item)
    cheap = a_product(title="便宜梨", price_minor=1289)
    by_the_scale = a_product(title="活鱼", price_minor=3000)
    Sku.objects.filter(pk=by_the_scale.pk).update(weighed_per_grams=500, weighed_price_minor=1, estimated_grams=500)
    none = a_product(title="没货", price_minor=2000, in_stock=0)
    fine = a_product(title="千禧番茄", price_minor=1290, in_stock=1)
    lines = lines_due(sku_id=item.sku_id, pickup_date=TOMORROW, now=AFTER)
    assert [sku.pk for sku in substitutes(lines=lines)] == [fine.pk]
    for wrong in (cheap, by_the_scale, item.sku):
        with pytest.raises(SubstituteMissing):
            plan_shortage(told=told(item, 1, wrong), now=AFTER)
    for scarce, left in ((none, 0), (fine, 1)):
        with pytest.raises(NoneToGive, match=f"只有 {left} 份，要 2 份"):
            tell(told(item, 0, scarce))
    assert not Shortage.objects.exists()
    assert (line_of(agreed).substituted_quantity, on_hand(fine)) == (0, 1)


def test_only_what_was_seen_is_done(in_acme: StoreRef) -> None:
    item = an_offer(in_stock=10)
    two_orders(item)
    seen, other = (a_product(title=title, price_minor=1290, in_stock=9) for title in ("千禧番茄", "丰水梨"))
    mark = plan_shortage(told=told(item, 2, seen), now=AFTER).mark
    with pytest.raises(ShortageMoved):
        tell_shortage(told=told(item, 2, other), seen=mark, key="k", actor=BOSS, now=AFTER)
    assert on_hand(other) == 9


def test_books_find_what_was_not_taken_from_stock(in_acme: StoreRef, broken_books: None) -> None:
    item, cherry = an_offer(in_stock=10), a_product(title="千禧番茄", price_minor=1290, in_stock=5)
    two_orders(item)
    tell(told(item, 2, cherry))
    ShortLine.objects.filter(ending="substitute").update(quantity=2, came_quantity=2)
    assert {one.sentence.split("：")[0] for one in check(AFTER)} == {
        "缺货补给的件数等于库存流水",
        "换给顾客的等于还在的加退掉的",
    }
