"""The second of the two people who erase a store: from here there is no way back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from control.audit.services import record_act
from control.domains.services.release_domain import release_all
from control.lifecycle.models import Erasure
from control.lifecycle.services.archive_store import CLOSED_FOR, StillClosing
from control.lifecycle.services.request_erasure import operator_with
from control.merchants.models import Domain, MerchantState
from control.merchants.services import locked_merchant, move_store
from kit.errors import Kind, Refused
from kit.tenancy import in_control


class SamePerson(Refused):
    """Whoever asked cannot approve."""

    code, kind, sentence = "same_person", Kind.FORBIDDEN, _("申请人不能自己批准，请另一位运营人员来批准。")


class NothingRequested(Refused):
    """Nobody asked for this store to be erased."""

    code, kind, sentence = "nothing_requested", Kind.CONFLICT, _("没有待批准的注销申请。")


def approve_erasure(*, merchant_id: UUID, by: str, now: datetime) -> Erasure:
    """Approve a request: every door closes for good, the addresses are nobody's; ``finish_erasure`` does the rest.

    Approved twice, the first approval stands.
    :raises NotAnOperator, NoSuchMerchant, NothingRequested, SamePerson, StillClosing, MoveRefused:
    """
    with in_control(), transaction.atomic(durable=True):
        approver = operator_with(by)
        merchant = locked_merchant(merchant_id)
        erasure = Erasure.objects.select_for_update().filter(merchant_id=merchant_id, withdrawn_at=None).first()
        if erasure is None:
            raise NothingRequested
        if erasure.requested_by.lower() == approver.email.lower():
            raise SamePerson
        if erasure.approved_at:
            return erasure
        if merchant.state == MerchantState.SUSPENDED and now < merchant.state_since + CLOSED_FOR:
            raise StillClosing
        move_store(merchant_id=merchant_id, to=MerchantState.ERASED, now=now)
        release_all(merchant_id=merchant_id, now=now)
        Domain.objects.filter(tenant=merchant).delete()
        erasure.approved_by, erasure.approved_at = approver.email, now
        erasure.save(update_fields=["approved_by", "approved_at"])
        record_act(
            what="store.erasure_approved", actor=approver.email, now=now, merchant_id=merchant_id, reason=erasure.reason
        )
    return erasure
