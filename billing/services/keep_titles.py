"""The titles a merchant's 发票 are made out to."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import BillingAccount
from billing.models.fapiao import FapiaoTitle, TitleKind
from billing.tax_numbers import clean_tax_number, is_tax_number
from control.audit.services import record_act
from kit.errors import Kind, Refused

MOST_TITLES = 20


class WrongTaxNumber(Refused):
    """The tax number's characters, length or check character are wrong."""

    code, kind, sentence = "wrong_tax_number", Kind.INVALID, _("税号不对，请核对 18 位统一社会信用代码。")


class TitleNameMissing(Refused):
    """A title needs a name."""

    code, kind, sentence = "title_name_missing", Kind.INVALID, _("请填写发票抬头。")


class TooManyTitles(Refused):
    """More titles than anybody needs."""

    code, kind, sentence = "too_many_titles", Kind.CONFLICT, _("最多保存 20 个抬头，请先删掉不用的。")


class NoSuchTitle(Refused):
    """There is no such title of this merchant."""

    code, kind, sentence = "title_missing", Kind.MISSING, _("没有找到这个抬头。")


def add_title(
    *,
    merchant_id: UUID,
    kind: TitleKind,
    name: str,
    tax_number: str,
    actor: str,
    now: datetime,
    address: str = "",
    phone: str = "",
    bank: str = "",
    bank_number: str = "",
) -> FapiaoTitle:
    """Keep a title; one with the same words is the same title.

    :raises TitleNameMissing, WrongTaxNumber, TooManyTitles:
    """
    number = clean_tax_number(tax_number) if kind == TitleKind.COMPANY else ""
    if not name.strip():
        raise TitleNameMissing(fields={"name": [TitleNameMissing.sentence]})
    if kind == TitleKind.COMPANY and not is_tax_number(number):
        raise WrongTaxNumber(fields={"tax_number": [WrongTaxNumber.sentence]})
    words = {
        "kind": kind,
        "name": name.strip(),
        "tax_number": number,
        "address": address.strip(),
        "phone": phone.strip(),
        "bank": bank.strip(),
        "bank_number": bank_number.strip(),
    }
    with transaction.atomic(durable=True):
        payer = BillingAccount.objects.select_for_update().get(merchant_id=merchant_id)
        kept = FapiaoTitle.objects.filter(billing_account=payer, removed_at=None)
        if same := kept.filter(**words).first():
            return same
        if kept.count() >= MOST_TITLES:
            raise TooManyTitles
        title = FapiaoTitle.objects.create(billing_account=payer, added_at=now, **words)
        record_act(what="fapiao.title", actor=actor, now=now, merchant_id=merchant_id, name=title.name)
        return title


def remove_title(*, merchant_id: UUID, title_id: UUID, actor: str, now: datetime) -> None:
    """Take a title off the list; what was issued to it stays. :raises NoSuchTitle:"""
    with transaction.atomic(durable=True):
        title = title_of(merchant_id=merchant_id, title_id=title_id)
        title.removed_at = now
        title.save(update_fields=["removed_at"])
        record_act(what="fapiao.title_removed", actor=actor, now=now, merchant_id=merchant_id, name=title.name)


def title_of(*, merchant_id: UUID, title_id: UUID) -> FapiaoTitle:
    """Find one of a merchant's titles in use. :raises NoSuchTitle:"""
    titles = FapiaoTitle.objects.filter(billing_account__merchant_id=merchant_id, removed_at=None)
    found = titles.filter(pk=title_id).first()
    if found is None:
        raise NoSuchTitle
    return found
