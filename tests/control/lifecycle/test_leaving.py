"""A merchant takes the store's records along, also when the store is closed; nobody else's, and not a clerk."""

import io
import zipfile
from typing import Any

from django.test import Client

from control.people.models import Role, Seat
from kit.tenancy import StoreRef, in_control
from tests.isolation.visitors import signed_in_staff


def link_on(page: Any) -> str:
    return str(page.content.decode().split('class="row-link" href="')[1].split('"')[0])


class TestExportPage:
    def test_the_owner_of_a_suspended_store_takes_it_all_along(self, closed_acme: StoreRef) -> None:
        owner = signed_in_staff(closed_acme)
        assert owner.post("/backoffice/account/exports/new").status_code == 303

        taken: Any = owner.get(link_on(owner.get("/backoffice/account/exports")))

        with zipfile.ZipFile(io.BytesIO(b"".join(taken.streaming_content))) as packed:
            assert b"MARKA" in packed.read("tables/members_member.jsonl")

    def test_a_neighbour_finds_nothing(self, closed_acme: StoreRef, rival: StoreRef) -> None:
        owner = signed_in_staff(closed_acme)
        owner.post("/backoffice/account/exports/new")
        address = link_on(owner.get("/backoffice/account/exports"))
        neighbour = signed_in_staff(rival)

        assert neighbour.get(address).status_code == 404
        assert "row-link" not in neighbour.get("/backoffice/account/exports").content.decode()

    def test_a_clerk_may_not(self, acme: StoreRef) -> None:
        clerk = signed_in_staff(acme)
        with in_control():
            Seat.objects.filter(merchant_id=acme.merchant_id).update(role=Role.CLERK)

        assert clerk.post("/backoffice/account/exports/new").status_code == 403
        assert "只有店主可以导出" in clerk.get("/backoffice/account/exports").content.decode()

    def test_a_stranger_is_asked_to_sign_in(self, acme: StoreRef) -> None:
        assert Client(headers={"host": "acme.linli.test"}).get("/backoffice/account/exports").status_code == 302
