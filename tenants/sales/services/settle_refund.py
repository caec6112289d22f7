"""News of a refund arrives."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.integrations.services.announce import announce
from tenants.journal.services import Actor, leave_fact, record
from tenants.ledger.models import Book
from tenants.ledger.services import Side, post
from tenants.orders.models import Order
from tenants.orders.services import note_money
from tenants.orders.told import told
from tenants.payments.balances import add_balance
from tenants.payments.models import Refund, RefundState
from tenants.payments.news import RefundNews
from tenants.payments.services import hear_refund
from tenants.payments.ways import BALANCE
from tenants.sales.services.note_bounced import note_bounced


class RefundMissing(Refused):
    """No refund has this key."""

    code, kind, sentence = "refund_missing", Kind.MISSING, _("没有找到这笔退款。")


def settle_refund(*, news: RefundNews, now: datetime) -> Refund:
    """Take in what a provider says of a refund; in any order and any number of times the result is the same.

    A refund the provider refuses stays failed, with a journal entry: a person must look; so with one that had arrived
    and comes back from the bank.

    :raises RefundMissing:
    """
    found = Refund.objects.select_related("payment").filter(key=news.key).first()
    if found is None:
        raise RefundMissing
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update(no_key=True).get(pk=found.payment.first_order_id)
        refund = Refund.objects.select_for_update(no_key=True).get(pk=found.pk)
        before = refund.state
        actor = Actor(kind="provider", name=found.payment.method)
        if hear_refund(refund=refund, news=news, at=now):
            source, party = Book.CLEARING, None
            if refund.to_balance or found.payment.method == BALANCE:
                source, party = Book.MEMBER_BALANCE, order.member_id
                add_balance(member_id=order.member_id, amount_minor=refund.amount_minor, currency=refund.currency)
            take_in(order=order, refund=refund, source=Side(source, -refund.amount_minor, party), actor=actor, now=now)
        elif refund.state == RefundState.FAILED != before:
            record(what="refund.failed", subject=refund, at=now, actor=actor, reason=news.failure)
        elif news.state == RefundState.FAILED and refund.state == RefundState.SUCCEEDED and refund.hand_at is None:
            note_bounced(refund=refund, reason=news.failure, now=now)
    return refund


def take_in(*, order: Order, refund: Refund, source: Side, actor: Actor, now: datetime) -> None:
    """Let follow what follows when a locked refund's money has gone, in the caller's transaction."""
    amount = refund.amount_minor
    note_money(order=order, refunded_minor=amount)
    post(
        what="payment.refunded",
        subject_id=refund.id,
        sides=[Side(Book.ORDER, amount, order.id), source],
        currency=refund.currency,
        at=now,
    )
    if not refund.is_return:
        _tell_billing(order, refund, now)
    record(what="order.refunded", subject=order, at=now, actor=actor, amount_minor=amount)
    announce(kind="order.refunded", key=str(refund.pk), about=told(order), at=now)


def _tell_billing(order: Order, refund: Refund, now: datetime) -> None:
    # Money that came late or twice was never told of, so only what was kept is told of when it goes
    leave_fact(
        event_key=f"order_refunded:{refund.pk}",
        meter="order_refunded",
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        occurred_at=now,
        payload={
            "ref_event_key": f"order_paid:{order.pk}",
            "order_id": str(order.pk),
            "order_number": order.number,
        },
    )
