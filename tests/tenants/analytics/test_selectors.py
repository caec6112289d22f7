"""The desk's numbers agree with the rows they are sums of."""

from datetime import date, timedelta

from kit.tenancy import StoreRef
from tenants.analytics.days import day_at
from tenants.analytics.selectors import (
    Figures,
    closing_effect,
    daily_line,
    day_figures,
    figures_of_campaigns,
    figures_of_leaders,
    figures_of_points,
    next_cutoff,
    opening_steps,
    to_dos,
    top_goods,
)
from tenants.campaigns.models import CampaignItem
from tenants.content.models import StoreProfile
from tenants.inventory.models import Stock
from tenants.leaders.models import Leader
from tenants.members.models import Member
from tenants.payments.models import Payment, Refund
from tests.tenants.shelf import NOON, TODAY, TOMORROW, a_campaign, a_leader, a_member, a_point, a_sku, an_order

ZONE = "Asia/Shanghai"
MIDNIGHT = NOON - timedelta(hours=12)


class TestDayAt:
    def test_is_the_stores_own_day(self) -> None:
        day = day_at(now=NOON + timedelta(hours=12), timezone=ZONE)

        assert day.date == TOMORROW
        assert day.starts_at == NOON + timedelta(hours=12)

    def test_knows_days_of_25_hours(self) -> None:
        day = day_at(now=NOON.replace(month=11, day=1, hour=20), timezone="America/New_York")

        assert (day.ends_at.timestamp() - day.starts_at.timestamp()) == 25 * 3600


class TestDayFigures:
    def test_sums_what_was_paid_from_midnight_to_midnight(self, in_acme: StoreRef) -> None:
        item = a_campaign().items.get()
        for placed_at in (MIDNIGHT, MIDNIGHT + timedelta(days=1) - timedelta(seconds=1)):
            an_order(item=item, quantity=1, placed_at=placed_at)
        an_order(item=item, placed_at=MIDNIGHT - timedelta(seconds=1))
        an_order(item=item, placed_at=MIDNIGHT + timedelta(days=1))
        an_order(item=item, is_paid=False)
        Member.objects.update(joined_at=NOON - timedelta(days=3))
        a_member()

        figures = day_figures(day_at(now=NOON, timezone=ZONE))

        assert (figures.gmv_minor, figures.orders, figures.members, figures.refunds_minor) == (1980, 2, 1, 0)

    def test_sums_refunds_on_the_day_they_arrived(self, in_acme: StoreRef) -> None:
        order = an_order(item=a_campaign().items.get(), placed_at=NOON - timedelta(days=1))
        payment = Payment.objects.create(
            order=order, attempt=1, method="sandbox", amount_minor=1980, currency="CNY", key="k", created_at=NOON
        )
        for key, state in (("a", "succeeded"), ("b", "sent")):
            Refund.objects.create(
                payment=payment, amount_minor=500, currency="CNY", state=state, reason="坏果", key=key,
                created_at=NOON, settled_at=NOON if state == "succeeded" else None,
            )  # fmt: skip

        assert day_figures(day_at(now=NOON, timezone=ZONE)).refunds_minor == 500


class TestDailyLine:
    def test_has_every_day_and_today_last(self, in_acme: StoreRef) -> None:
        item = a_campaign().items.get()
        an_order(item=item, quantity=1)
        an_order(item=item, quantity=2, placed_at=NOON - timedelta(days=6))
        an_order(item=item, quantity=9, placed_at=NOON - timedelta(days=7))

        line = daily_line(now=NOON, timezone=ZONE)

        assert [point.date for point in line] == [date(2026, 11, day) for day in range(16, 23)]
        assert [point.gmv_minor for point in line] == [1980, 0, 0, 0, 0, 0, 990]
        assert line[-1].orders == 1


