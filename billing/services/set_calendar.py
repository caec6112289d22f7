"""Whether a merchant's months begin on the first of the calendar's, or on the day its plan began."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.models.agreements import BillingAccount
from billing.refusals import NoSubscription
from control.audit.services import record_act


def set_calendar(
    *, merchant_id: UUID, bills_by_calendar: bool, actor: str, reason: str, now: datetime
) -> BillingAccount:
    """Let the next plan that begins be counted from the first of a month, or from its own day. Safe to repeat.

    Nothing that runs moves: a plan keeps the anchor it began with, and a quote made before is refused if its amount
    is another now.

    :raises NoSubscription: the merchant never had a billing account.
    """
    with transaction.atomic(durable=True):
        found = BillingAccount.objects.select_for_update().filter(merchant_id=merchant_id).first()
        if found is None:
            raise NoSubscription
        if found.bills_by_calendar != bills_by_calendar:
            found.bills_by_calendar = bills_by_calendar
            found.save(update_fields=["bills_by_calendar"])
            record_act(
                what="account.calendar", actor=actor, now=now, merchant_id=merchant_id, reason=reason,
                by_calendar=bills_by_calendar,
            )  # fmt: skip
    return found
