"""Sending the code that opens a phone's session."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.ids import new_digits
from kit.phones import plain_phone
from kit.ports.messages import send_store_sms
from kit.tenancy import current_store
from tenants.members.models import SmsCode
from tenants.members.tokens import hash_of_code

CODE_LIVES = timedelta(minutes=5)
RESEND_AFTER = timedelta(seconds=60)
MOST_AN_HOUR = 5  # an SMS costs money, and a stranger's phone must not be flooded through us
_HOUR = timedelta(hours=1)


class TooManyCodes(Refused):
    """A code was sent to this phone a moment ago, or too many within the hour. Facts: ``retry_after_seconds``."""

    code, kind, sentence = "too_many_codes", Kind.TOO_MANY, _("验证码发送太频繁，请稍后再试。")


@dataclass(frozen=True)
class SentCode:
    """When the next code may be asked for, and until when this one opens the door."""

    retry_after_seconds: int
    expires_at: datetime


def send_code(*, phone: str, now: datetime) -> SentCode:
    """Send a six-digit code to a phone; the one before it opens nothing any more.

    The database allows one living code a phone, so two requests at once send one SMS.
    :raises NotAPhone, TooManyCodes:
    """
    phone = plain_phone(phone)
    code = new_digits(6)
    try:
        with transaction.atomic(durable=True):
            _refuse_haste(phone, now=now)
            SmsCode.objects.filter(phone=phone, ended_at=None).update(ended_at=now)
            SmsCode.objects.create(
                phone=phone, code_hash=hash_of_code(phone, code), sent_at=now, expires_at=now + CODE_LIVES
            )
            # The code travels through the broker for a moment; what stays with us is its hash.
            text = _("【%(store)s】验证码 %(code)s，5 分钟内有效，请勿告诉他人。") % {
                "store": current_store().name,
                "code": code,
            }
            merchant_id = str(current_store().merchant_id)
            transaction.on_commit(partial(send_store_sms.delay, store=merchant_id, phone=phone, text=str(text)))
    except IntegrityError:
        raise TooManyCodes(retry_after_seconds=int(RESEND_AFTER.total_seconds())) from None
    return SentCode(retry_after_seconds=int(RESEND_AFTER.total_seconds()), expires_at=now + CODE_LIVES)


def _refuse_haste(phone: str, *, now: datetime) -> None:
    sent = SmsCode.objects.filter(phone=phone, sent_at__gt=now - _HOUR).order_by("-sent_at")
    moments = list(sent.values_list("sent_at", flat=True)[:MOST_AN_HOUR])
    if not moments:
        return
    may_send_at = moments[0] + RESEND_AFTER
    if len(moments) == MOST_AN_HOUR:
        may_send_at = max(may_send_at, moments[-1] + _HOUR)
    if may_send_at > now:
        raise TooManyCodes(retry_after_seconds=math.ceil((may_send_at - now).total_seconds()))
