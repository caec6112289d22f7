"""Areas, the rule of entry and where a list is sold, through the pages."""

from django.test import Client

from control.people.models import Person
from kit.tenancy import StoreRef, in_store
from tenants.campaigns.models import CampaignReach
from tenants.leaders.models import EntryRule, LeaderBinding, PickupPoint, ServiceArea
from tests.tenants.backoffice.conftest import SignIn, statements_of
from tests.tenants.shelf import a_campaign, a_leader, a_point

TYPED = {"name": "浦东", "city": "上海", "latitude": "", "longitude": "", "radius_m": "", "is_open": "on"}


class TestAreas:
    def test_an_area_is_added_with_its_points(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            point = a_point()
            city = point.city

        answer = desk.post("/backoffice/areas/new", {**TYPED, "city": city, "points": [str(point.pk)]})

        assert answer["Location"] == "/backoffice/areas"
        page = desk.get("/backoffice/areas").content.decode()
        assert "浦东" in page
        with in_store(acme):
            area = ServiceArea.objects.get()
            assert PickupPoint.objects.get().area_id == area.pk
        edited = desk.get(f"/backoffice/areas/{area.pk}").content.decode()
        assert "checked" in edited

    def test_a_point_that_is_elsewhere_is_refused_beside_the_form(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            point = a_point()

        answer = desk.post("/backoffice/areas/new", {**TYPED, "city": "北京", "points": [str(point.pk)]})

        assert answer.status_code == 422
        assert point.name in answer.content.decode()

    def test_the_list_is_as_dear_with_many(self, acme: StoreRef, desk: Client) -> None:
        desk.post("/backoffice/areas/new", TYPED)
        few = statements_of(desk, "/backoffice/areas")
        for number in range(5):
            desk.post("/backoffice/areas/new", {**TYPED, "name": f"片区{number}"})
        assert statements_of(desk, "/backoffice/areas") == few

    def test_the_rule_is_kept(self, acme: StoreRef, desk: Client) -> None:
        wrong = desk.post("/backoffice/areas/rule", {"reach_m": "5", "binding": "first", "protect_days": "7"})
        desk.post("/backoffice/areas/rule", {"reach_m": "800", "binding": "first", "protect_days": "7"})

        assert wrong.status_code == 422
        with in_store(acme):
            rule = EntryRule.objects.get()
            assert (rule.reach_m, rule.binding, rule.protect_days) == (800, "first", 7)
            assert not LeaderBinding.objects.exists()

    def test_where_a_list_is_sold(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            leader, campaign = a_leader(), a_campaign()
        path = f"/backoffice/campaigns/{campaign.pk}"

        desk.post(f"{path}/reach", {"leaders": [str(leader.pk)]})

        with in_store(acme):
            assert CampaignReach.objects.get().leader_id == leader.pk
        assert "checked" in desk.get(f"{path}/reach").content.decode()
        assert f"{path}/reach" in desk.get(path).content.decode()

    def test_a_clerk_changes_nothing(self, acme: StoreRef, sign_in: SignIn, clerk: Person) -> None:
        client = sign_in(clerk)
        for path in ("areas/new", "areas/rule"):
            assert client.post(f"/backoffice/{path}", TYPED).status_code == 403
