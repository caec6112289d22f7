"""A leader keeps goods off their own points: nobody sees or orders them there, everywhere else they are sold."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kit.tenancy import StoreRef
from tenants.campaigns.goods_on_offer import goods_on_offer
from tenants.campaigns.hidden import ItemMissing, lists_of, set_hidden, who_hides
from tenants.campaigns.models import Campaign, CampaignItem, HiddenItem
from tenants.campaigns.reach import Reach, set_reach
from tenants.campaigns.selectors import campaigns_for_shoppers, offers_of_product
from tenants.leaders.models import PickupPoint
from tenants.sales.cart import cart_of, put_in_cart
from tenants.sales.services.place_order import CampaignClosed
from tenants.sales.services.quote_lines import WantedLine, quote_lines
from tests.factories.campaigns import an_offer, an_open_campaign
from tests.factories.catalog import a_product
from tests.factories.leaders import a_leader_with_point, a_point_of
from tests.factories.members import a_member
from tests.factories.orders import a_pending_order
from tests.factories.times import NOW, later


def hide(item: CampaignItem, point: PickupPoint, *, is_hidden: bool = True) -> None:
    set_hidden(leader=point.leader, item_id=item.pk, is_hidden=is_hidden, now=NOW)


def seen_at(point: PickupPoint, item: CampaignItem) -> tuple[bool, bool, bool]:
    """In the lists, on its page, among the goods."""
    product = item.sku.product_id
    lists = campaigns_for_shoppers(now=NOW, pickup_point_id=point.pk)
    page = offers_of_product(product_id=product, now=NOW, pickup_point_id=point.pk, item_id=item.pk)
    goods = goods_on_offer(now=NOW, pickup_point_id=point.pk, after=None, limit=9)
    return (
        item.pk in {one["id"] for found in lists for one in found["items"]},
        item.pk in {one["id"] for one in page["offers"].values()},
        item.pk in {one["id"] for found in goods for one in found.items},
    )


class TestHiding:
    def test_neighbours_of_all_the_leaders_points_do_not_see_it_others_do(self, in_acme: StoreRef) -> None:
        apples, mine = an_offer(), a_leader_with_point()
        second, other = a_point_of(mine.leader), a_leader_with_point(name="张姐", point="绿地新村")
        hide(apples, mine)

        assert [seen_at(point, apples) for point in (mine, second, other)] == [(False,) * 3, (False,) * 3, (True,) * 3]
        hide(apples, mine, is_hidden=False)
        assert seen_at(mine, apples) == (True, True, True)

    def test_one_sku_of_several_is_hidden_alone(self, in_acme: StoreRef) -> None:
        campaign, point = an_open_campaign(a_product(), a_product(title="香梨")), a_leader_with_point()
        first, second = campaign.items.select_related("sku__product").order_by("position")
        hide(first, point)

        assert (seen_at(point, first), seen_at(point, second)) == ((False,) * 3, (True,) * 3)

    def test_another_list_of_the_same_goods_is_shown(self, in_acme: StoreRef) -> None:
        apples, point = an_offer(), a_leader_with_point()
        again = an_open_campaign(apples.sku, name="第二团", cutoff_at=later(hours=20)).items.get()
        hide(apples, point)

        page = offers_of_product(product_id=apples.sku.product_id, now=NOW, pickup_point_id=point.pk)
        assert [one["id"] for one in page["offers"].values()] == [again.pk]

    def test_the_quote_says_so_the_order_is_refused_the_cart_keeps_it(self, in_acme: StoreRef) -> None:
        apples, mine, member = an_offer(), a_leader_with_point(), a_member()
        other = a_leader_with_point(name="张姐", point="绿地新村")
        put_in_cart(member=member, wanted={apples.pk: 1}, adds=False, now=NOW)
        hide(apples, mine)

        told = quote_lines(lines=[WantedLine(apples.pk, 1)], member=member, pickup_point_id=mine.pk, now=NOW)
        (group,) = cart_of(member=member, pickup_point_id=mine.pk, now=NOW)
        with pytest.raises(CampaignClosed) as refused:
            a_pending_order(apples, member=member, point=mine)

        problem = told.lines[0].problem
        assert problem is not None
        assert (problem.code, told.can_order, bool(problem.sentence)) == ("hidden_here", False, True)
        assert group.rows[0].quoted.problem == problem
        assert refused.value.facts["lines"][0]["code"] == "hidden_here"
        assert a_pending_order(apples, member=member, point=other).pickup_point_id == other.pk

    def test_what_was_ordered_stays_ordered_and_the_price_stays(self, in_acme: StoreRef) -> None:
        apples, point = an_offer(), a_leader_with_point()
        order = a_pending_order(apples, point=point)
        hide(apples, point)

        order.refresh_from_db()
        apples.refresh_from_db()
        assert (order.state, apples.price_minor, apples.taken) == ("pending_payment", 1290, 1)

    def test_it_is_safe_to_repeat(self, in_acme: StoreRef) -> None:
        apples, point = an_offer(), a_leader_with_point()
        for is_hidden in (True, True, False, False, True):
            hide(apples, point, is_hidden=is_hidden)
        assert HiddenItem.objects.count() == 1

    def test_costs_shoppers_no_statement_more(self, in_acme: StoreRef) -> None:
        apples, point, member = an_offer(), a_leader_with_point(), a_member()
        hide(apples, point)

        with CaptureQueriesContext(connection) as lists:
            campaigns_for_shoppers(now=NOW, pickup_point_id=point.pk)
        with CaptureQueriesContext(connection) as quote:
            quote_lines(lines=[WantedLine(apples.pk, 1)], member=member, pickup_point_id=point.pk, now=NOW)
        assert (len(lists), len(quote)) == (2, 1)


class TestALeadersLists:
    def test_are_those_sold_at_their_points_with_what_is_hidden(self, in_acme: StoreRef) -> None:
        apples, pears, point = an_offer(), an_offer(title="香梨"), a_leader_with_point()
        other = a_leader_with_point(name="张姐", point="绿地新村")
        elsewhere = an_offer(title="桃")
        set_reach(campaign_id=elsewhere.campaign_id, reach=Reach(leader_ids=[other.leader_id]), now=NOW, by_name="")
        hide(pears, point)

        with CaptureQueriesContext(connection) as asked:
            lists = lists_of(point.leader, now=NOW)

        found = {item.shown["id"]: item.is_hidden for one in lists for item in one.items}
        assert (found, len(asked)) == ({apples.pk: False, pears.pk: True}, 3)
        assert {item.is_hidden for one in lists_of(other.leader, now=NOW) for item in one.items} == {False}

    def test_what_is_over_or_sold_elsewhere_cannot_be_hidden(self, in_acme: StoreRef) -> None:
        over, elsewhere, point = an_offer(), an_offer(title="桃"), a_leader_with_point()
        other = a_leader_with_point(name="张姐", point="绿地新村")
        Campaign.objects.filter(pk=over.campaign_id).update(cutoff_at=NOW)
        set_reach(campaign_id=elsewhere.campaign_id, reach=Reach(leader_ids=[other.leader_id]), now=NOW, by_name="")

        for item in (over, elsewhere):
            with pytest.raises(ItemMissing):
                hide(item, point)
        assert not HiddenItem.objects.exists()

    def test_the_desk_sees_who_hides_what(self, in_acme: StoreRef) -> None:
        apples, point = an_offer(), a_leader_with_point()
        hide(apples, a_leader_with_point(name="张姐", point="绿地新村"))
        hide(apples, point)

        assert set(who_hides(apples.campaign)[apples.pk]) == {"张姐", "李姐"}
