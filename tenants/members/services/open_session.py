"""A phone signs in with the code it was sent."""

import hmac
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.phones import plain_phone
from tenants.members.models import Member, MemberSession, SmsCode
from tenants.members.tokens import hash_of_code, hash_of_token, new_token

SESSION_LIVES = timedelta(days=30)
MOST_TRIES = 5


class WrongCode(Refused):
    """The code is not the one sent, or too old, used, replaced, or guessed at five times."""

    code, kind, sentence = "wrong_code", Kind.INVALID, _("验证码不正确或已过期，请重新获取。")


class OpenedSession(NamedTuple):
    """The token, said once and kept by the phone alone, with whose it is and how long it lasts."""

    token: str
    member: Member
    expires_at: datetime


def open_session(*, phone: str, code: str, now: datetime) -> OpenedSession:
    """Sign a phone in; a phone that is new here becomes a member.

    :raises NotAPhone, WrongCode:
    """
    phone = plain_phone(phone)
    if not (_is_demo_code(code) or _use_code(phone, code.strip(), now=now)):
        raise WrongCode(fields={"code": [WrongCode.sentence]})
    token = new_token()
    with transaction.atomic(durable=True):
        member, is_new = Member.objects.get_or_create(
            phone=phone,
            defaults={"nickname": str(_("邻居%s") % phone[-4:]), "joined_at": now, "last_seen_at": now},
        )
        if not is_new:
            Member.objects.filter(pk=member.pk).update(last_seen_at=now)
        session = MemberSession.objects.create(
            member=member, token_hash=hash_of_token(token), created_at=now, expires_at=now + SESSION_LIVES
        )
    return OpenedSession(token=token, member=member, expires_at=session.expires_at)


def _is_demo_code(code: str) -> bool:
    # The setting is empty outside of a demo (config.settings.base); an empty code must never open anything.
    demo_code = settings.LINLI_DEMO_SMS_CODE
    return bool(settings.LINLI_DEMO and demo_code) and hmac.compare_digest(code.strip().encode(), demo_code.encode())


def _use_code(phone: str, code: str, *, now: datetime) -> bool:
    # Each try is counted by a guarded UPDATE that commits by itself, before the code is looked at: a refusal takes
    # nothing back, and a thousand guesses at once are still five.
    living = SmsCode.objects.filter(phone=phone, ended_at=None, expires_at__gt=now)
    if not living.filter(tries__lt=MOST_TRIES).update(tries=F("tries") + 1):
        return False
    return bool(living.filter(code_hash=hash_of_code(phone, code)).update(ended_at=now))
