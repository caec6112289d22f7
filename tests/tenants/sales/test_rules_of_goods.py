"""What a shopkeeper said of a product holds at checkout: its numbers, its hours, its boxes and its members' price."""

from collections.abc import Sequence
from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kit.ids import new_id
from kit.tenancy import StoreRef, current_store
from tenants.campaigns.models import CampaignItem
from tenants.campaigns.selectors import campaigns_for_shoppers, offers_of_product
from tenants.catalog.models import Product, Sku
from tenants.catalog.shop_search import found_for_shoppers
from tenants.inventory.models import Stock
from tenants.inventory.selectors import skus_with_stock
from tenants.inventory.services.receive_stock import BatchDraft, receive_stock
from tenants.journal.services import Actor
from tenants.leaders.models import PickupPoint
from tenants.members.models import Member
from tenants.orders.models import Order
from tenants.sales.services.cancel_order import cancel_order
from tenants.sales.services.place_order import (
    CampaignClosed,
    Contact,
    LimitReached,
    OutOfStock,
    PriceChanged,
    place_order,
)
from tenants.sales.services.quote_lines import Quote, WantedLine, quote_lines
from tenants.sales.services.refund_lines import WantedRefund, refund_lines
from tenants.tracing.services.allocate_batches import allocate_batches
from tests.factories.campaigns import an_item_of, an_offer, an_open_campaign
from tests.factories.catalog import a_product, a_sku_of
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order
from tests.factories.times import NOW, TOMORROW, later

BOSS = Actor(kind="person", id="1", name="陈店长")


def a_basket(*lines: tuple[CampaignItem, int]) -> list[WantedLine]:
    return [WantedLine(item.id, quantity) for item, quantity in lines]


def quoted(*lines: tuple[CampaignItem, int], member: Member | None = None, now: object = NOW) -> Quote:
    return quote_lines(
        lines=a_basket(*lines),
        member=member,
        pickup_point_id=None,
        now=now,  # type: ignore[arg-type]
    )


def placed(
    lines: Sequence[WantedLine],
    *,
    total: int,
    member: Member,
    point: PickupPoint | None = None,
    now: object = NOW,
) -> Order:
    return place_order(
        member=member,
        pickup_point_id=(point or a_leader_with_point()).id,
        lines=lines,
        contact=Contact(name="王阿姨", phone="13800000000"),
        remark="",
        expected_total_minor=total,
        key=str(new_id()),
        now=now,  # type: ignore[arg-type]
    )


def problem_of(told: Quote, line: int = 0) -> str:
    problem = told.lines[line].problem
    return problem.code if problem else ""


def with_rules(item: CampaignItem, **rules: object) -> CampaignItem:
    Product.objects.filter(pk=item.sku.product_id).update(**rules)
    return item


