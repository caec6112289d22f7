"""Who works for the platform: invited by letter, taken away; every other operator is told of it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from control.audit.services import record_act
from control.console.tasks import tell_operators
from control.people.models import Person
from control.people.password_letters import take_turn
from control.people.services import register_person
from control.people.tasks import send_invitation
from kit.errors import Kind, Refused
from kit.phones import plain_phone


class AlreadyOperator(Refused):
    """This person works for the platform already."""

    code, kind, sentence = "already_operator", Kind.CONFLICT, _("这个邮箱已经是运营人员。")


class OperatorMissing(Refused):
    """There is no such operator."""

    code, kind, sentence = "operator_missing", Kind.MISSING, _("没有找到这名运营人员。")


class NotYourself(Refused):
    """Nobody takes the console away from themself: somebody must remain."""

    code, kind, sentence = "not_yourself", Kind.CONFLICT, _("不能移除自己，请另一位运营人员来操作。")


class OperatorIsIn(Refused):
    """This person has a password and needs no other invitation."""

    code, kind, sentence = "operator_is_in", Kind.CONFLICT, _("对方已经设置过密码，忘记了可以在登录页找回。")


def add_operator(*, email: str, name: str, phone: str, by: Person, now: datetime) -> Person:
    """Make somebody an operator and invite them by letter; who logs in with this e-mail already keeps the password.

    :raises NotAPhone, AlreadyOperator, TooManyLetters:
    """
    number = plain_phone(phone)
    with transaction.atomic(durable=True):
        person: Person | None = Person.objects.select_for_update().filter(email__iexact=email.strip()).first()
        if person is None:
            person = register_person(email=email, phone=number, password=None, name=name.strip(), now=now)
        elif person.is_operator:
            raise AlreadyOperator(fields={"email": [AlreadyOperator.sentence]})
        person.is_operator = True
        person.save(update_fields=["is_operator"])
        take_turn(email=person.email, now=now)
        record_act(what="operator.added", actor=by.email, now=now, email=person.email)
        _invite(person, by)
        _tell_others("added", person, by)
    return person


def invite_operator(*, person_id: UUID, by: Person, now: datetime) -> Person:
    """Send another letter to an operator without a password. :raises OperatorMissing, OperatorIsIn, TooManyLetters:"""
    with transaction.atomic(durable=True):
        person = _locked(person_id)
        if person.has_usable_password():
            raise OperatorIsIn
        take_turn(email=person.email, now=now)
        record_act(what="operator.invited", actor=by.email, now=now, email=person.email)
        _invite(person, by)
    return person


def remove_operator(*, person_id: UUID, by: Person, now: datetime) -> Person:
    """Take the console away from somebody, from their next request on. :raises OperatorMissing, NotYourself:"""
    if person_id == by.pk:
        raise NotYourself
    with transaction.atomic(durable=True):
        person = _locked(person_id)
        person.is_operator = False
        person.save(update_fields=["is_operator"])
        record_act(what="operator.removed", actor=by.email, now=now, email=person.email)
        _tell_others("removed", person, by)
    return person


def _locked(person_id: UUID) -> Person:
    person: Person | None = Person.objects.select_for_update().filter(pk=person_id, is_operator=True).first()
    if person is None:
        raise OperatorMissing
    return person


def _invite(person: Person, by: Person) -> None:
    told = {"person_id": str(person.pk), "merchant_id": None, "by": by.email}
    transaction.on_commit(lambda: send_invitation.delay(**told), robust=True)


def _tell_others(what: str, person: Person, by: Person) -> None:
    # One operator alone could otherwise be the second person of their own refunds
    told = {"what": what, "email": person.email, "by": by.email}
    transaction.on_commit(lambda: tell_operators.delay(**told), robust=True)
