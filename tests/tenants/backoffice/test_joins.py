"""接龙 at the desk: making a chain, its list, and its text for the group."""

import pytest
from django.test import Client

from kit.tenancy import StoreRef, in_store
from tenants.campaigns.models import Campaign
from tenants.journal.services import Actor
from tenants.sales.services.refund_lines import refund_whole
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order
from tests.tenants.backoffice.conftest import statements_of
from tests.tenants.backoffice.test_campaigns import page_of, typed
from tests.tenants.shelf import NOON, a_campaign, a_sku


class TestMaking:
    def test_a_chain_is_chosen_previewed_and_published(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            row = {"sku_id": a_sku().pk, "price": "9.90"}
        chain = typed(row, do="preview", kind="solitaire", shows_names="on")

        assert "接龙，名单公开昵称" in page_of(desk.post("/backoffice/campaigns/new", chain))
        desk.post("/backoffice/campaigns/new", {**chain, "do": "open"})

        with in_store(acme):
            campaign = Campaign.objects.get()
        assert (campaign.kind, campaign.shows_names) == ("solitaire", True)

    def test_its_kind_stays_once_somebody_ordered(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            campaign = a_campaign(kind="solitaire")
            a_paid_order(campaign.items.get(), now=NOON)
            row = {"sku_id": campaign.items.get().sku_id, "price": "9.90", "quota": "20"}

        answer = desk.post(f"/backoffice/campaigns/{campaign.pk}/edit", typed(row, do="save", kind="daily"))

        assert "团期类型不能再改" in page_of(answer)


class TestList:
    def test_shows_who_joined_and_the_text_for_the_group(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            campaign = a_campaign(kind="solitaire")
            item = campaign.items.get()
            gone = a_paid_order(item, member=a_member(nickname="李姐"), now=NOON)
            a_paid_order(item, quantity=2, member=a_member(nickname="王阿姨"), now=NOON)
            actor = Actor(kind="person", name="老板")
            refund_whole(order_id=gone.pk, reason="不要了", actor=actor, key="k", now=NOON)
            title = item.sku.product.title

        page = page_of(desk.get(f"/backoffice/campaigns/{campaign.pk}/joins"))

        assert "1. 李**（已取消）" in page
        assert f"2. 王** {title}×2" in page
        assert f"/m/#/sub/goods/joins?id={campaign.pk}" in page
        assert "王阿姨" not in page

    def test_is_asked_for_in_as_many_statements_however_long(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            campaign = a_campaign(kind="solitaire")
            a_paid_order(campaign.items.get(), now=NOON)
        page = f"/backoffice/campaigns/{campaign.pk}/joins"
        few = statements_of(desk, page)
        with in_store(acme):
            for _order in range(4):
                a_paid_order(campaign.items.get(), now=NOON)
        assert statements_of(desk, page) == few

    @pytest.mark.parametrize("kind", ["daily", "solitaire"])
    def test_is_there_for_chains_only(self, acme: StoreRef, desk: Client, kind: str) -> None:
        with in_store(acme):
            campaign = a_campaign(kind=kind)
        there = desk.get(f"/backoffice/campaigns/{campaign.pk}/joins").status_code == 200
        assert there == (kind == "solitaire")
