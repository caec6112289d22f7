"""接龙 at the desk: making a chain, its list, and its text for the group."""

import pytest
from django.test import Client

from control.people.models import Person
from kit.tenancy import StoreRef, in_store
from tenants.campaigns.models import Campaign
from tenants.journal.services import Actor
from tenants.sales.services.refund_lines import refund_whole
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order
from tests.tenants.backoffice.conftest import SignIn, statements_of
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


class TestPoster:
    def test_is_a_picture_of_the_list_for_everybody_at_the_desk(
        self, acme: StoreRef, rival: StoreRef, desk: Client, sign_in: SignIn, clerk: Person
    ) -> None:
        with in_store(acme):
            chain, daily = a_campaign(kind="solitaire", skus=[a_sku() for _number in range(8)]), a_campaign()
        with in_store(rival):
            foreign = a_campaign(kind="solitaire")

        answer = desk.get(f"/backoffice/campaigns/{chain.pk}/poster")

        assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
        assert "attachment" in answer["Content-Disposition"]
        assert answer.content.startswith(b"\x89PNG")
        assert f"/backoffice/campaigns/{chain.pk}/poster" in page_of(
            desk.get(f"/backoffice/campaigns/{chain.pk}/joins")
        )
        assert sign_in(clerk).get(f"/backoffice/campaigns/{chain.pk}/poster").status_code == 200
        for other in (daily, foreign):
            assert desk.get(f"/backoffice/campaigns/{other.pk}/poster").status_code == 404

    def test_is_drawn_with_as_many_statements_for_many_goods(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            few, many = (a_campaign(kind="solitaire", skus=[a_sku() for _one in range(n)]) for n in (1, 9))

        assert statements_of(desk, f"/backoffice/campaigns/{few.pk}/poster") == statements_of(
            desk, f"/backoffice/campaigns/{many.pk}/poster"
        )
