"""接龙: numbers are given at payment, one after another, and stay."""

from itertools import permutations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kit.tenancy import StoreRef
from tenants.campaigns.models import Campaign, Join, JoinCount
from tenants.campaigns.selectors import campaigns_for_shoppers
from tenants.campaigns.selectors_desk import CampaignMissing
from tenants.journal.services import Actor
from tenants.orders.models import Order
from tenants.orders.selectors import timeline_of
from tenants.payments.models import PaymentState
from tenants.sales.selectors_joins import chain_for_shoppers, joins_of
from tenants.sales.services.refund_lines import WantedRefund, refund_lines, refund_whole
from tenants.sales.services.settle_payment import settle_payment
from tests.factories.campaigns import an_open_campaign
from tests.factories.catalog import a_product
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order, a_pending_order, a_started_payment, line_id_of, news_of
from tests.factories.times import NOW, later

BOSS = Actor(kind="person", name="老板")


def a_chain(*titles: str, shows_names: bool = False) -> Campaign:
    campaign = an_open_campaign(*(a_product(title=title) for title in titles or ("土鸡蛋",)), kind="solitaire")
    Campaign.objects.filter(pk=campaign.pk).update(shows_names=shows_names)
    campaign.refresh_from_db()
    return campaign


def numbers_of(campaign: Campaign) -> dict[object, int]:
    return dict(Join.objects.filter(campaign=campaign).values_list("order_id", "number"))


class TestNumbers:
    def test_are_given_at_payment_not_when_ordered(self, in_acme: StoreRef) -> None:
        item = a_chain().items.get()
        first, second = a_pending_order(item), a_pending_order(item)

        settle_payment(news=news_of(a_started_payment(second)), now=NOW)
        settle_payment(news=news_of(a_started_payment(first)), now=NOW)

        assert numbers_of(item.campaign) == {second.pk: 1, first.pk: 2}
        assert "接龙成功，跟团号 1" in [one.sentence for one in timeline_of(second)]

    @pytest.mark.parametrize("arrival", list(permutations(range(3))), ids=str)
    def test_follow_the_news_however_it_arrives_and_however_often(
        self, in_acme: StoreRef, arrival: tuple[int, ...]
    ) -> None:
        item = a_chain().items.get()
        orders = [a_pending_order(item) for _order in range(3)]
        payments = [a_started_payment(order) for order in orders]

        for place in arrival:
            for state in (PaymentState.SUCCEEDED, PaymentState.PROCESSING, PaymentState.SUCCEEDED):
                settle_payment(news=news_of(payments[place], state), now=NOW)

        assert numbers_of(item.campaign) == {orders[place].pk: number for number, place in enumerate(arrival, 1)}

    def test_are_of_their_own_chain(self, in_acme: StoreRef) -> None:
        one, other, daily = a_chain().items.get(), a_chain().items.get(), an_open_campaign().items.get()
        a_paid_order(one)
        order = a_paid_order(one, other, daily)

        assert numbers_of(one.campaign)[order.pk] == 2
        assert numbers_of(other.campaign) == {order.pk: 1}
        assert not numbers_of(daily.campaign)

    def test_stay_when_the_order_is_given_back_and_are_not_given_again(self, in_acme: StoreRef) -> None:
        chain = a_chain()
        item = chain.items.get()
        gone, stays = a_paid_order(item), a_paid_order(item)
        refund_whole(order_id=gone.pk, reason="不要了", actor=BOSS, key="k", now=NOW)
        a_paid_order(item)

        assert [(one.number, one.is_cancelled) for one in joins_of(chain)] == [(3, False), (2, False), (1, True)]
        assert numbers_of(chain)[stays.pk] == 2

    def test_late_money_takes_the_next_one(self, in_acme: StoreRef) -> None:
        item = a_chain().items.get()
        order = a_pending_order(item)
        payment = a_started_payment(order)
        a_paid_order(item)
        from_closed = Order.objects.get(pk=order.pk)
        settle_payment(news=news_of(payment), now=later(minutes=20))

        assert numbers_of(item.campaign)[from_closed.pk] == 2


class TestList:
    def test_masks_names_unless_the_chain_shows_them(self, in_acme: StoreRef) -> None:
        for shows_names, name in ((False, "王**"), (True, "王阿姨")):
            chain = a_chain(shows_names=shows_names)
            a_paid_order(chain.items.get(), quantity=2, member=a_member(nickname="王阿姨"))
            [joined] = joins_of(chain)
            assert (joined.name, [(line.title, line.quantity) for line in joined.lines]) == (name, [("土鸡蛋", 2)])

    def test_shows_its_own_goods_that_are_still_wanted(self, in_acme: StoreRef) -> None:
        chain = a_chain("土鸡蛋", "苹果")
        eggs, apples = chain.items.order_by("position")
        order = a_paid_order(eggs, apples, an_open_campaign().items.get(), quantity=2)
        wanted = [WantedRefund(order.lines.get(campaign_item=eggs).pk, quantity=2)]
        refund_lines(order_id=order.pk, wanted=wanted, reason="缺货", actor=BOSS, key="k", now=NOW)

        [joined] = joins_of(chain)

        assert [(line.title, line.quantity) for line in joined.lines] == [("苹果", 2)]
        assert not joined.is_cancelled

    def test_is_two_statements_a_page(self, in_acme: StoreRef) -> None:
        chain = a_chain()
        for _order in range(5):
            a_paid_order(chain.items.get())

        with CaptureQueriesContext(connection) as statements:
            page = joins_of(chain, before=5, limit=3)

        assert [one.number for one in page] == [4, 3, 2]
        assert len(statements) == 2

    def test_is_of_chains_on_sale_only(self, in_acme: StoreRef) -> None:
        draft = a_chain()
        Campaign.objects.filter(pk=draft.pk).update(state="draft")
        for campaign in (draft, an_open_campaign()):
            with pytest.raises(CampaignMissing):
                chain_for_shoppers(campaign.pk)

    def test_campaigns_say_how_many_joined_in_two_statements(self, in_acme: StoreRef) -> None:
        chain = a_chain()
        line_id_of(a_paid_order(chain.items.get()))
        an_open_campaign()

        with CaptureQueriesContext(connection) as statements:
            shown = campaigns_for_shoppers(now=NOW)

        assert sorted((one["kind"], one["joined"]) for one in shown) == [("daily", 0), ("solitaire", 1)]
        assert len(statements) == 2
        assert JoinCount.objects.get().last == 1