class TestTopGoods:
    def test_ranks_by_money_and_adds_a_products_skus(self, in_acme: StoreRef) -> None:
        apple, pear = a_sku(title="苹果"), a_sku(title="雪梨")
        campaign = a_campaign(skus=[apple, pear])
        an_order(item=campaign.items.get(sku=apple), quantity=1)
        an_order(item=campaign.items.get(sku=apple), quantity=1)
        an_order(item=campaign.items.get(sku=pear), quantity=3)
        an_order(item=campaign.items.get(sku=apple), quantity=9, is_paid=False)

        ranked = top_goods(since=MIDNIGHT)

        assert [(goods.title, goods.pieces, goods.amount_minor) for goods in ranked] == [
            ("雪梨", 3, 2970),
            ("苹果", 2, 1980),
        ]


class TestOpeningSteps:
    def test_go_from_an_empty_store_to_the_first_order(self, in_acme: StoreRef) -> None:
        def done() -> list[str]:
            return [step.code for step in opening_steps() if step.is_done]

        assert done() == []
        StoreProfile.objects.update(service_phone="4008001234")
        a_sku()
        a_point()
        assert done() == ["brand", "goods", "leader"]
        campaign = a_campaign(state="draft")
        assert done() == ["brand", "goods", "leader"]
        campaign.state = "published"
        campaign.save()
        an_order(item=campaign.items.get(), is_paid=False)
        assert done() == ["brand", "goods", "leader", "campaign"]
        an_order(item=campaign.items.get())
        assert done() == ["brand", "goods", "leader", "campaign", "order"]


class TestToDos:
    def test_count_what_waits(self, in_acme: StoreRef) -> None:
        quiet, used_up, no_stock = a_sku(), a_sku(title="抢光了"), a_sku(title="没货")
        campaign = a_campaign(skus=[quiet, used_up, no_stock], pickup_date=TODAY)
        an_order(item=campaign.items.get(sku=quiet))
        an_order(item=campaign.items.get(sku=quiet), is_paid=False)
        an_order(item=campaign.items.get(sku=quiet), is_paid=False, placed_at=NOON - timedelta(hours=1))
        CampaignItem.objects.filter(sku=used_up).update(taken=20)
        Stock.objects.filter(sku=no_stock).update(on_hand=4, reserved=4)
        leader = a_leader()
        Leader.objects.filter(pk=leader.pk).update(state="resting")

        found = to_dos(now=NOON, timezone=ZONE)

        assert (found.unpaid_orders, found.sold_out_items, found.pickups_today, found.resting_leaders) == (1, 2, 1, 1)


class TestFigures:
    def test_of_leaders_points_and_campaigns(self, in_acme: StoreRef) -> None:
        point, idle = a_point(), a_point()
        campaign = a_campaign(skus=[a_sku(), a_sku(title="雪梨")])
        first, second = campaign.items.all()
        order = an_order(item=first, point=point, quantity=1)
        second.order_lines.create(
            order=order, sku=second.sku, title="雪梨", sku_label="1", quantity=1, unit_price_minor=990,
            total_minor=990, net_minor=900,
        )  # fmt: skip
        an_order(item=first, point=point, is_paid=False)

        assert figures_of_leaders([point.leader_id, idle.leader_id]) == {
            point.leader_id: Figures(orders=1, gmv_minor=990),
            idle.leader_id: Figures(),
        }
        assert figures_of_points([point.pk]) == {point.pk: Figures(orders=1, gmv_minor=990)}
        assert figures_of_campaigns([campaign.pk]) == {campaign.pk: Figures(orders=1, gmv_minor=1890)}


class TestClosing:
    def test_says_what_would_be_left(self, in_acme: StoreRef) -> None:
        campaign = a_campaign(quota=10)
        item = campaign.items.get()
        an_order(item=item, quantity=3)
        item.refresh_from_db()
        an_order(item=item, quantity=2, is_paid=False)

        effect = closing_effect(campaign)

        assert (effect.paid_orders, effect.unpaid_orders, effect.pieces_sold, effect.pieces_left) == (1, 1, 3, 5)
        CampaignItem.objects.update(quota=None)
        assert closing_effect(campaign).pieces_left is None

    def test_finds_the_next_cutoff(self, in_acme: StoreRef) -> None:
        a_campaign(cutoff_at=NOON + timedelta(hours=11))
        soon = a_campaign(cutoff_at=NOON + timedelta(hours=1))
        a_campaign(state="paused", cutoff_at=NOON + timedelta(minutes=1))

        assert next_cutoff(now=NOON) == soon
