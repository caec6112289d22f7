"""A member's balance: grown and taken in the caller's transaction, together with the ledger's postings."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.tenancy import current_store
from tenants.journal.services import Actor, record
from tenants.ledger.models import Book
from tenants.ledger.services import Side, post
from tenants.members.models import Member
from tenants.payments.models import Balance, TopUp

MOST_MINOR = 10_000_000  # one top-up; beyond it somebody mistyped


class BalanceShort(Refused):
    """The member has less with the shop than that."""

    code, kind, sentence = "balance_short", Kind.CONFLICT, _("余额不够，请换一种付款方式。")


class TopUpWrong(Refused):
    """Nothing, or more than a shop puts on a balance at once, or no reason given."""

    code, kind, sentence = "top_up_wrong", Kind.INVALID, _("请填写金额（不超过 10 万元）和原因。")


class MemberMissing(Refused):
    """Nobody with this phone has ever signed in here."""

    code, kind, sentence = "member_missing", Kind.MISSING, _("没有这个手机号的顾客，请先让顾客登录一次店铺。")


def member_with_phone(phone: str) -> Member:
    """Find the member whose balance is meant. :raises MemberMissing:"""
    member = Member.objects.filter(phone=phone).first()
    if member is None:
        raise MemberMissing
    return member


def balance_minor(member_id: UUID) -> int:
    """Say what a member has with the shop, in minor units of the store's currency."""
    found = Balance.objects.filter(member_id=member_id).values_list("amount_minor", flat=True).first()
    return found or 0


def add_balance(*, member_id: UUID, amount_minor: int, currency: str) -> None:
    """Let a balance grow, in the caller's transaction, which posts the same to the ledger."""
    Balance.objects.get_or_create(member_id=member_id, defaults={"currency": currency})
    Balance.objects.filter(member_id=member_id).update(amount_minor=F("amount_minor") + amount_minor)


def take_balance(*, member_id: UUID, amount_minor: int) -> None:
    """Take from a balance by one guarded statement, in the caller's transaction. :raises BalanceShort:"""
    enough = Balance.objects.filter(member_id=member_id, amount_minor__gte=amount_minor)
    if not enough.update(amount_minor=F("amount_minor") - amount_minor):
        raise BalanceShort


def top_up(*, member_id: UUID, amount_minor: int, reason: str, by_name: str, key: str, now: datetime) -> TopUp:
    """Put money on a member's balance (or take a mistake back), once a key, with who and why.

    :raises TopUpWrong, BalanceShort, Member.DoesNotExist:
    """
    if not amount_minor or abs(amount_minor) > MOST_MINOR or not reason.strip():
        raise TopUpWrong
    currency = current_store().currency
    with transaction.atomic(durable=True):
        member = Member.objects.select_for_update(no_key=True).get(pk=member_id)
        if known := TopUp.objects.filter(key=key).first():
            return known
        made = TopUp.objects.create(
            member=member,
            amount_minor=amount_minor,
            currency=currency,
            reason=reason.strip(),
            by_name=by_name,
            key=key,
            at=now,
        )
        if amount_minor > 0:
            add_balance(member_id=member_id, amount_minor=amount_minor, currency=currency)
        else:
            take_balance(member_id=member_id, amount_minor=-amount_minor)
        post(
            what="balance.topped_up",
            subject_id=made.id,
            sides=[Side(Book.BALANCE_TOPUP, amount_minor), Side(Book.MEMBER_BALANCE, -amount_minor, member_id)],
            currency=currency,
            at=now,
        )
        actor = Actor(kind="staff", name=by_name)
        record(what="balance.topped_up", subject=member, at=now, actor=actor, reason=reason, amount_minor=amount_minor)
    return made
