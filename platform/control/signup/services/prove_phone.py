"""A stranger proves a phone by the code we send to it."""

import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from control.people.models import PhoneCode
from kit.errors import Kind, Refused
from kit.ids import new_digits
from kit.phones import plain_phone
from kit.ports.messages import send_sms
from kit.signing import sign

CODE_LIVES = timedelta(minutes=5)
WAIT = timedelta(seconds=60)
MOST_AN_HOUR = 5
MOST_TRIES = 5


class TooManyCodes(Refused):
    """Another code was sent a moment ago, or too many within the hour."""

    code, kind, sentence = "too_many_codes", Kind.TOO_MANY, _("验证码发送太频繁，请稍后再试。")


class WrongCode(Refused):
    """The code is wrong, too old, used, or was guessed at too often."""

    code, kind, sentence = "wrong_code", Kind.INVALID, _("验证码不正确或已过期，请重新获取。")


def send_phone_code(*, phone: str, now: datetime) -> datetime:
    """Send a six-digit code; return when the next may be asked for. :raises NotAPhone, TooManyCodes:"""
    phone = plain_phone(phone)
    code = new_digits(6)
    with transaction.atomic(durable=True):
        recent = list(
            PhoneCode.objects.select_for_update()
            .filter(phone=phone, sent_at__gt=now - timedelta(hours=1))
            .order_by("-sent_at")
        )
        if recent and recent[0].sent_at + WAIT > now:
            raise TooManyCodes(retry_after_seconds=int((recent[0].sent_at + WAIT - now).total_seconds()) + 1)
        if len(recent) >= MOST_AN_HOUR:
            raise TooManyCodes(retry_after_seconds=3600)
        PhoneCode.objects.create(phone=phone, code_hash=_hash(phone, code), sent_at=now, expires_at=now + CODE_LIVES)
    # After the commit: a code that was not stored must not be sent.
    send_sms(phone=phone, text=f"【邻里】您的注册验证码是 {code}，5 分钟内有效。", now=now)
    return now + WAIT


def check_phone_code(*, phone: str, code: str, now: datetime) -> str:
    """Check a code and return the normalised phone. The demo's fixed code opens any phone.

    A right code stays good until ``use_phone_code``: a sign-up that is refused for another reason must not cost
    the stranger a new SMS. Wrong tries are counted in a transaction of their own.
    :raises NotAPhone, WrongCode:
    """
    phone = plain_phone(phone)
    if settings.LINLI_DEMO and hmac.compare_digest(code.strip().encode(), settings.LINLI_DEMO_SMS_CODE.encode()):
        return phone
    with transaction.atomic(durable=True):
        latest = PhoneCode.objects.select_for_update().filter(phone=phone, used_at=None).order_by("-sent_at").first()
        fits = (
            latest is not None
            and latest.expires_at > now
            and latest.tries < MOST_TRIES
            and hmac.compare_digest(latest.code_hash, _hash(phone, code.strip()))
        )
        if latest is not None and not fits:
            latest.tries += 1
            latest.save(update_fields=["tries"])
    if not fits:
        raise WrongCode(fields={"code": [WrongCode.sentence]})
    return phone


def use_phone_code(*, phone: str, now: datetime) -> None:
    """Use up a phone's codes, in the transaction of the sign-up they opened."""
    PhoneCode.objects.filter(phone=phone, used_at=None).update(used_at=now)


def _hash(phone: str, code: str) -> str:
    return sign(f"{phone}:{code}".encode(), purpose="signup-code")
