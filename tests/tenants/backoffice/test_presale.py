"""预售 at the desk: terms are typed, shown before they are published, and kept once somebody ordered."""

from datetime import timedelta

from django.test import Client

from kit.tenancy import StoreRef, in_store
from tenants.campaigns.models import Campaign
from tenants.inventory.models import Stock
from tenants.sales.services.settle_payment import settle_payment
from tests.factories.orders import a_pending_order, a_started_payment, news_of
from tests.tenants.backoffice.test_campaigns import page_of, typed
from tests.tenants.shelf import NOON, a_campaign, a_sku


def terms(**changes: str) -> dict[str, str]:
    known = {"kind": "presale", "deposit_percent": "20", "keeps_deposit": "on"}
    words = typed(do="")
    cutoff, pickup = str(words["cutoff_at"]), str(words["pickup_date"])
    return {**known, "balance_from": cutoff, "balance_until": f"{pickup}T12:00", **changes}


class TestMaking:
    def test_terms_are_typed_previewed_and_published(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            row = {"sku_id": a_sku().pk, "price": "99"}
        words = typed(row, do="preview", **terms())

        page = page_of(desk.post("/backoffice/campaigns/new", words))
        assert "预售，先付 20% 定金" in page
        assert "未付定金不退" in page
        desk.post("/backoffice/campaigns/new", {**words, "do": "open"})

        with in_store(acme):
            campaign = Campaign.objects.get()
        assert (campaign.kind, campaign.deposit_percent, campaign.keeps_deposit) == ("presale", 20, True)
        assert campaign.balance_from == campaign.cutoff_at
        assert "等付尾款" in page_of(desk.get(f"/backoffice/campaigns/{campaign.pk}"))

    def test_what_the_law_or_the_clock_forbids_is_refused_in_words(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            row = {"sku_id": a_sku().pk, "price": "99", "minimum": "5"}

        def refused(**changes: str) -> str:
            answer = desk.post("/backoffice/campaigns/new", typed(row, do="open", **terms(**changes)))
            assert answer.status_code == 422
            return page_of(answer)

        assert "不退的定金不能超过货款的 20%" in refused(deposit_percent="30")
        assert "定金比例要在 1% 到 90% 之间" in refused(deposit_percent="99")
        assert "收定金要填尾款付款时间" in refused(balance_from="")
        assert "尾款截止要晚于开始" in refused(balance_until=terms()["balance_from"])
        assert "尾款要在提货日前付完" in refused(balance_until="2030-01-01T12:00")
        assert "尾款要在截单以后付" in refused(balance_from="2026-01-01T12:00")
        assert "收定金的预售不设起订量" in refused()

    def test_in_full_no_terms_are_kept(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            row = {"sku_id": a_sku().pk, "price": "99"}
        words = typed(row, do="preview", **terms(deposit_percent=""))
        assert "预售，全款" in page_of(desk.post("/backoffice/campaigns/new", words))
        desk.post("/backoffice/campaigns/new", {**words, "do": "open"})
        with in_store(acme):
            campaign = Campaign.objects.get()
        assert (campaign.deposit_percent, campaign.balance_from, campaign.keeps_deposit) == (None, None, False)


class TestOrders:
    def test_terms_stay_once_somebody_ordered_and_the_desk_sees_what_is_awaited(
        self, acme: StoreRef, desk: Client
    ) -> None:
        with in_store(acme):
            campaign = a_campaign()
            pickup = campaign.pickup_date + timedelta(days=3)
            until = campaign.cutoff_at + timedelta(days=2)
            Campaign.objects.filter(pk=campaign.pk).update(
                kind="presale", deposit_percent=20, balance_from=campaign.cutoff_at, balance_until=until,
                pickup_date=pickup, keeps_deposit=True,
            )  # fmt: skip
            item = campaign.items.get()
            order = a_pending_order(item, now=NOON)
            settle_payment(news=news_of(a_started_payment(order, now=NOON)), now=NOON)
            Stock.objects.filter(sku=item.sku_id).update(planned=60)
            balance = (order.total_minor - (order.deposit_minor or 0)) / 100
            row = {"sku_id": item.sku_id, "price": "9.90", "quota": "20"}

        words = typed(row, do="save", **terms(deposit_percent="10"))
        page = page_of(desk.post(f"/backoffice/campaigns/{campaign.pk}/edit", words))
        assert "定金和尾款不能再改" in page

        shown = page_of(desk.get(f"/backoffice/orders/{order.pk}"))
        assert "待付尾款" in shown
        assert "未付定金不退" in shown
        listed = page_of(desk.get(f"/backoffice/campaigns/{campaign.pk}"))
        assert f"{balance:.2f}" in listed
        assert "未到货可先卖 60 件" in listed