class TestHowMany:
    @pytest.mark.parametrize(
        ("rules", "quantity", "code", "word"),
        [
            ({"limit_per_order": 3}, 4, "limit_reached", "每单限购 3 件"),
            ({"min_quantity": 2}, 1, "quantity_rule", "2 件起购"),
            ({"min_quantity": 2, "step_quantity": 2}, 3, "quantity_rule", "倍数"),
            ({"limit_per_day": 2}, 3, "limit_reached", "每人每天限购 2 件"),
            ({"limit_lifetime": 1}, 2, "limit_reached", "每人限购 1 件"),
        ],
    )
    def test_is_told_in_the_quote_and_refused_at_the_order(
        self, in_acme: StoreRef, rules: dict[str, int], quantity: int, code: str, word: str
    ) -> None:
        apples, member = with_rules(an_offer(), **rules), a_member()

        told = quoted((apples, quantity), member=member)
        with pytest.raises(LimitReached) as refused:
            placed(a_basket((apples, quantity)), total=quantity * 1290, member=member)

        problem = told.lines[0].problem
        assert problem is not None
        assert (problem.code, word in problem.sentence, told.can_order) == (code, True, False)
        assert refused.value.facts["lines"][0]["code"] == code

    def test_counts_all_skus_of_a_product_together(self, in_acme: StoreRef) -> None:
        small = a_product()
        large = a_sku_of(small.product)
        items = list(an_open_campaign(small, large).items.select_related("sku__product"))
        with_rules(items[0], limit_per_order=3)

        told = quoted((items[0], 2), (items[1], 2))

        assert (problem_of(told), problem_of(told, 1)) == ("limit_reached", "limit_reached")

    def test_a_form_has_a_limit_of_its_own(self, in_acme: StoreRef) -> None:
        apples = an_offer()
        Sku.objects.filter(pk=apples.sku_id).update(limit_per_order=2)

        told = quoted((apples, 3))

        assert problem_of(told) == "limit_reached"
        assert told.lines[0].available == 2

    def test_a_day_begins_anew_at_the_stores_midnight(self, in_acme: StoreRef) -> None:
        apples, member, point = with_rules(an_offer(), limit_per_day=2), a_member(), a_leader_with_point()
        placed(a_basket((apples, 2)), total=2580, member=member, point=point)

        with pytest.raises(LimitReached):
            placed(a_basket((apples, 1)), total=1290, member=member, point=point)
        CampaignItem.objects.get(pk=apples.pk).campaign.__class__.objects.update(cutoff_at=later(days=3))
        placed(a_basket((apples, 1)), total=1290, member=member, point=point, now=later(days=1))

        assert Order.objects.count() == 2

    def test_what_was_cancelled_does_not_count(self, in_acme: StoreRef) -> None:
        apples, member, point = with_rules(an_offer(), limit_lifetime=2), a_member(), a_leader_with_point()
        first = placed(a_basket((apples, 2)), total=2580, member=member, point=point)
        cancel_order(order_id=first.id, member=member, reason="买错了", now=NOW)

        placed(a_basket((apples, 2)), total=2580, member=member, point=point)

    def test_another_members_orders_do_not_count(self, in_acme: StoreRef) -> None:
        apples, point = with_rules(an_offer(), limit_lifetime=2), a_leader_with_point()
        placed(a_basket((apples, 2)), total=2580, member=a_member(), point=point)

        placed(a_basket((apples, 2)), total=2580, member=a_member(), point=point)


class TestLeadTime:
    def test_that_does_not_fit_the_pickup_day_is_told_and_refused(self, in_acme: StoreRef) -> None:
        soup = with_rules(an_offer(), lead_days=3)  # cut off tonight, fetched tomorrow

        told = quoted((soup, 1))
        with pytest.raises(CampaignClosed) as refused:
            placed(a_basket((soup, 1)), total=1290, member=a_member())

        problem = told.lines[0].problem
        assert problem is not None
        assert (problem.code, told.can_order) == ("lead_time", False)
        assert "备货 3 天" in problem.sentence
        assert refused.value.facts["lines"][0]["code"] == "lead_time"
        assert not Order.objects.exists()

    def test_that_fits_is_sold(self, in_acme: StoreRef) -> None:
        soup = with_rules(an_offer(), lead_days=1)

        assert quoted((soup, 1)).can_order
        placed(a_basket((soup, 1)), total=1290, member=a_member())


def _night(*, days_ago: int, begin: int, end: int) -> dict[str, object]:
    """Hours over midnight that begin on one weekday only: today's, or that of the day before."""
    weekday = 1 << ((NOW.weekday() - days_ago) % 7)
    return {"sale_weekdays": weekday, "sale_time_from": time(begin), "sale_time_until": time(end)}


