"""Knowing a person by e-mail and password, and slowing down whoever guesses."""

import hashlib
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from control.people.models import LoginFailure, Person
from control.people.sessions import PersonBackend
from kit.errors import Kind, Refused

MOST_FAILURES = 5
WITHIN = timedelta(minutes=1)
_FORGET_AFTER = timedelta(days=1)


class WrongPassword(Refused):
    """The e-mail and the password do not belong together; which of them is wrong is not said."""

    code, kind, sentence = "wrong_password", Kind.INVALID, _("邮箱或密码不对，请再试一次。")


class TooManyTries(Refused):
    """Five wrong passwords within a minute. Facts: ``retry_after_seconds``."""

    code, kind, sentence = "too_many_tries", Kind.TOO_MANY, _("密码错误次数太多，请稍后再试。")


def log_in(*, email: str, password: str, now: datetime) -> Person:
    """Find the person who logs in. Runs in the control plane, outside a transaction: failures must stay written.

    :raises WrongPassword, TooManyTries:
    """
    whom = _hash(email)
    failures = LoginFailure.objects.filter(email_hash=whom, at__gt=now - WITHIN)
    oldest = failures.order_by("-at").values_list("at", flat=True)[MOST_FAILURES - 1 : MOST_FAILURES].first()
    if oldest:  # a right password is not looked at either, or guessing would go on unseen
        wait = max(1, int((oldest + WITHIN - now).total_seconds()) + 1)
        sentence = _("密码错误次数太多，请 %(seconds)d 秒后再试。") % {"seconds": wait}
        raise TooManyTries(sentence, fields={"password": [sentence]}, retry_after_seconds=wait)
    person = PersonBackend().authenticate(None, email=email.strip(), password=password)
    if person is None:
        LoginFailure.objects.filter(at__lt=now - _FORGET_AFTER).delete()
        LoginFailure.objects.create(email_hash=whom, at=now)
        raise WrongPassword(fields={"password": [WrongPassword.sentence]})
    LoginFailure.objects.filter(email_hash=whom).delete()
    return person


def _hash(email: str) -> str:
    # strangers' e-mails, typed by mistake, are not collected
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()
