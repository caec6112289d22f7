"""Stopping an account that billing must not touch any more, and letting it go again by two people."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import BillingAccount
from billing.models.parking import ParkedAccount, ParkingCause
from control.audit.services import record_act
from kit.errors import Kind, Refused
from kit.ports.messages import send_email


class IllegalBilling(Refused):
    """Billing found something that must not be; the account is parked until a person has looked."""

    code, kind, sentence = "illegal_billing", Kind.CONFLICT, _("账务数据不合规则，已停下等待核对。")
    cause = ParkingCause.ILLEGAL_STATE


class TooManyLines(IllegalBilling):
    """More invoice lines on one day than any honest day has. Facts: ``lines``, ``most``."""

    code, sentence = "too_many_lines", _("一天内的账单明细太多，已停下等待核对。")
    cause = ParkingCause.TOO_MANY_LINES


class NoPayer(IllegalBilling):
    """Nobody is named who would pay."""

    code, sentence = "no_payer", _("这家店没有付款方信息，不能出账。请先补全付款方名称和邮箱。")
    cause = ParkingCause.NO_PAYER


class NotParked(Refused):
    """The account is not parked, or no longer."""

    code, kind, sentence = "not_parked", Kind.CONFLICT, _("这个账户没有被暂停，或者已经恢复。")


class ReleaseNotAsked(Refused):
    """Nobody asked for the release yet."""

    code, kind, sentence = "release_not_asked", Kind.CONFLICT, _("还没有人申请恢复。")


class SamePerson(Refused):
    """Whoever asked cannot approve."""

    code, kind, sentence = "same_person", Kind.FORBIDDEN, _("申请人不能自己批准，请另一位运营人员来批准。")


def park_account(*, billing_account_id: UUID, cause: ParkingCause, detail: str, now: datetime) -> ParkedAccount:
    """Stop all billing of an account by the clock, and write to the operator. Parked already, it stays as it is."""
    with transaction.atomic(durable=True):
        parked, is_new = ParkedAccount.objects.get_or_create(
            billing_account_id=billing_account_id,
            released_at=None,
            defaults={"cause": cause, "detail": detail[:500], "parked_at": now},
        )
        if is_new:
            billing_account = BillingAccount.objects.get(pk=billing_account_id)
            record_act(
                what="account.parked",
                actor="billing",
                now=now,
                merchant_id=billing_account.merchant_id,
                reason=detail[:200],
            )
            transaction.on_commit(lambda: _alert(billing_account, parked, now), robust=True)
    return parked


def _alert(billing_account: BillingAccount, parked: ParkedAccount, now: datetime) -> None:
    text = _("%(name)s 的出账和扣款已自动暂停：%(cause)s。%(detail)s 请在运营台“暂停的账户”核对。")
    words = {"name": billing_account.legal_name, "cause": parked.get_cause_display(), "detail": parked.detail}
    send_email(
        address=settings.LINLI_OPERATOR_EMAIL,
        subject=str(_("一个账户已暂停出账")),
        text=str(text % words),
        now=now,
        merchant_id=billing_account.merchant_id,
    )


def ask_release(*, parked_id: UUID, by: str, reason: str, now: datetime) -> ParkedAccount:
    """Ask for an account to be billed again; another person must agree. :raises NotParked:"""
    with transaction.atomic(durable=True):
        parked = _locked(parked_id)
        parked.asked_by, parked.asked_at, parked.reason = by, now, reason[:200]
        parked.save(update_fields=["asked_by", "asked_at", "reason"])
    return parked


def release_account(*, parked_id: UUID, by: str, now: datetime) -> ParkedAccount:
    """Let an account be billed again: the next run makes up for what fell due. :raises NotParked, ReleaseNotAsked:

    :raises SamePerson: whoever asked may not agree.
    """
    with transaction.atomic(durable=True):
        parked = _locked(parked_id)
        if not parked.asked_by:
            raise ReleaseNotAsked
        if parked.asked_by.lower() == by.lower():
            raise SamePerson
        parked.released_by, parked.released_at = by, now
        parked.save(update_fields=["released_by", "released_at"])
        record_act(
            what="account.released",
            actor=by,
            now=now,
            merchant_id=parked.billing_account.merchant_id,
            reason=parked.reason,
            asked_by=parked.asked_by,
        )
    return parked


def _locked(parked_id: UUID) -> ParkedAccount:
    parked = (
        ParkedAccount.objects.select_for_update(of=("self",))
        .select_related("billing_account")
        .filter(pk=parked_id, released_at=None)
        .first()
    )
    if parked is None:
        raise NotParked
    return parked