class TestWhen:
    def test_goods_outside_their_hours_are_not_listed_nor_sold(self, in_acme: StoreRef) -> None:
        apples, pears = an_offer(), an_offer(title="丰水梨")
        with_rules(apples, sale_time_from=time(8), sale_time_until=time(9))  # it is noon in the store

        listed = {item["id"] for one in campaigns_for_shoppers(now=NOW) for item in one["items"]}
        told = quoted((apples, 1))
        with pytest.raises(CampaignClosed) as refused:
            placed(a_basket((apples, 1)), total=1290, member=a_member())

        assert listed == {pears.id}
        assert problem_of(told) == "not_on_offer"
        assert "08:00–09:00" in refused.value.facts["lines"][0]["sentence"]

    @pytest.mark.parametrize(
        ("rules", "sold"),
        [
            ({"sale_from": NOW + timedelta(minutes=1)}, False),
            ({"sale_from": NOW}, True),
            ({"sale_until": NOW}, False),
            ({"sale_until": NOW + timedelta(minutes=1)}, True),
            ({"sale_weekdays": 1 << ((NOW.weekday() + 1) % 7)}, False),
            ({"sale_weekdays": 1 << NOW.weekday()}, True),
            ({"sale_time_from": time(8), "sale_time_until": time(20)}, True),
            ({"sale_time_from": time(20), "sale_time_until": time(2)}, False),
            ({"sale_time_from": time(20), "sale_time_until": time(13)}, True),  # over midnight, until 13:00
            (_night(days_ago=1, begin=20, end=13), True),
            (_night(days_ago=0, begin=20, end=13), False),
            (_night(days_ago=0, begin=11, end=2), True),
            (_night(days_ago=1, begin=11, end=2), False),
        ],
    )
    def test_the_list_and_the_quote_agree(self, in_acme: StoreRef, rules: dict[str, object], sold: bool) -> None:
        apples = with_rules(an_offer(), **rules)

        listed = campaigns_for_shoppers(now=NOW)[0]["items"]
        on_page = offers_of_product(product_id=apples.sku.product_id, now=NOW)["offers"]
        found = found_for_shoppers(
            product_ids=[apples.sku.product_id],
            query="",
            category_id=None,
            tag_id=None,
            now=NOW,
            timezone=current_store().timezone,
            after=None,
            limit=None,
        )

        assert bool(listed) is bool(on_page) is (quoted((apples, 1)).lines[0].problem is None) is bool(found) is sold


class TestBoxes:
    def a_box_and_its_pieces(self, *, in_stock: int) -> tuple[CampaignItem, CampaignItem]:
        piece = a_product(label="1 份", in_stock=in_stock)
        box = a_sku_of(piece.product, label="1 箱", price_minor=12000, in_stock=0)
        Sku.objects.filter(pk=box.pk).update(base_sku=piece, factor=12)
        box.refresh_from_db()
        campaign = an_open_campaign(piece)
        an_item_of(campaign, box, position=1)
        first, second = campaign.items.select_related("sku").order_by("position")
        return first, second

    def stock(self, item: CampaignItem) -> tuple[int, int]:
        row = Stock.objects.get(sku=item.sku_id)
        return row.on_hand, row.reserved

    def test_a_box_takes_its_pieces(self, in_acme: StoreRef) -> None:
        piece, box = self.a_box_and_its_pieces(in_stock=30)
        member = a_member()

        order = placed(a_basket((box, 2)), total=24000, member=member)
        held = self.stock(piece)
        cancel_order(order_id=order.id, member=member, reason="买错了", now=NOW)

        assert held == (30, 24)
        assert (self.stock(piece), self.stock(box)) == ((30, 0), (0, 0))

    def test_the_list_says_how_many_boxes_there_are(self, in_acme: StoreRef) -> None:
        _piece, _box = self.a_box_and_its_pieces(in_stock=30)

        listed = campaigns_for_shoppers(now=NOW)[0]["items"]

        assert [item["available"] for item in listed] == [30, 2]
        assert [sku.label for sku in skus_with_stock()] == ["1 份"]

    def test_boxes_and_pieces_of_one_basket_share_the_stock(self, in_acme: StoreRef) -> None:
        piece, box = self.a_box_and_its_pieces(in_stock=30)

        told = quoted((box, 2), (piece, 7))
        with pytest.raises(OutOfStock) as refused:
            placed(a_basket((box, 2), (piece, 7)), total=24000 + 7 * 1290, member=a_member())

        assert (problem_of(told), problem_of(told, 1)) == ("", "not_enough")
        assert refused.value.facts["lines"][0]["available"] == 6

    def test_a_later_change_of_the_box_changes_no_order(self, in_acme: StoreRef) -> None:
        piece, box = self.a_box_and_its_pieces(in_stock=30)
        member = a_member()
        order = placed(a_basket((box, 1)), total=12000, member=member)
        Sku.objects.filter(pk=box.sku_id).update(factor=10)

        cancel_order(order_id=order.id, member=member, reason="买错了", now=NOW)

        assert self.stock(piece) == (30, 0)

    def test_money_takes_the_pieces_out(self, in_acme: StoreRef) -> None:
        piece, box = self.a_box_and_its_pieces(in_stock=30)

        a_paid_order(box)

        assert self.stock(piece) == (18, 0)

    def test_a_refund_brings_the_pieces_back(self, in_acme: StoreRef) -> None:
        piece, box = self.a_box_and_its_pieces(in_stock=30)
        order = a_paid_order(box, quantity=2)
        line = order.lines.get()

        refund_lines(
            order_id=order.pk, wanted=[WantedRefund(line.pk, quantity=1)], reason="压坏", actor=BOSS, key="r", now=NOW
        )

        assert self.stock(piece) == (18, 0)

    def test_batches_are_given_by_the_piece(self, in_acme: StoreRef) -> None:
        piece, box = self.a_box_and_its_pieces(in_stock=0)
        batch = BatchDraft("A1", expires_on=TOMORROW + timedelta(days=9))
        receive_stock(sku_id=piece.sku_id, quantity=30, reason="", by_name="", now=NOW, batch=batch)
        a_paid_order(box, quantity=2)

        given = allocate_batches(now=later(days=1))

        assert (given.pieces, given.short, allocate_batches(now=later(days=1)).pieces) == (24, 0, 0)


