"""A neighbour begins at the right pickup point, and sees and buys what is sold there."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kit.tenancy import StoreRef
from tenants.campaigns.models import Campaign, CampaignItem
from tenants.campaigns.reach import PlaceMissing, Reach, reach_of, set_reach
from tenants.campaigns.selectors import campaigns_for_shoppers, offers_of_product
from tenants.campaigns.services.copy_campaign import copy_campaign
from tenants.leaders.areas import AreaDraft, save_area, save_entry_rule
from tenants.leaders.binding import bind_member
from tenants.leaders.models import BindingRule, Leader, LeaderState, PickupPoint
from tenants.orders.models import Order
from tenants.sales.entry import Entry, Place, entry_for
from tenants.sales.services.place_order import CampaignClosed, Contact, PointClosed, place_order
from tenants.sales.services.quote_lines import WantedLine, quote_lines
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_leader_with_point, a_point_of
from tests.factories.members import a_member
from tests.factories.orders import a_pending_order
from tests.factories.times import NOW, TOMORROW, later

HERE = Place(Decimal("30.259244"), Decimal("120.130742"))
FAR = Place(Decimal("31.230400"), Decimal("121.473700"))


def began(entry: Entry) -> tuple[str, str | None]:
    return entry.why, entry.point.name if entry.point else None


class TestBeginning:
    def test_a_leaders_link_wins(self, in_acme: StoreRef) -> None:
        near, other = a_leader_with_point(point="阳光花园"), a_leader_with_point(name="张姐", point="绿地新村")
        member = a_member()
        a_pending_order(member=member, point=near)

        entry = entry_for(member=member, leader_id=other.leader_id, place=HERE, now=NOW)

        assert (began(entry), "张姐" in entry.sentence) == (("link", "绿地新村"), True)

    def test_a_resting_leaders_link_is_passed_over_and_said(self, in_acme: StoreRef) -> None:
        near = a_leader_with_point(point="阳光花园")
        resting = a_leader_with_point(name="张姐", point="绿地新村", state=LeaderState.RESTING)

        entry = entry_for(member=None, leader_id=resting.leader_id, place=HERE, now=NOW)

        assert (began(entry), "张姐休息中" in entry.sentence) == (("nearest", near.name), True)

    def test_then_the_leader_one_belongs_to(self, in_acme: StoreRef) -> None:
        first, mine = a_leader_with_point(point="阳光花园"), a_leader_with_point(name="张姐", point="绿地新村")
        member = a_member()
        a_pending_order(member=member, point=first)
        bind_member(member=member, leader_id=mine.leader_id, now=NOW)

        assert began(entry_for(member=member, leader_id=None, place=HERE, now=NOW)) == ("bound", "绿地新村")

    def test_then_the_last_point(self, in_acme: StoreRef) -> None:
        a_leader_with_point(point="阳光花园")
        last = a_leader_with_point(name="张姐", point="绿地新村")
        member = a_member()
        a_pending_order(member=member, point=last)

        assert began(entry_for(member=member, leader_id=None, place=HERE, now=NOW)) == ("last", "绿地新村")

    def test_of_ones_own_leader_the_point_one_knows(self, in_acme: StoreRef) -> None:
        first = a_leader_with_point(point="阳光花园")
        second = a_point_of(first.leader, name="绿地新村")
        member = a_member()
        bind_member(member=member, leader_id=first.leader_id, now=NOW)
        a_pending_order(member=member, point=second)

        assert began(entry_for(member=member, leader_id=None, place=None, now=NOW)) == ("last", "绿地新村")

    def test_a_last_point_that_closed_is_passed_over(self, in_acme: StoreRef) -> None:
        last = a_leader_with_point(point="阳光花园")
        member = a_member()
        a_pending_order(member=member, point=last)
        PickupPoint.objects.update(is_open=False)

        assert began(entry_for(member=member, leader_id=None, place=HERE, now=NOW)) == ("choose", None)

    def test_then_the_nearest_within_reach(self, in_acme: StoreRef) -> None:
        a_leader_with_point(point="阳光花园")

        assert began(entry_for(member=None, leader_id=None, place=HERE, now=NOW)) == ("nearest", "阳光花园")

    def test_the_nearest_too_far_away_is_not_chosen(self, in_acme: StoreRef) -> None:
        a_leader_with_point(point="阳光花园")

        entry = entry_for(member=None, leader_id=None, place=FAR, now=NOW)

        assert (began(entry), "5 公里内没有自提点" in entry.sentence) == (("too_far", None), True)

    def test_the_reach_is_the_stores(self, in_acme: StoreRef) -> None:
        a_leader_with_point(point="阳光花园")
        near = Place(Decimal("30.263000"), Decimal("120.130742"))  # some 420 m to the north
        save_entry_rule(reach_m=400, binding=BindingRule.LAST, protect_days=30, now=NOW, by_name="")

        assert began(entry_for(member=None, leader_id=None, place=near, now=NOW)) == ("too_far", None)

    def test_without_a_place_one_chooses(self, in_acme: StoreRef) -> None:
        a_leader_with_point()

        assert began(entry_for(member=None, leader_id=None, place=None, now=NOW)) == ("choose", None)

    def test_is_few_statements(self, in_acme: StoreRef) -> None:
        for number in range(5):
            a_leader_with_point(name=f"团长{number}", point=f"点{number}")
        member, leader = a_member(), Leader.objects.all()[0]

        with CaptureQueriesContext(connection) as by_link:
            entry_for(member=member, leader_id=leader.pk, place=HERE, now=NOW)
        with CaptureQueriesContext(connection) as by_place:
            entry_for(member=member, leader_id=None, place=HERE, now=NOW)

        assert (len(by_link), len(by_place)) == (1, 4)


class TestWhereAListIsSold:
    def sold(self, item: CampaignItem, **places: object) -> Campaign:
        set_reach(campaign_id=item.campaign_id, reach=Reach(**places), now=NOW, by_name="陈店长")  # type: ignore[arg-type]
        return item.campaign

    def seen(self, point: PickupPoint) -> set[str]:
        return {one["name"] for one in campaigns_for_shoppers(now=NOW, pickup_point_id=point.pk)}

    def test_in_an_area_a_city_or_by_a_leader(self, in_acme: StoreRef) -> None:
        west = a_leader_with_point(point="阳光花园")
        east = a_leader_with_point(name="张姐", point="绿地新村")
        PickupPoint.objects.filter(pk=east.pk).update(city="上海")
        area = save_area(draft=AreaDraft("西湖", "杭州市"), point_ids=[west.pk], now=NOW, by_name="")
        items = [an_offer(title=title) for title in ("到处", "西湖", "上海", "张姐")]
        for item, name in zip(items, ("到处", "西湖", "上海", "张姐"), strict=True):
            Campaign.objects.filter(pk=item.campaign_id).update(name=name)
        self.sold(items[1], area_ids=[area.pk])
        self.sold(items[2], cities=["上海"])
        self.sold(items[3], leader_ids=[east.leader_id])

        assert (self.seen(west), self.seen(east)) == ({"到处", "西湖"}, {"到处", "上海", "张姐"})
        product = items[1].sku.product_id
        assert offers_of_product(product_id=product, now=NOW, pickup_point_id=west.pk)["offers"]
        assert not offers_of_product(product_id=product, now=NOW, pickup_point_id=east.pk)["offers"]

    def test_it_is_neither_quoted_nor_ordered_elsewhere(self, in_acme: StoreRef) -> None:
        apples, west = an_offer(), a_leader_with_point(point="阳光花园")
        east = a_leader_with_point(name="张姐", point="绿地新村")
        self.sold(apples, leader_ids=[west.leader_id])
        wanted, member = [WantedLine(apples.pk, 1)], a_member()

        told = quote_lines(lines=wanted, member=member, pickup_point_id=east.pk, now=NOW)
        with pytest.raises(CampaignClosed):
            self.order(wanted, east)
        order = self.order(wanted, west)

        problem = told.lines[0].problem
        assert (problem and problem.code, told.can_order, order.pickup_point_id) == ("not_here", False, west.pk)

    def test_a_closed_area_takes_no_orders(self, in_acme: StoreRef) -> None:
        apples, point = an_offer(), a_leader_with_point()
        save_area(draft=AreaDraft("西湖", "杭州市", is_open=False), point_ids=[point.pk], now=NOW, by_name="")

        with pytest.raises(PointClosed):
            self.order([WantedLine(apples.pk, 1)], point)

    def test_a_copied_list_is_sold_where_its_source_was(self, in_acme: StoreRef) -> None:
        point = a_leader_with_point()
        source = self.sold(an_offer(), leader_ids=[point.leader_id], cities=["杭州市"])

        copied = copy_campaign(
            campaign_id=source.pk,
            name="明天",
            opens_at=NOW,
            cutoff_at=later(hours=5),
            pickup_date=TOMORROW,
            now=NOW,
            by_name="",
        )

        assert reach_of(copied) == reach_of(source)

    def test_a_place_of_nobody_is_refused_and_changes_nothing(self, in_acme: StoreRef) -> None:
        apples = an_offer()
        self.sold(apples, cities=["杭州市"])
        with pytest.raises(PlaceMissing):
            self.sold(apples, area_ids=[apples.pk])
        assert list(reach_of(apples.campaign).cities) == ["杭州市"]

    def order(self, lines: list[WantedLine], point: PickupPoint) -> Order:
        return place_order(
            member=a_member(),
            pickup_point_id=point.pk,
            lines=lines,
            contact=Contact(name="王阿姨", phone="13800000000"),
            remark="",
            expected_total_minor=1290,
            key=f"tap-{point.pk}",
            now=NOW,
        )
