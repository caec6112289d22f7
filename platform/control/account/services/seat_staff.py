"""Who works in a shop: somebody is given a seat, another role, or no seat any more."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from control.audit.services import record_act
from control.people.models import Person, Role, Seat
from control.people.password_letters import take_turn
from control.people.services import give_seat, register_person
from control.people.tasks import send_invitation
from kit.errors import Kind, Refused
from kit.phones import plain_phone


class AlreadyStaff(Refused):
    """This person has a seat here."""

    code, kind, sentence = "already_staff", Kind.CONFLICT, _("这个邮箱已经是本店员工。")


class SeatMissing(Refused):
    """There is no such seat in this shop, or it is an owner's."""

    code, kind, sentence = "seat_missing", Kind.MISSING, _("没有找到这名员工。")


class RoleRefused(Refused):
    """Seats are given to managers and clerks; a shop's owner is not made here."""

    code, kind, sentence = "role_refused", Kind.INVALID, _("请选择店长或店员。")


class AlreadyIn(Refused):
    """This person has a password and needs no other invitation."""

    code, kind, sentence = "already_in", Kind.CONFLICT, _("这名员工已经设置过密码，忘记了可以在登录页找回。")


def add_staff(*, merchant_id: UUID, email: str, name: str, phone: str, role: str, by: str, now: datetime) -> Seat:
    """Give somebody a seat and invite them by letter. Who logs in with this e-mail already keeps name and password;
    others set a password by the letter's link.

    :raises RoleRefused, NotAPhone, AlreadyStaff, PlanLimitReached, TooManyLetters:
    """
    given = _role(role)
    number = plain_phone(phone)
    with transaction.atomic(durable=True):
        person = Person.objects.filter(email__iexact=email.strip()).first()
        if person is None:
            person = register_person(email=email, phone=number, password=None, name=name.strip(), now=now)
        elif Seat.objects.filter(person=person, merchant_id=merchant_id).exists():
            raise AlreadyStaff(fields={"email": [AlreadyStaff.sentence]})
        seat = give_seat(person=person, merchant_id=merchant_id, role=given, now=now)
        record_act(what="staff.added", actor=by, now=now, merchant_id=merchant_id, email=person.email, role=given.value)
        take_turn(email=person.email, now=now)
        _invite(seat, by)
    return seat


def invite_again(*, merchant_id: UUID, seat_id: UUID, by: str, now: datetime) -> Person:
    """Send another letter to somebody who has set no password yet. :raises SeatMissing, AlreadyIn, TooManyLetters:"""
    with transaction.atomic(durable=True):
        seat = _locked(merchant_id, seat_id)
        if seat.person.has_usable_password():
            raise AlreadyIn
        take_turn(email=seat.person.email, now=now)
        record_act(what="staff.invited", actor=by, now=now, merchant_id=merchant_id, email=seat.person.email)
        _invite(seat, by)
    return seat.person


def change_role(*, merchant_id: UUID, seat_id: UUID, role: str, by: str, now: datetime) -> Seat:
    """Make a clerk a manager, or the other way round. Safe to repeat. :raises RoleRefused, SeatMissing:"""
    given = _role(role)
    with transaction.atomic(durable=True):
        seat = _locked(merchant_id, seat_id)
        if seat.role != given:
            seat.role = given
            seat.save(update_fields=["role"])
            record_act(
                what="staff.moved", actor=by, now=now, merchant_id=merchant_id, email=seat.person.email,
                role=given.value,
            )  # fmt: skip
    return seat


def take_seat(*, merchant_id: UUID, seat_id: UUID, by: str, now: datetime) -> Person:
    """Take a seat away; from the next request on its person sees nothing of the shop. :raises SeatMissing:"""
    with transaction.atomic(durable=True):
        seat = _locked(merchant_id, seat_id)
        seat.delete()
        record_act(what="staff.removed", actor=by, now=now, merchant_id=merchant_id, email=seat.person.email)
    return seat.person


def _invite(seat: Seat, by: str) -> None:
    told = {"person_id": str(seat.person_id), "merchant_id": str(seat.merchant_id), "by": by}
    transaction.on_commit(lambda: send_invitation.delay(**told), robust=True)


def _role(role: str) -> Role:
    if role not in (Role.MANAGER, Role.CLERK):
        raise RoleRefused(fields={"role": [RoleRefused.sentence]})
    return Role(role)


def _locked(merchant_id: UUID, seat_id: UUID) -> Seat:
    # Owners are left out: a shop without one could never pay, and an owner does not lock themself out
    seats = Seat.objects.select_for_update(of=("self",)).exclude(role=Role.OWNER).select_related("person")
    seat = seats.filter(pk=seat_id, merchant_id=merchant_id).first()
    if seat is None:
        raise SeatMissing
    return seat
