"""Letters about passwords, from a worker: whoever asks for one waits the same time, known here or not."""

from uuid import UUID

from celery import shared_task

from control.merchants.models import Merchant
from control.people import password_letters as letters
from control.people.models import Person
from control.people.password_links import House
from kit import clock
from kit.tenancy.tasks import ControlTask


@shared_task(base=ControlTask)
def send_reset(*, email: str, merchant_id: str | None) -> None:
    """Send a link to set a new password, if somebody logs in there with this e-mail."""
    letters.write_reset(email=email, house=_house(merchant_id), now=clock.now())


@shared_task(base=ControlTask)
def send_invitation(*, person_id: str, merchant_id: str | None, by: str) -> None:
    """Invite somebody who was given a seat."""
    person = Person.objects.get(pk=UUID(person_id))
    letters.write_invitation(person=person, house=_house(merchant_id), by=by, now=clock.now())


@shared_task(base=ControlTask)
def send_change(*, person_id: str, merchant_id: str | None) -> None:
    """Tell somebody that their password was changed."""
    letters.write_change(person=Person.objects.get(pk=UUID(person_id)), house=_house(merchant_id), now=clock.now())


def _house(merchant_id: str | None) -> House:
    return House(Merchant.objects.get(pk=UUID(merchant_id)).ref if merchant_id else None)
