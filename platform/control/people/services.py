"""Registering people, seating them, and carrying them between hosts."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from control.merchants.limits import keep_within_limit
from control.people.models import EntryPass, Person, Role, Seat
from kit.errors import Kind, Refused

PASS_LIVES = timedelta(seconds=60)


class EmailTaken(Refused):
    """Somebody registered with this e-mail already."""

    code, kind, sentence = "email_taken", Kind.CONFLICT, _("这个邮箱已经注册过，请直接登录。")


class WeakPassword(Refused):
    """The password does not meet the rules; the sentences say which."""

    code, kind, sentence = "weak_password", Kind.INVALID, _("密码不够安全。")


class PassRefused(Refused):
    """An entry pass that is unknown, used, too old or of another store."""

    code, kind, sentence = "pass_refused", Kind.FORBIDDEN, _("登录链接已失效，请重新登录。")


def register_person(
    *, email: str, phone: str, password: str | None, name: str, now: datetime, language: str = "zh-hans"
) -> Person:
    """Register someone who will log in; without a password they set one by a link. :raises EmailTaken, WeakPassword:"""
    if Person.objects.filter(email__iexact=email).exists():
        raise EmailTaken(fields={"email": [EmailTaken.sentence]})
    person = Person(email=email.strip().lower(), phone=phone, name=name, language=language, created_at=now)
    try:
        if password is not None:
            validate_password(password, person)
    except ValidationError as reasons:
        raise WeakPassword(fields={"password": list(reasons.messages)}) from None
    person.set_password(password)
    person.save()
    return person


def give_seat(*, person: Person, merchant_id: UUID, role: Role, now: datetime) -> Seat:
    """Seat a person at a merchant; one who sits there already keeps the seat with the new role.

    :raises PlanLimitReached: the plan has no seat left.
    """
    seats = Seat.objects.filter(merchant_id=merchant_id)
    if not seats.filter(person=person).exists():
        keep_within_limit(merchant_id=merchant_id, what="staff", used=seats.count())
    seat, _made = Seat.objects.update_or_create(
        person=person,
        merchant_id=merchant_id,
        defaults={"role": role},
        create_defaults={"role": role, "created_at": now},
    )
    return seat


def issue_pass(*, person: Person, merchant_id: UUID, now: datetime) -> str:
    """Issue a pass for one entry into one store within a minute; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    EntryPass.objects.create(
        token_hash=_hash(token), person=person, merchant_id=merchant_id, expires_at=now + PASS_LIVES
    )
    return token


def redeem_pass(*, token: str, merchant_id: UUID, now: datetime) -> Person:
    """Take a pass and say whose it was. :raises PassRefused:"""
    taken = EntryPass.objects.filter(
        token_hash=_hash(token), merchant_id=merchant_id, used_at=None, expires_at__gt=now
    ).update(used_at=now)
    if not taken:
        raise PassRefused
    return EntryPass.objects.select_related("person").get(token_hash=_hash(token)).person


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
