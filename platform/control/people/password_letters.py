"""Letters about passwords: paced by the e-mail they go to, and silent about who is known."""

import hashlib
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from control.merchants.models import Merchant
from control.people.models import PasswordLetter, Person, Seat
from control.people.password_links import INVITATION_LIVES, RESET_LIVES, House, make_link
from kit.errors import Kind, Refused
from kit.ports.messages import send_email
from kit.tenancy import in_control

WAIT = timedelta(seconds=60)
MOST_AN_HOUR = 5
_FORGET_AFTER = timedelta(days=1)


class TooManyLetters(Refused):
    """Another letter went to this e-mail a moment ago, or too many within the hour. Fact: ``retry_after_seconds``."""

    code, kind, sentence = "too_many_letters", Kind.TOO_MANY, gettext_lazy("邮件发送太频繁，请稍后再试。")


def take_turn(*, email: str, now: datetime) -> None:
    """Note that a letter to this e-mail was asked for, in the control plane; strangers' count as well.

    :raises TooManyLetters:
    """
    whom = hashlib.sha256(email.strip().lower().encode()).hexdigest()
    with transaction.atomic():
        PasswordLetter.objects.filter(at__lt=now - _FORGET_AFTER).delete()
        recent = list(
            PasswordLetter.objects.select_for_update()
            .filter(email_hash=whom, at__gt=now - timedelta(hours=1))
            .order_by("-at")
        )
        waits = [recent[0].at + WAIT] if recent else []
        if len(recent) >= MOST_AN_HOUR:
            waits.append(recent[MOST_AN_HOUR - 1].at + timedelta(hours=1))
        wait = max((until - now for until in waits), default=timedelta(0))
        if wait > timedelta(0):
            fields = {"email": [TooManyLetters.sentence]}
            raise TooManyLetters(fields=fields, retry_after_seconds=int(wait.total_seconds()) + 1)
        PasswordLetter.objects.create(email_hash=whom, at=now)


def write_reset(*, email: str, house: House, now: datetime) -> bool:
    """Send the link to whoever logs in here with this e-mail; nobody is told when there is no such person."""
    with in_control():
        person = Person.objects.filter(email__iexact=email.strip()).first()
    if person is None or not house.lets_in(person):
        return False
    link = make_link(person=person, house=house, lives=RESET_LIVES, now=now)
    with override(person.language):
        subject = _("重设登录密码")
        text = _(
            "有人用这个邮箱申请重设%(where)s的登录密码。请在 1 小时内打开链接设置新密码：%(link)s\n"
            "如果不是您申请的，不用理会，密码不会变。"
        ) % {"where": _name_of(house), "link": link}
    _send(person, house, subject, text, now)
    return True


def write_invitation(*, person: Person, house: House, by: str, now: datetime) -> None:
    """Tell somebody that they work here from now on; who has no password yet is given the way to set one."""
    with override(person.language):
        words = {"where": _name_of(house), "by": by, "role": _role_of(person, house)}
        subject = _("%(where)s邀请您加入") % words
        if person.has_usable_password():
            text = _("%(by)s 已把您添加为%(where)s的%(role)s。请用这个邮箱和原来的密码登录：%(link)s") % {
                **words,
                "link": f"{house.address}{house.login}",
            }
        else:
            link = make_link(person=person, house=house, lives=INVITATION_LIVES, now=now)
            text = _("%(by)s 邀请您担任%(where)s的%(role)s。请在 7 天内打开链接设置登录密码：%(link)s") % {
                **words,
                "link": link,
            }
    _send(person, house, subject, text, now)


def write_change(*, person: Person, house: House, now: datetime) -> None:
    """Tell somebody that their password is another one now."""
    with override(person.language):
        subject = _("登录密码已修改")
        text = _("您在%(where)s的登录密码刚刚修改过，其他设备都已退出。如果不是您本人，请马上重设密码。") % {
            "where": _name_of(house)
        }
    _send(person, house, subject, text, now)


def _name_of(house: House) -> str:
    if house.store is None:
        return _("邻里运营台")
    with in_control():
        name: str = Merchant.objects.values_list("name", flat=True).get(pk=house.store.merchant_id)
    return name


def _role_of(person: Person, house: House) -> str:
    if house.store is None:
        return _("平台运营")
    with in_control():
        seat = Seat.objects.get(person=person, merchant_id=house.store.merchant_id)
    return str(seat.get_role_display())


def _send(person: Person, house: House, subject: str, text: str, now: datetime) -> None:
    merchant_id = house.store.merchant_id if house.store else None
    send_email(address=person.email, subject=subject[:120], text=text, now=now, merchant_id=merchant_id)
