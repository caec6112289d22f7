"""A wish to erase a store is taken back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from control.audit.services import record_act
from control.lifecycle.models import Erasure
from control.lifecycle.services.request_erasure import operator_with
from kit.tenancy import in_control


def withdraw_erasure(*, merchant_id: UUID, by: str, now: datetime) -> bool:
    """Take back a request that nobody has approved; any operator may. Say whether there was one.

    :raises NotAnOperator:
    """
    with in_control(), transaction.atomic(durable=True):
        operator = operator_with(by)
        waiting = Erasure.objects.filter(merchant_id=merchant_id, approved_at=None, withdrawn_at=None)
        withdrawn = bool(waiting.update(withdrawn_at=now))
        if withdrawn:
            record_act(what="store.erasure_withdrawn", actor=operator.email, now=now, merchant_id=merchant_id)
    return withdrawn
