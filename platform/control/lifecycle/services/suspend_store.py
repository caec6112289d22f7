"""An operator closes a store."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from control.audit.services import record_act
from control.merchants.models import Merchant, MerchantState
from control.merchants.services import move_store
from kit.tenancy import in_control


def suspend_store(*, merchant_id: UUID, by: str, reason: str, now: datetime) -> Merchant:
    """Close a store at every door; other processes follow within five seconds. Nothing is lost or forgotten.

    :raises NoSuchMerchant, MoveRefused:
    """
    with in_control(), transaction.atomic(durable=True):
        merchant = move_store(merchant_id=merchant_id, to=MerchantState.SUSPENDED, now=now)
        record_act(
            what="merchant.state", actor=by, now=now, merchant_id=merchant_id, reason=reason, state=merchant.state
        )
    return merchant
