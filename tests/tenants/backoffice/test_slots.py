"""The store sets times of day, and sees them on what is to be brought."""

from typing import Any

from django.test import Client

from control.people.models import Person
from kit.tenancy import StoreRef, in_store
from tenants.delivery.models import DeliverySlot
from tests.tenants.backoffice.conftest import SignIn
from tests.tenants.backoffice.test_orders import page_of
from tests.tenants.sales.test_delivery import paid
from tests.tenants.sales.test_slots import a_slot, ordered_at


def set_slot(desk: Client, where: str = "new", **words: Any) -> Any:
    typed = {"kind": "same_day", "starts": "18:00", "ends": "20:00", "capacity": "30", "is_on": "on", **words}
    return desk.post(f"/backoffice/delivery/slots/{where}", typed)


def test_are_added_changed_and_listed(acme: StoreRef, desk: Client) -> None:
    assert "还没有送货时段" in page_of(desk.get("/backoffice/delivery/slots"))
    assert set_slot(desk).status_code == 303
    page = page_of(desk.get("/backoffice/delivery/slots"))
    assert "18:00–20:00" in page
    assert "门店当日送" in page

    with in_store(acme):
        slot = DeliverySlot.objects.get()
    assert 'value="18:00"' in page_of(desk.get(f"/backoffice/delivery/slots/{slot.pk}"))
    assert set_slot(desk, str(slot.pk), capacity="5", is_on="").status_code == 303
    with in_store(acme):
        slot.refresh_from_db()
    assert (slot.capacity, slot.is_on) == (5, False)


def test_nonsense_stays_beside_its_field(acme: StoreRef, desk: Client) -> None:
    refused = set_slot(desk, ends="17:00")
    assert refused.status_code == 422
    assert "结束时间要晚于开始时间" in refused.content.decode()
    with in_store(acme):
        assert not DeliverySlot.objects.exists()


def test_a_clerk_cannot_set_them(acme: StoreRef, sign_in: SignIn, clerk: Person) -> None:
    assert set_slot(sign_in(clerk)).status_code == 403


def test_an_order_its_list_and_its_dispatch_say_when(acme: StoreRef, desk: Client) -> None:
    with in_store(acme):
        order = paid(ordered_at(a_slot()))
    assert order.slot is not None
    for page in ("", f"/{order.pk}", f"/{order.pk}/dispatch"):
        assert order.slot["text"] in page_of(desk.get(f"/backoffice/orders{page}"))
