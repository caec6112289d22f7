"""The operator issues what was asked for at the tax office, brings the paper here; or says no; or reverses in red."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models.agreements import BillingAccount
from billing.models.fapiao import Fapiao, FapiaoPaper, FapiaoState, RedLetter, RedLetterState
from billing.services.request_fapiao import (
    FapiaoMovedOn,
    NoSuchFapiao,
    locked_fapiao,
    remember_fapiao,
)
from billing.services.write_letter import write_letter
from kit.errors import Kind, Refused
from kit.web.format import money

NUMBER_DIGITS = 20
LARGEST_PAPER = 2 * 1024 * 1024


class WrongFapiaoNumber(Refused):
    """A number of a fully electronic 发票 has twenty digits, and no two are the same."""

    code, kind = "wrong_fapiao_number", Kind.INVALID
    sentence = gettext_lazy("发票号码是 20 位数字，且不能和别的发票重复。")


class NotAPaper(Refused):
    """What was uploaded is no PDF, or too large."""

    code, kind, sentence = "not_a_paper", Kind.INVALID, gettext_lazy("请上传 2 MB 以内的 PDF 文件。")


class RejectionUnsaid(Refused):
    """A no needs its reason: the merchant reads it."""

    code, kind, sentence = "rejection_unsaid", Kind.INVALID, gettext_lazy("请写明驳回原因，商家会看到。")


def issue_fapiao(*, fapiao_id: UUID, number: str, paper: bytes, by: str, now: datetime) -> Fapiao:
    """Note the number and the paper of a 发票 that was asked for, and tell the merchant.

    Issued twice with one number, it is issued once.
    :raises NoSuchFapiao, FapiaoMovedOn, WrongFapiaoNumber, NotAPaper:
    """
    refuse_wrong_paper(number, paper)
    with transaction.atomic(durable=True):
        fapiao = locked_fapiao(fapiao_id)
        if fapiao.state == FapiaoState.ISSUED and fapiao.number == number:
            return fapiao
        if fapiao.state != FapiaoState.REQUESTED:
            raise FapiaoMovedOn
        refuse_taken_number(number)
        fapiao.state, fapiao.number = FapiaoState.ISSUED, number
        fapiao.issued_by, fapiao.issued_at = by, now
        fapiao.save()
        FapiaoPaper.objects.create(fapiao=fapiao, content=paper, kept_at=now)
        remember_fapiao(fapiao, what="fapiao.issued", by=by, now=now)
        words = {"number": number, "amount": money(fapiao.amount_minor, fapiao.currency), "name": fapiao.title.name}
        text = _("发票 %(number)s 已开出，抬头 %(name)s，金额 %(amount)s。请到后台“套餐与账单 › 发票”下载。")
        _tell(fapiao, _("发票已开出"), text % words, now)
        return fapiao


def reject_fapiao(*, fapiao_id: UUID, reason: str, by: str, now: datetime) -> Fapiao:
    """Say no to a request, with the reason the merchant reads. :raises NoSuchFapiao, FapiaoMovedOn, RejectionUnsaid:"""
    if not reason.strip():
        raise RejectionUnsaid(fields={"reason": [RejectionUnsaid.sentence]})
    with transaction.atomic(durable=True):
        fapiao = locked_fapiao(fapiao_id)
        if fapiao.state != FapiaoState.REQUESTED:
            raise FapiaoMovedOn
        fapiao.state, fapiao.closed_at, fapiao.closed_because = FapiaoState.REJECTED, now, reason.strip()
        fapiao.save()
        remember_fapiao(fapiao, what="fapiao.rejected", by=by, now=now, reason=fapiao.closed_because)
        _tell(fapiao, _("开票申请被驳回"), _("开票申请没有通过：%(reason)s") % {"reason": fapiao.closed_because}, now)
        return fapiao


def issue_red_letter(*, red_letter_id: UUID, number: str, paper: bytes, by: str, now: datetime) -> RedLetter:
    """Note the number and the paper of a red-letter 发票 that a credit note made necessary, and tell the merchant.

    :raises NoSuchFapiao, FapiaoMovedOn, WrongFapiaoNumber, NotAPaper:
    """
    refuse_wrong_paper(number, paper)
    with transaction.atomic(durable=True):
        fapiao_id = RedLetter.objects.filter(pk=red_letter_id).values_list("fapiao_id", flat=True).first()
        if fapiao_id is None:
            raise NoSuchFapiao
        fapiao = locked_fapiao(fapiao_id)
        red = RedLetter.objects.select_for_update().get(pk=red_letter_id)
        if red.state == RedLetterState.ISSUED and red.number == number:
            return red
        if red.state == RedLetterState.ISSUED:
            raise FapiaoMovedOn
        refuse_taken_number(number)
        red.state, red.number, red.issued_by, red.issued_at = RedLetterState.ISSUED, number, by, now
        red.save()
        FapiaoPaper.objects.create(fapiao=fapiao, red_letter=red, content=paper, kept_at=now)
        _close_if_reversed(fapiao, now)
        remember_fapiao(fapiao, what="fapiao.reversed", by=by, now=now)
        words = {"number": fapiao.number, "red": number, "amount": money(red.amount_minor, fapiao.currency)}
        _tell(fapiao, _("发票已红冲"), _("发票 %(number)s 已红冲 %(amount)s，红字发票号 %(red)s。") % words, now)
        return red


def refuse_wrong_paper(number: str, paper: bytes) -> None:
    """Refuse a number or a file that cannot be one. :raises WrongFapiaoNumber, NotAPaper:"""
    if len(number) != NUMBER_DIGITS or not (number.isascii() and number.isdigit()):
        raise WrongFapiaoNumber(fields={"number": [WrongFapiaoNumber.sentence]})
    if not paper.startswith(b"%PDF-") or len(paper) > LARGEST_PAPER:
        raise NotAPaper(fields={"paper": [NotAPaper.sentence]})


def refuse_taken_number(number: str) -> None:
    """Refuse a number another 发票 or red letter has. :raises WrongFapiaoNumber:"""
    if Fapiao.objects.filter(number=number).exists() or RedLetter.objects.filter(number=number).exists():
        raise WrongFapiaoNumber(fields={"number": [WrongFapiaoNumber.sentence]})


def _close_if_reversed(fapiao: Fapiao, now: datetime) -> None:
    reversed_minor = sum(red.amount_minor for red in fapiao.red_letters.filter(state=RedLetterState.ISSUED))
    if reversed_minor == fapiao.amount_minor:
        fapiao.state, fapiao.closed_at = FapiaoState.REVERSED, now
        fapiao.save(update_fields=["state", "closed_at"])


def _tell(fapiao: Fapiao, subject: str, text: str, now: datetime) -> None:
    payer: BillingAccount = fapiao.billing_account
    transaction.on_commit(partial(write_letter, billing_account=payer, subject=subject, text=text, now=now))
