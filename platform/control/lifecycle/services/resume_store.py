"""An operator opens a store again."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from control.audit.services import record_act
from control.lifecycle.models import Erasure
from control.merchants.models import Merchant, MerchantState
from control.merchants.services import MoveRefused, locked_merchant, move_store
from kit.tenancy import in_control


def resume_store(*, merchant_id: UUID, by: str, reason: str, now: datetime) -> Merchant:
    """Give a suspended store back to billing's verdict. A wish to erase it is withdrawn with it.

    :raises NoSuchMerchant, MoveRefused: there is no such store, or it is not suspended.
    """
    with in_control(), transaction.atomic(durable=True):
        merchant = locked_merchant(merchant_id)
        if merchant.state != MerchantState.SUSPENDED:
            raise MoveRefused(state=merchant.state, to=merchant.billed_state)
        merchant = move_store(merchant_id=merchant_id, to=MerchantState(merchant.billed_state), now=now)
        wishes = Erasure.objects.filter(merchant_id=merchant_id, approved_at=None, withdrawn_at=None)
        wishes.update(withdrawn_at=now)
        record_act(
            what="merchant.state", actor=by, now=now, merchant_id=merchant_id, reason=reason, state=merchant.state
        )
    return merchant
