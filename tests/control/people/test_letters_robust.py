"""A broker that is down undoes nothing: who was seated is seated, and what was changed is changed."""

import pytest
from django.test import TestCase

from control.people import tasks
from kit.tenancy import StoreRef, in_control
from tests.control.people.test_passwords import CHOSEN
from tests.isolation.visitors import PASSWORD, signed_in_staff


@pytest.fixture(autouse=True)
def _broker_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(**_given: object) -> None:
        raise ConnectionError

    for task in (tasks.send_change, tasks.send_invitation):
        monkeypatch.setattr(task, "delay", down)


def test_a_password_is_changed(acme: StoreRef) -> None:
    owner = signed_in_staff(acme)
    with TestCase.captureOnCommitCallbacks() as put_off:
        assert owner.post("/backoffice/password", {"old": PASSWORD, **CHOSEN}).status_code == 303

    assert len(put_off) == 1
    assert put_off[0].__qualname__  # what Django writes into the log when a robust one fails
    assert owner.get("/backoffice/").status_code == 200


def test_somebody_is_seated(acme: StoreRef) -> None:
    typed = {"email": "zhang@acme.test", "name": "小张", "phone": "13812345678", "role": "clerk"}
    with TestCase.captureOnCommitCallbacks(execute=False) as put_off, in_control():
        assert signed_in_staff(acme).post("/backoffice/account/staff/new", typed).status_code == 303

    assert all(callback.__qualname__ for callback in put_off)
