"""The pages of a cut-off: how it went, money that came late, and calling a list off with its money."""

from datetime import timedelta

from django.test import Client

from kit import clock
from kit.tenancy import StoreRef, in_store
from tenants.campaigns.models import Campaign, CampaignItem, CampaignState, LateOrder
from tenants.orders.models import Order, OrderState
from tenants.sales.services.cut_off import cut_off, cut_off_due
from tests.factories.campaigns import an_open_campaign
from tests.factories.catalog import a_product
from tests.factories.orders import a_paid_order
from tests.tenants.backoffice.conftest import SignIn
from tests.tenants.backoffice.test_campaigns import page_of, typed
from tests.tenants.shelf import NOON, TOMORROW

CUTOFF = NOON + timedelta(hours=11)
OVER = CUTOFF + timedelta(minutes=2)


def a_list(*, minimum: int = 3, sold: int = 1) -> tuple[Campaign, Order]:
    eggs, apples = a_product(title="土鸡蛋"), a_product(title="苹果")
    campaign = an_open_campaign(
        eggs, apples, opens_at=NOON - timedelta(hours=4), cutoff_at=CUTOFF, pickup_date=TOMORROW
    )
    CampaignItem.objects.filter(sku=eggs).update(min_form_quantity=minimum)
    return campaign, a_paid_order(*campaign.items.all(), quantity=sold, now=NOON)


class TestMinimum:
    def test_is_typed_previewed_and_published(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            eggs = a_product(title="土鸡蛋")
        row = {"sku_id": eggs.pk, "price": "9.90", "minimum": "20"}

        assert "满 20 份成团" in page_of(desk.post("/backoffice/campaigns/new", typed(row, do="preview")))
        desk.post("/backoffice/campaigns/new", typed(row, do="open"))

        with in_store(acme):
            assert CampaignItem.objects.get().min_form_quantity == 20

    def test_one_that_cannot_be_is_refused_at_its_field(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            eggs = a_product(title="土鸡蛋")
        for minimum, sentence in (("1", "起订量至少 2 份"), ("9", "起订量不能超过限量")):
            row = {"sku_id": eggs.pk, "price": "9.90", "minimum": minimum, "quota": "5"}
            assert sentence in page_of(desk.post("/backoffice/campaigns/new", typed(row, do="open")))

    def test_is_only_lowered_once_somebody_ordered(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            campaign, _order = a_list()
            rows = [{"sku_id": item.sku_id, "price": "9.90"} for item in campaign.items.all()]
        times = {"opens_at": "2026-11-22T08:00", "cutoff_at": "2026-11-22T23:00", "pickup_date": str(TOMORROW)}
        page = f"/backoffice/campaigns/{campaign.pk}/edit"

        raised = desk.post(page, typed({**rows[0], "minimum": "4"}, rows[1], do="save", **times))
        lowered = desk.post(page, typed({**rows[0], "minimum": "2"}, rows[1], do="save", **times))

        assert "起订量只能调低" in page_of(raised)
        assert lowered.status_code == 303

    def test_says_before_closing_early_what_is_given_back(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            campaign, _order = a_list()
        assert "土鸡蛋 1 / 3 份，这部分自动退款" in page_of(desk.get(f"/backoffice/campaigns/{campaign.pk}/closing"))


class TestLog:
    def test_tells_how_it_went(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            campaign, _order = a_list()
        page = f"/backoffice/campaigns/{campaign.pk}/cutoff"
        assert "截单 2 分钟后自动处理" in page_of(desk.get(page))

        with in_store(acme):
            cut_off(campaign_id=campaign.pk, now=OVER)
        told = page_of(desk.get(page))

        assert "已完成" in told
        assert "未成团，已退款" in told
        assert "¥12.90" in told
        assert "截单处理，未成团：土鸡蛋" in page_of(desk.get(f"/backoffice/campaigns/{campaign.pk}"))

    def test_is_alarmed_after_ten_minutes_and_can_be_run(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            campaign, _order = a_list()
        page = f"/backoffice/campaigns/{campaign.pk}/cutoff"

        with clock.at(CUTOFF + timedelta(minutes=9)):
            assert "截单处理还没完成" not in page_of(desk.get("/backoffice/"))
        with clock.at(CUTOFF + timedelta(minutes=10)):
            assert "截单处理还没完成" in page_of(desk.get("/backoffice/"))
            assert "超过 10 分钟还没完成" in page_of(desk.get(page))
            assert desk.post(f"/backoffice/campaigns/{campaign.pk}/cut").status_code == 303
            assert "已完成" in page_of(desk.get(page))
            assert "截单处理还没完成" not in page_of(desk.get("/backoffice/"))

    def test_lists_late_orders_until_somebody_decides(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            campaign, order = a_list(sold=3)
            cut_off(campaign_id=campaign.pk, now=OVER)
            LateOrder.objects.create(campaign=campaign, order_id=order.pk, at=OVER)
        page = f"/backoffice/campaigns/{campaign.pk}/cutoff"

        assert order.number in page_of(desk.get(page))
        assert "截单后才付款的订单" in page_of(desk.get("/backoffice/"))
        desk.post(f"/backoffice/late-orders/{order.pk}/refund")

        assert "已退款" in page_of(desk.get(page))
        with in_store(acme):
            order.refresh_from_db()
            assert order.state == OrderState.CANCELLED


class TestCallingOff:
    def test_shows_what_it_does_and_wants_a_reason(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            campaign, order = a_list()
        page = f"/backoffice/campaigns/{campaign.pk}/calling-off"

        assert "1 单、2 件，全部原路退款" in page_of(desk.get(page))
        assert desk.post(page, {"reason": ""}).status_code == 422
        assert desk.post(page, {"reason": "大雪封路"}).status_code == 303

        with in_store(acme):
            campaign.refresh_from_db()
            assert campaign.state == CampaignState.CANCELLED
            assert cut_off_due(now=NOON) == 1
            order.refresh_from_db()
            assert (order.state, order.close_reason) == (OrderState.CANCELLED, "大雪封路")

    def test_is_not_for_clerks(self, acme: StoreRef, sign_in: SignIn, clerk: object) -> None:
        with in_store(acme):
            campaign, _order = a_list()
        at_the_till = sign_in(clerk)  # type: ignore[arg-type]
        assert at_the_till.get(f"/backoffice/campaigns/{campaign.pk}/calling-off").status_code == 403
        assert at_the_till.post(f"/backoffice/campaigns/{campaign.pk}/cut").status_code == 403
