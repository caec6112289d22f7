"""Somebody who is logged in takes another password."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from control.people.login import WrongPassword, log_in
from control.people.models import Person
from control.people.password_links import write_password
from kit.tenancy import in_control


class OldPasswordWrong(WrongPassword):
    """The password so far is another."""

    code, sentence = "old_password_wrong", _("当前密码不对，请再试一次。")


def change_password(*, person_id: UUID, old: str, password: str, now: datetime) -> Person:
    """Change the password of whoever knows the one so far; every other session of theirs is over.

    Guessing is slowed down as at the login page.

    :raises OldPasswordWrong, TooManyTries, WeakPassword:
    """
    with in_control():
        email = Person.objects.values_list("email", flat=True).get(pk=person_id)
        try:
            log_in(email=email, password=old, now=now)
        except WrongPassword:
            raise OldPasswordWrong(fields={"old": [OldPasswordWrong.sentence]}) from None
        with transaction.atomic(durable=True):
            person: Person = Person.objects.select_for_update().get(pk=person_id)
            write_password(person=person, password=password)
    return person
