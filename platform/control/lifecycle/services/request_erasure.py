"""The first of the two people who erase a store."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from control.audit.services import record_act
from control.lifecycle.models import Erasure
from control.merchants.models import MerchantState
from control.merchants.services import MoveRefused, locked_merchant
from control.people.models import Person
from kit.errors import Kind, Refused
from kit.tenancy import in_control


class NotAnOperator(Refused):
    """Only operators of the platform may do this."""

    code, kind, sentence = "not_an_operator", Kind.FORBIDDEN, _("只有平台运营人员可以这样做。")


class WrongName(Refused):
    """What was typed is not the store's address."""

    code, kind, sentence = "wrong_name", Kind.INVALID, _("输入的店铺地址不对。")


class ReasonMissing(Refused):
    """There is no reason."""

    code, kind, sentence = "reason_missing", Kind.INVALID, _("请写明原因。")


def request_erasure(*, merchant_id: UUID, by: str, typed_slug: str, reason: str, now: datetime) -> Erasure:
    """Ask for a suspended or archived store to be erased; nothing happens until somebody else approves.

    Asked twice, the first request stands.
    :raises NotAnOperator, NoSuchMerchant, WrongName, ReasonMissing, MoveRefused:
    """
    with in_control(), transaction.atomic(durable=True):
        asker = operator_with(by)
        merchant = locked_merchant(merchant_id)
        if typed_slug.strip() != merchant.slug:
            raise WrongName(fields={"typed_slug": [WrongName.sentence]})
        if not reason.strip():
            raise ReasonMissing(fields={"reason": [ReasonMissing.sentence]})
        asked = Erasure.objects.filter(merchant_id=merchant_id, withdrawn_at=None).first()
        if asked:
            return asked
        if merchant.state not in (MerchantState.SUSPENDED, MerchantState.ARCHIVED):
            raise MoveRefused(_("请先停用店铺。"), state=merchant.state, to=MerchantState.ERASED.value)
        asked = Erasure.objects.create(
            merchant_id=merchant_id, requested_by=asker.email, requested_at=now, reason=reason.strip()
        )
        record_act(
            what="store.erasure_requested", actor=asker.email, now=now, merchant_id=merchant_id, reason=asked.reason
        )
    return asked


def operator_with(email: str) -> Person:
    """Find one of the platform's operators, in the caller's control scope. :raises NotAnOperator:"""
    person: Person | None = Person.objects.filter(email__iexact=email.strip(), is_operator=True, is_active=True).first()
    if person is None:
        raise NotAnOperator
    return person
