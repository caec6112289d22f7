"""Partners at both desks: headquarters sees every section, a partner its own, two operators agree on it."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from billing.models.payers import PayerLink
from billing.models.shares import ShareStatement
from billing.services.share_revenue import share_revenue
from control.account.selectors import standing_of
from control.merchants.models import Merchant
from control.people.models import Person, Role
from control.people.services import give_seat, issue_pass, register_person
from kit import clock
from kit.tenancy import StoreRef, in_control
from tests.billing.acting import reprice
from tests.billing.family import Family, family_of_two
from tests.billing.fixtures import world
from tests.billing.world import World, at
from tests.control.account.conftest import Desk
from tests.control.console.conftest import PASSWORD, at_console, operator
from tests.simulators.stripe.fixtures import receiver, stripe_fake, stripe_server
from tests.stores import store_ref

__all__ = ["at_console", "operator", "receiver", "stripe_fake", "stripe_server", "world"]


@pytest.fixture
def family(world: World, rival: StoreRef) -> Family:
    return family_of_two(world, rival, reprice)


@pytest.fixture
def paying(family: Family) -> Family:
    """Headquarters has paid one invoice with a section of its partner."""
    family.link(date(2026, 12, 1))
    family.partner.order_paid(1_000_000, at("2026-12-02 10:00"))
    family.hq.order_paid(500_000, at("2026-12-02 11:00"))
    family.live(at("2026-12-20 00:30"))
    return family


def desk_of(world: World) -> Desk:
    desk = Desk.__new__(Desk)
    slug = "acme" if world.store.merchant_id == store_ref("acme").merchant_id else "rival"
    desk.world, desk.client = world, Client(headers={"host": f"{slug}.linli.test"})
    with clock.at(world.now), in_control():
        person = register_person(
            email=f"boss@{slug}.test", phone="13800000009", password="青菜-豆腐-88", name="boss", now=world.now
        )
        give_seat(person=person, merchant_id=world.store.merchant_id, role=Role.OWNER, now=world.now)
        token = issue_pass(person=person, merchant_id=world.store.merchant_id, now=world.now)
    with clock.at(world.now):
        desk.client.get("/backoffice/enter", {"pass": token})
    return desk


class TestTheDesks:
    def test_headquarters_reads_one_section_a_store(self, paying: Family) -> None:
        invoice = paying.hq.invoices()[-1]
        desk = desk_of(paying.hq)

        page = desk.get(f"invoices/{invoice.pk}")

        with in_control():
            partner = paying.partner.merchant().name
        assert partner in page
        assert page.count("<table") >= 2
        assert "¥188.73" in page
        assert "¥20.00" in page  # the partner's fee
        assert partner in desk.get("partners")
        assert desk.ask(f"invoices/{invoice.pk}/paper").status_code == 200
        lines = b"".join(desk.ask("invoices/lines").streaming_content).decode()
        assert partner in lines

    def test_a_partner_reads_its_own_section_and_nothing_else(self, paying: Family) -> None:
        invoice = paying.hq.invoices()[-1]
        desk = desk_of(paying.partner)

        listed, section = desk.get("partners"), desk.get(f"partners/invoices/{invoice.pk}")

        assert invoice.number in listed
        assert "¥188.73" in section
        assert "¥506.73" in section  # 188.73 + 298 + 20
        assert "¥2,980.00" not in section
        assert "¥10.00" not in section  # headquarters' own fee
        assert desk.ask(f"invoices/{invoice.pk}").status_code == 404
        assert desk.ask(f"invoices/{invoice.pk}/paper").status_code == 404

    def test_running_totals_of_shared_tiers_are_headquarters_alone(self, paying: Family) -> None:
        hq, partner = desk_of(paying.hq), desk_of(paying.partner)

        assert "累计服务费 ¥" in hq.get(f"invoices/{paying.hq.invoices()[-1].pk}")
        own = partner.get("fees", month="2026-12")
        assert "与总部合并累计" in own
        assert "累计服务费 ¥" not in own
        file = b"".join(partner.ask("fees/download").streaming_content).decode()
        assert "累计服务费 ¥" not in file

    def test_a_stranger_sees_no_section(self, paying: Family) -> None:
        own = paying.partner.invoices()[0]

        assert desk_of(paying.hq).ask(f"partners/invoices/{own.pk}").status_code == 404

    def test_the_list_asks_as_often_for_one_as_for_many(
        self, paying: Family, django_assert_max_num_queries: Any
    ) -> None:
        desk = desk_of(paying.hq)
        desk.get("partners")

        with django_assert_max_num_queries(24):
            desk.get("partners")

    def test_a_plan_full_of_cities_leads_to_the_plans(self, paying: Family, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("control.account.views_partners.use_of_merchant", lambda merchant: {"cities": 4})

        assert "城市名额用完了" in desk_of(paying.hq).get("partners")

    def test_of_a_store_that_lives_elsewhere_no_use_is_claimed(
        self, paying: Family, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its own cell counts; here there is no schema to ask."""

        def no_schema_here(*, store: StoreRef) -> dict[str, int]:
            raise AssertionError(store)

        monkeypatch.setattr("billing.selectors.use_of_store", no_schema_here)
        with in_control():
            Merchant.objects.filter(pk=paying.hq.store.merchant_id).update(cell="east")

        standing = standing_of(paying.hq.store, paying.hq.now)

        assert standing.phase is not None
        assert standing.uses == []

    def test_a_plan_without_partners_leads_to_the_plans(self, family: Family) -> None:
        assert "升级到连锁版" in desk_of(family.partner).get("partners")


