"""拼团 at the desk: making it, and seeing how far its teams are."""

from django.test import Client

from kit.tenancy import StoreRef, in_store
from tenants.campaigns.models import Campaign, Team
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order
from tests.tenants.backoffice.conftest import statements_of
from tests.tenants.backoffice.test_campaigns import page_of, typed
from tests.tenants.shelf import NOON, a_campaign, a_sku


def a_team_campaign(*, size: int = 2) -> Campaign:
    campaign = a_campaign()
    Campaign.objects.filter(pk=campaign.pk).update(kind="team", team_size=size, team_hours=5)
    campaign.refresh_from_db()
    return campaign


class TestMaking:
    def test_size_and_hours_are_typed_previewed_and_published(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            row = {"sku_id": a_sku().pk, "price": "9.90"}
        words = typed(row, do="preview", kind="team", team_size="3", team_hours="12")

        assert "12 小时内满 3 人付款成团，不满自动退款" in page_of(desk.post("/backoffice/campaigns/new", words))
        desk.post("/backoffice/campaigns/new", {**words, "do": "open"})

        with in_store(acme):
            campaign = Campaign.objects.get()
        assert (campaign.kind, campaign.team_size, campaign.team_hours) == ("team", 3, 12)

    def test_without_them_and_with_a_minimum_it_is_refused_in_words(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            row = {"sku_id": a_sku().pk, "price": "9.90", "minimum": "5"}

        answer = desk.post("/backoffice/campaigns/new", typed(row, do="open", kind="team", team_size="1"))

        assert answer.status_code == 422
        for sentence in ("成团人数要在 2 到 50 人之间", "拼团时长要在 1 到 72 小时之间", "拼团按人数成团"):
            assert sentence in page_of(answer)

    def test_of_another_kind_they_are_not_kept(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            row = {"sku_id": a_sku().pk, "price": "9.90"}
        desk.post("/backoffice/campaigns/new", typed(row, do="open", kind="daily", team_size="3", team_hours="12"))

        with in_store(acme):
            assert Campaign.objects.get().team_size is None

    def test_a_copy_has_them_too(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            campaign = a_team_campaign(size=4)
        desk.post(f"/backoffice/campaigns/{campaign.pk}/copy")

        with in_store(acme):
            copied = Campaign.objects.exclude(pk=campaign.pk).get()
        assert (copied.kind, copied.team_size, copied.team_hours) == ("team", 4, 5)


class TestList:
    def test_shows_each_team_with_who_is_in(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            item = a_team_campaign().items.get()
            full = a_paid_order(item, member=a_member(nickname="王阿姨"), now=NOON)
            team = Team.objects.get()
            a_paid_order(item, member=a_member(nickname="李姐"), team_id=team.pk, now=NOON)
            a_paid_order(item, member=a_member(nickname="赵叔"), now=NOON)

        page = page_of(desk.get(f"/backoffice/campaigns/{item.campaign_id}/teams"))
        formed = page_of(desk.get(f"/backoffice/campaigns/{item.campaign_id}/teams?state=formed"))

        for words in ("王阿姨", "团主", "李姐", "赵叔", "拼团成功", "拼团中", "2 / 2", "1 / 2", f"/orders/{full.pk}"):
            assert words in page
        assert "赵叔" not in formed

    def test_is_asked_for_in_as_many_statements_however_long(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            item = a_team_campaign(size=3).items.get()
            a_paid_order(item, now=NOON)
        path = f"/backoffice/campaigns/{item.campaign_id}/teams"
        desk.get(path)
        before = statements_of(desk, path)
        with in_store(acme):
            for _team in range(3):
                a_paid_order(item, now=NOON)

        assert statements_of(desk, path) == before

    def test_says_so_when_there_is_none(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            campaign = a_team_campaign()
        assert "还没有人开团" in page_of(desk.get(f"/backoffice/campaigns/{campaign.pk}/teams"))
        assert "拼团进度" in page_of(desk.get(f"/backoffice/campaigns/{campaign.pk}"))