class TestMemberPrice:
    def test_the_lower_price_counts_for_who_is_signed_in(self, in_acme: StoreRef) -> None:
        apples = an_offer()
        Sku.objects.filter(pk=apples.sku_id).update(member_price_minor=1000)
        member = a_member()

        stranger, told = quoted((apples, 2)), quoted((apples, 2), member=member)
        order = placed([WantedLine(apples.id, 2, 1290)], total=2000, member=member)

        assert (stranger.total_minor, stranger.lines[0].is_member_price) == (2580, False)
        assert (told.total_minor, told.lines[0].is_member_price) == (2000, True)
        assert (order.total_minor, order.lines.get().unit_price_minor) == (2000, 1000)

    def test_a_higher_one_does_not(self, in_acme: StoreRef) -> None:
        apples = an_offer()
        Sku.objects.filter(pk=apples.sku_id).update(member_price_minor=1500)

        told = quoted((apples, 1), member=a_member())

        assert (told.total_minor, told.lines[0].is_member_price) == (1290, False)
        assert campaigns_for_shoppers(now=NOW)[0]["items"][0]["member_minor"] is None

    def test_the_list_tells_it(self, in_acme: StoreRef) -> None:
        apples = an_offer()
        Sku.objects.filter(pk=apples.sku_id).update(member_price_minor=1000)

        assert campaigns_for_shoppers(now=NOW)[0]["items"][0]["member_minor"] == 1000

    def test_a_total_that_was_not_agreed_is_refused(self, in_acme: StoreRef) -> None:
        apples = an_offer()
        Sku.objects.filter(pk=apples.sku_id).update(member_price_minor=1000)

        with pytest.raises(PriceChanged):
            placed([WantedLine(apples.id, 1, 1290)], total=1290, member=a_member())


def test_rules_cost_an_order_no_statement(in_acme: StoreRef) -> None:
    apples, member, point = with_rules(an_offer(), limit_per_order=5, min_quantity=1), a_member(), a_leader_with_point()

    with CaptureQueriesContext(connection) as captured:
        placed(a_basket((apples, 2)), total=2580, member=member, point=point)

    work = [q["sql"] for q in captured if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "SET ", "BEGIN", "COMMIT"))]
    assert len(work) == 4