class TestTheShares:
    @pytest.fixture
    def shared(self, family: Family) -> ShareStatement:
        family.link(date(2026, 12, 1), payer_share_ppm=700_000, channel_fee_ppm=6_000, pools_fees=False)
        family.partner.order_paid(12_345, at("2026-12-02 10:00"))
        family.live(at("2027-01-01 00:30"))
        with in_control():
            share_revenue(now=family.hq.now)
            return ShareStatement.objects.get()

    def test_both_read_it_and_headquarters_pays_it_out(self, family: Family, shared: ShareStatement) -> None:
        hq, partner = desk_of(family.hq), desk_of(family.partner)
        for desk in (hq, partner):
            assert shared.number in desk.get("shares")
            assert "¥36.59" in desk.get(f"shares/{shared.pk}")
        assert b"36.59" in b"".join(partner.ask(f"shares/{shared.pk}/download").streaming_content)
        assert hq.ask(f"shares/{shared.pk}/download", format="xlsx").status_code == 200

        assert partner.post(f"shares/{shared.pk}/payment").status_code == 404
        assert hq.post(f"shares/{shared.pk}/payment", reference="ICBC-9").status_code == 303

        assert "ICBC-9" in partner.get(f"shares/{shared.pk}")
        assert hq.post(f"shares/{shared.pk}/payment").status_code == 409

    def test_a_sister_never_sees_it(self, family: Family, shared: ShareStatement) -> None:
        stranger = desk_of(family.partner)
        with in_control():
            ShareStatement.objects.update(partner=shared.payer)  # as if it were between two others

        assert stranger.ask(f"shares/{shared.pk}").status_code == 404
        assert shared.number not in stranger.get("shares")


class TestTheConsole:
    def test_two_operators_begin_and_end_it(self, family: Family, at_console: Client) -> None:
        slugs = {"payer": "acme", "child": "rival"}
        wrong = at_console.post("/console/payers", {**slugs, "child": "nobody", "first_day": "2026-12-01"})
        assert wrong.status_code == 422
        early = at_console.post("/console/payers", {**slugs, "first_day": "2026-11-20", "reason": "加盟"})
        assert "请选择明天或以后的日期" in early.content.decode()
        told = at_console.post(
            "/console/payers", {**slugs, "first_day": "2026-12-01", "reason": "加盟", "payer_percent": "70"}
        )
        assert told.status_code == 303
        with in_control():
            link = PayerLink.objects.get()
        assert at_console.post(f"/console/payers/{link.pk}/approval").status_code == 403

        other = second(family.hq)
        with clock.at(family.hq.now):
            assert other.post(f"/console/payers/{link.pk}/approval").status_code == 303
        assert "总部分成 70%" in at_console.get("/console/payers").content.decode()
        assert "未开始" in at_console.get("/console/payers").content.decode()

        assert at_console.get(f"/console/payers/{link.pk}/end").status_code == 200
        at_console.post(f"/console/payers/{link.pk}/end", {"last_day": "2026-12-05"})
        with clock.at(family.hq.now):
            other.post(f"/console/payers/{link.pk}/approval")
        with in_control():
            link.refresh_from_db()
        assert link.ends_at == at("2026-12-06 00:00")

    def test_a_request_is_withdrawn(self, family: Family, at_console: Client) -> None:
        asked = family.ask(date(2026, 12, 1))

        at_console.post(f"/console/payers/{asked.pk}/withdrawal")

        assert "已撤回" in at_console.get("/console/payers").content.decode()


def second(world: World) -> Client:
    with in_control():
        person: Person = register_person(
            email="ops2@linli.test", phone="13900000001", password=PASSWORD, name="小营", now=world.now
        )
        person.is_operator = True
        person.save()
    client = Client(headers={"host": "linli.test"})
    with clock.at(world.now):
        client.post("/console/login", {"email": person.email, "password": PASSWORD})
    return client
