"""A leader takes back a slip of the finger."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.commissions.services.mark_pending import unmark_pending
from tenants.fulfilment.models import Handover, Pickup
from tenants.fulfilment.recognition import Handed, recognise
from tenants.fulfilment.selectors import lines_of
from tenants.fulfilment.services.hand_over import lock_pickup, note_progress
from tenants.journal.services import Actor, record
from tenants.leaders.models import Leader
from tenants.orders.models import OrderLine

REVERSIBLE_FOR = timedelta(minutes=10)


class HandoverMissing(Refused):
    """There is no such handover, or another leader made it."""

    code, kind, sentence = "handover_missing", Kind.MISSING, _("没有找到这次提货登记。")


class AlreadyReversed(Refused):
    """It was taken back before."""

    code, kind, sentence = "already_reversed", Kind.CONFLICT, _("这次提货登记已经撤销过了。")


class TooLateToReverse(Refused):
    """Ten minutes have passed."""

    code, kind, sentence = "too_late_to_reverse", Kind.CONFLICT, _("已超过 10 分钟，不能撤销。请联系店铺处理。")


class RefundedSince(Refused):
    """What was handed out was refunded: taking the handover back would make it wait again."""

    code, kind, sentence = "refunded_since", Kind.CONFLICT, _("有商品已经退款，不能撤销这次提货登记。")


class ReasonNeeded(Refused):
    """A reversal says why."""

    code, kind, sentence = "reason_needed", Kind.INVALID, _("请写明撤销原因。")


def reverse_handover(*, handover_id: UUID, leader: Leader, reason: str, by_name: str, now: datetime) -> Pickup:
    """Undo one handover within ten minutes; the goods wait again.

    :raises HandoverMissing, AlreadyReversed, TooLateToReverse, RefundedSince, ReasonNeeded:
    """
    if not reason.strip():
        raise ReasonNeeded(fields={"reason": [ReasonNeeded.sentence]})
    with transaction.atomic(durable=True):
        found = Handover.objects.filter(pk=handover_id, pickup__leader=leader).first()
        if found is None:
            raise HandoverMissing
        pickup = lock_pickup(pickup_id=found.pickup_id, leader=leader)
        handover = Handover.objects.select_for_update().get(pk=handover_id)
        if handover.reversed_at:
            raise AlreadyReversed
        if now > handover.at + REVERSIBLE_FOR:
            raise TooLateToReverse
        handover.reversed_at = now
        handover.reversal_reason = reason.strip()
        handover.save(update_fields=["reversed_at", "reversal_reason"])
        present = list(lines_of(pickup).select_for_update(no_key=True, of=("self",)))
        back = _untick(handover, {line.id: line for line in present}, pickup.pickup_date)
        note_progress(pickup=pickup, lines=present, at=now, by_name=by_name)
        recognise(what="handover.reversed", handover=handover, handed=back, currency=present[0].order.currency, at=now)
        unmark_pending(line_ids=[change.line.id for change in back])
        actor = Actor(kind="leader", id=str(leader.id), name=by_name)
        for order in {change.line.order_id: change.line.order for change in back}.values():
            record(what="order.handover_reversed", subject=order, at=now, actor=actor, reason=reason.strip())
    return pickup


def _untick(handover: Handover, known: dict[UUID, OrderLine], day: date) -> list[Handed]:
    back = []
    for given in handover.lines.all():
        line = known[given.order_line_id]
        before = line.handed_quantity
        line.hand(-given.quantity, day=day)
        if line.handed_quantity < line.refunded_quantity - line.withdrawn_quantity:
            raise RefundedSince
        back.append(Handed(line=line, before=before, after=line.handed_quantity))
    return back
