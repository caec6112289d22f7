"""What time does to requests: nobody waits for ever."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from tenants.aftersales.models import AfterSale, State
from tenants.aftersales.services.ask import STORE_WITHIN
from tenants.aftersales.services.follow import end
from tenants.aftersales.services.instant import SYSTEM
from tenants.journal.services import record
from tenants.payments.models import Refund, RefundState

_MOST = 500  # a run; the next one takes the rest


def sweep_after_sales(*, now: datetime) -> int:
    """Move on what is due: unanswered requests go to the store or count as overdue, rejections become final, goods
    that never came back end it, and refunds whose money arrived are done. Return how many moved. Safe to repeat."""
    return _finish_refunded(now) + _move_due(now)


def _finish_refunded(now: datetime) -> int:
    open_money = Refund.objects.filter(order_refund=OuterRef("order_refund")).exclude(
        state__in=(RefundState.SUCCEEDED, RefundState.GIVEN_UP)
    )
    arrived = AfterSale.objects.filter(~Exists(open_money), state=State.REFUNDING)
    with transaction.atomic(durable=True):
        held = list(arrived.select_for_update(no_key=True, skip_locked=True, of=("self",)).order_by("id")[:_MOST])
        for after_sale in held:
            end(after_sale, State.DONE, now)
            record(what="after_sale.done", subject=after_sale, at=now, actor=SYSTEM)
    return len(held)


def _move_due(now: datetime) -> int:
    due = AfterSale.objects.filter(due_at__lte=now, overdue_at=None)
    with transaction.atomic(durable=True):
        held = list(due.select_for_update(no_key=True, skip_locked=True, of=("self",)).order_by("due_at")[:_MOST])
        for after_sale in held:
            _move(after_sale, now)
    return len(held)


def _move(after_sale: AfterSale, now: datetime) -> None:
    match after_sale.state:
        case State.LEADER_REVIEW:
            after_sale.state, after_sale.due_at = State.STORE_REVIEW, now + STORE_WITHIN
            after_sale.save(update_fields=["state", "due_at"])
            record(what="after_sale.passed_on", subject=after_sale, at=now, actor=SYSTEM)
        case State.REJECTED:
            end(after_sale, State.FINAL, now)
        case State.RETURNING:
            end(after_sale, State.WITHDRAWN, now)
            record(what="after_sale.lapsed", subject=after_sale, at=now, actor=SYSTEM)
        case _:  # the store owes an answer or an exchange: nothing is given or refused by itself, it is shown first
            after_sale.overdue_at = now
            after_sale.save(update_fields=["overdue_at"])
            record(what="after_sale.overdue", subject=after_sale, at=now, actor=SYSTEM)
