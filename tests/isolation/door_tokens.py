"""The doors' own credentials, tried at the neighbour's and at home: made at one store, used at another."""

from urllib.parse import urlsplit

from django.test import Client

from control.lifecycle.models import ExportKind, StoreExport
from control.lifecycle.services.links import LinkRefused, make_link, use_link
from control.people.models import Person, Role
from control.people.password_links import RESET_LIVES, House
from control.people.password_links import make_link as make_password_link
from control.people.services import PassRefused, give_seat
from control.support.services.enter import enter
from control.support.services.start_visit import start_visit
from kit import clock
from kit.tenancy import StoreRef, in_control, in_store
from tenants.integrations.scopes import SCOPES
from tenants.integrations.services.keys import key_of, make_key
from tests.isolation.visitors import staff_of


def api_key(home: StoreRef, there: StoreRef) -> bool:
    now = clock.now()
    with in_store(home):
        _row, text = make_key(name="x", scopes=list(SCOPES), expires_at=None, by="x", by_name="x", now=now)
    with in_store(there):
        return key_of(text=text, now=now) is not None


def support_pass(home: StoreRef, there: StoreRef) -> bool:
    now, operator = clock.now(), staff_of(home, email="ops@linli.test")
    with in_control():
        Person.objects.filter(pk=operator.pk).update(is_operator=True)
        operator.refresh_from_db()
    said = {"reason": "商家反映团长页面打不开，来看一下", "ticket": "", "minutes": 10, "wants_write": False}
    _visit, token = start_visit(merchant_id=home.merchant_id, operator=operator, now=now, **said)  # type: ignore[arg-type]
    try:
        enter(token=token, merchant_id=there.merchant_id, now=now)
    except PassRefused:
        return False
    return True


def export_link(home: StoreRef, there: StoreRef) -> bool:
    now, person = clock.now(), staff_of(home)
    with in_control():
        row = StoreExport.objects.create(
            merchant_id=home.merchant_id, kind=ExportKind.ASKED, folder="x", asked_by="x", begun_at=now, done_at=now
        )
        token = make_link(merchant_id=home.merchant_id, export_id=row.pk, person_id=person.pk, now=now)
        try:
            use_link(token=token, merchant_id=there.merchant_id, person_id=person.pk, now=now)
        except LinkRefused:
            return False
    return True


def password_link(home: StoreRef, there: StoreRef) -> bool:
    """A link out of one shop's letter, at the neighbour, where the same person works too."""
    now, person = clock.now(), staff_of(home)
    with in_control():
        give_seat(person=person, merchant_id=there.merchant_id, role=Role.CLERK, now=now)
        link = make_password_link(person=person, house=House(home), lives=RESET_LIVES, now=now)
    visitor = Client(headers={"host": f"{there.slug}.linli.test"})
    chosen = {"password": "豆角-茄子-77", "again": "豆角-茄子-77"}
    return visitor.post(urlsplit(link).path, chosen).status_code == 302
