"""The merchant adds a domain by hand; the operator sees all of them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from control.audit.models import AuditEntry
from control.domains.models import CustomDomain, DomainState
from control.domains.services.release_domain import release_domain
from control.people.models import Role, Seat
from control.people.services import register_person
from kit import clock
from kit.tenancy import StoreRef, in_control
from tests.control.domains.conftest import BY, NOW, SHOP, claimed, proven, reloaded
from tests.isolation.visitors import signed_in_staff
from tests.simulators.dns.zone import Zone

PAGE = "/backoffice/account/domains"


@pytest.fixture
def owner(acme: StoreRef) -> Iterator[Client]:
    browser = signed_in_staff(acme)
    with clock.at(NOW):
        yield browser


@pytest.fixture
def at_console(db: None) -> Iterator[Client]:
    with in_control():
        person = register_person(
            email="ops@linli.test", phone="13900000000", password=(word := "邻里-运营-2026"), name="小运", now=NOW
        )
        person.is_operator = True
        person.save()
    browser = Client(headers={"host": "linli.test"})
    browser.post("/console/login", {"email": "ops@linli.test", "password": word})
    with clock.at(NOW):
        yield browser


def said(answer: Any) -> str:
    return str(answer.content.decode())


class TestOwner:
    def test_adds_a_domain_writes_the_record_and_presses_check(self, owner: Client, zone: Zone) -> None:
        assert "还没有自己的域名" in said(owner.get(PAGE))
        page = said(owner.post(PAGE, {"domain": "Shop.Example.com"}, follow=True))
        with in_control():
            claim = CustomDomain.objects.get()
        assert claim.record_name in page
        assert claim.record_value in page
        assert "acme.linli.test" in page

        waiting = said(owner.post(f"{PAGE}/{claim.pk}/check", follow=True))
        assert "还没有找到验证记录" in waiting

        proven(zone, claim)
        with clock.at(NOW.replace(minute=30)):
            page = said(owner.post(f"{PAGE}/{claim.pk}/check", follow=True))

        assert "域名已启用" in page
        assert "已启用" in said(owner.get(PAGE))

    @pytest.mark.parametrize(
        ("typed", "sentence"), [("", "请填写域名"), ("com.cn", "公共后缀"), ("rival.linli.test", "平台的域名")]
    )
    def test_is_told_beside_the_field_what_is_wrong(self, owner: Client, typed: str, sentence: str) -> None:
        answer = owner.post(PAGE, {"domain": typed})

        assert answer.status_code == 422
        assert sentence in str(answer.context["form"].errors["domain"])

    def test_removes_it(self, owner: Client, serving: CustomDomain) -> None:
        page = said(owner.post(f"{PAGE}/{serving.pk}/removal", follow=True))

        assert "还没有自己的域名" in page
        assert reloaded(serving).state == DomainState.RELEASED

    def test_pressing_twice_is_answered_with_a_sentence(self, owner: Client, serving: CustomDomain) -> None:
        owner.post(f"{PAGE}/{serving.pk}/removal")

        assert owner.post(f"{PAGE}/{serving.pk}/removal").status_code == 303
        assert owner.post(f"{PAGE}/{serving.pk}/check").status_code == 404
        assert "域名已移除" in said(owner.get(f"{PAGE}/{serving.pk}"))

    def test_the_list_costs_the_same_for_ten(
        self, owner: Client, acme: StoreRef, django_assert_num_queries: Any
    ) -> None:
        claimed(acme, "a0.example.com")
        owner.get(PAGE)
        with django_assert_num_queries(6) as counted:
            owner.get(PAGE)
        for number in range(1, 9):
            claimed(acme, f"a{number}.example.com")
        with django_assert_num_queries(len(counted)):
            owner.get(PAGE)


class TestOthers:
    def test_a_clerk_may_look_and_change_nothing(self, owner: Client, serving: CustomDomain) -> None:
        with in_control():
            Seat.objects.filter(merchant_id=serving.merchant_id).update(role=Role.CLERK)

        assert str(serving.pk) in said(owner.get(PAGE))
        assert "立即检查" not in said(owner.get(f"{PAGE}/{serving.pk}"))
        assert owner.post(PAGE, {"domain": "x.example.com"}).status_code == 403
        assert owner.post(f"{PAGE}/{serving.pk}/check").status_code == 403
        assert owner.post(f"{PAGE}/{serving.pk}/removal").status_code == 403
        assert reloaded(serving).is_served

    def test_the_neighbours_owner_finds_nothing(self, serving: CustomDomain, rival: StoreRef) -> None:
        neighbour = signed_in_staff(rival)
        with clock.at(NOW):
            assert str(serving.pk) not in said(neighbour.get(PAGE))
            assert neighbour.get(f"{PAGE}/{serving.pk}").status_code == 404
            assert neighbour.post(f"{PAGE}/{serving.pk}/check").status_code == 404
            assert neighbour.post(f"{PAGE}/{serving.pk}/removal").status_code == 404
        assert reloaded(serving).is_served

    def test_a_stranger_is_sent_to_the_login(self, serving: CustomDomain) -> None:
        answer = Client(headers={"host": SHOP}).get(PAGE)

        assert "/backoffice/login" in answer["Location"]


class TestConsole:
    def test_lists_every_claim(self, at_console: Client, serving: CustomDomain, rival: StoreRef) -> None:
        claimed(rival, "waiting.example.com")

        everything = said(at_console.get("/console/domains"))
        waiting = said(at_console.get("/console/domains", {"state": "waiting"}))
        found = said(at_console.get("/console/domains", {"q": "shop.exa"}))

        assert SHOP in everything
        assert "waiting.example.com" in everything
        assert SHOP not in waiting
        assert "waiting.example.com" not in found
        assert SHOP in said(at_console.get(f"/console/stores/{serving.merchant_id}"))

    def test_ends_a_quarantine_with_a_reason(self, at_console: Client, serving: CustomDomain, rival: StoreRef) -> None:
        release_domain(merchant_id=serving.merchant_id, claim_id=serving.pk, by=BY, now=NOW)
        address = f"/console/domains/{serving.pk}/release"
        assert "解除保留" in said(at_console.get("/console/domains", {"state": "quarantined"}))
        assert at_console.post(address, {"reason": ""}).status_code == 422

        assert at_console.post(address, {"reason": "sold"}).status_code == 303

        assert claimed(rival).state == DomainState.WAITING
        assert at_console.get(address).status_code == 404
        with in_control():
            assert AuditEntry.objects.get(what="domain.quarantine_lifted").reason == "sold"

    def test_the_list_costs_the_same_for_many(
        self, at_console: Client, serving: CustomDomain, rival: StoreRef, django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(6) as counted:
            at_console.get("/console/domains")
        for number in range(8):
            claimed(rival, f"b{number}.example.com")
        with django_assert_num_queries(len(counted)):
            at_console.get("/console/domains")

    def test_is_the_operators_alone(self, serving: CustomDomain, owner: Client) -> None:
        answer = owner.get("/console/domains", headers={"host": "linli.test"})

        assert "/console/login" in answer["Location"]
