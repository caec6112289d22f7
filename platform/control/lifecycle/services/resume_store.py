"""An operator opens a store again."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from control.audit.services import record_act
from control.lifecycle.models import Erasure, StoreMove
from control.merchants.models import Merchant, MerchantState
from control.merchants.services import MoveRefused, locked_merchant, move_store
from kit.errors import Kind, Refused
from kit.tenancy import in_control


class UnderWay(Refused):
    """The store is moving to another cell; the move opens it again."""

    code, kind, sentence = "store_under_way", Kind.CONFLICT, _("店铺正在搬迁，搬完会自动恢复。")


def resume_store(*, merchant_id: UUID, by: str, reason: str, now: datetime) -> Merchant:
    """Give a suspended store back to billing's verdict. A wish to erase it is withdrawn with it.

    :raises NoSuchMerchant, MoveRefused, UnderWay: there is no such store, it is not suspended, or it is moving.
    """
    with in_control(), transaction.atomic(durable=True):
        merchant = locked_merchant(merchant_id)
        if merchant.state != MerchantState.SUSPENDED:
            raise MoveRefused(state=merchant.state, to=merchant.billed_state)
        if StoreMove.objects.filter(merchant_id=merchant_id, done_at=None).exists():
            raise UnderWay  # it is being copied: whatever is written now would be lost
        merchant = move_store(merchant_id=merchant_id, to=MerchantState(merchant.billed_state), now=now)
        wishes = Erasure.objects.filter(merchant_id=merchant_id, approved_at=None, withdrawn_at=None)
        wishes.update(withdrawn_at=now)
        record_act(
            what="merchant.state", actor=by, now=now, merchant_id=merchant_id, reason=reason, state=merchant.state
        )
    return merchant
