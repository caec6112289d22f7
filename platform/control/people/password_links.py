"""Links by which a person sets a password: signed at one house, worthless at any other, used up by what they do.

A link carries no secret of its own and no row is kept: it is signed over the password the person has when it is made,
so setting another one ends every link there is.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from control.merchants.directory import address_of
from control.people.models import Person, Seat
from control.people.services import WeakPassword
from kit.errors import Kind, Refused
from kit.signing import is_signed, sign
from kit.tenancy import StoreRef, in_control, in_store

INVITATION_LIVES = timedelta(days=7)
RESET_LIVES = timedelta(hours=1)
_PURPOSE = "password-link"


class LinkRefused(Refused):
    """The link is used, too old, of another house, or invented; or its person is no longer let in here."""

    code, kind, sentence = "password_link_refused", Kind.MISSING, _("链接已失效或已经用过，请重新申请一封邮件。")


@dataclass(frozen=True)
class House:
    """Where somebody logs in: a store's back office, or the operator's console (no store)."""

    store: StoreRef | None

    @property
    def login(self) -> str:
        """The path of its login page."""
        return f"{self.desk}/login"

    @property
    def desk(self) -> str:
        """The path before all its pages."""
        return "/backoffice" if self.store else "/console"

    @property
    def address(self) -> str:
        """Its host, as letters write it."""
        if self.store:
            return address_of(self.store)
        return f"{settings.LINLI_SCHEME}://{settings.LINLI_DOMAIN}{settings.LINLI_PORT_SUFFIX}"

    def lets_in(self, person: Person) -> bool:
        """Say whether a person may log in here; asks the control plane."""
        if not person.is_active or not self.store:
            return person.is_active and person.is_operator
        with in_control():
            return Seat.objects.filter(person=person, merchant_id=self.store.merchant_id).exists()


def make_link(*, person: Person, house: House, lives: timedelta, now: datetime) -> str:
    """Write the address of the page where a person sets a password."""
    until = int((now + lives).timestamp())
    return f"{house.address}{house.desk}/password/{person.pk.hex}-{until}-{_sign(person, house, until)}"


def person_of_link(*, token: str, house: House, now: datetime) -> Person:
    """Say whose a link is. :raises LinkRefused:"""
    try:
        who, until, signature = token.split("-")
        person_id, ends_at = UUID(who), datetime.fromtimestamp(int(until), tz=UTC)
    except (ValueError, OverflowError, OSError):
        raise LinkRefused from None
    with in_control():
        person: Person | None = Person.objects.filter(pk=person_id).first()
    if person is None or now >= ends_at or not _is_signed(person, house, int(until), signature):
        raise LinkRefused
    if not house.lets_in(person):
        raise LinkRefused
    return person


def set_password(*, token: str, house: House, password: str, now: datetime) -> Person:
    """Set the password of whoever holds a link; the link, all others and every session of theirs are over.

    :raises LinkRefused, WeakPassword:
    """
    asked = person_of_link(token=token, house=house, now=now)
    with in_control(), transaction.atomic(durable=True):
        person: Person = Person.objects.select_for_update().get(pk=asked.pk)
        if person.password != asked.password:  # the same link, twice at once
            raise LinkRefused
        write_password(person=person, password=password)
    return person


def write_password(*, person: Person, password: str) -> None:
    """Write a new password down, in the caller's transaction. :raises WeakPassword:"""
    try:
        validate_password(password, person)
    except ValidationError as reasons:
        raise WeakPassword(fields={"password": list(reasons.messages)}) from None
    person.set_password(password)
    person.save(update_fields=["password"])


def _sign(person: Person, house: House, until: int) -> str:
    with in_store(house.store) if house.store else in_control():
        return sign(_words(person, until), purpose=_PURPOSE)


def _is_signed(person: Person, house: House, until: int, signature: str) -> bool:
    with in_store(house.store) if house.store else in_control():
        return is_signed(_words(person, until), signature, purpose=_PURPOSE)


def _words(person: Person, until: int) -> bytes:
    return f"{person.pk.hex}:{until}:{person.email}:{person.password}".encode()
