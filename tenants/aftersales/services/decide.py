"""The store decides on a request: money back, goods back and money, other goods, or no."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit.errors import Kind, Refused
from kit.money import PPM, allocate
from tenants.aftersales.models import (
    JUDGED_BY_STORE,
    LOST_REASONS,
    AfterSale,
    Liability,
    Party,
    Reason,
    Remedy,
    State,
)
from tenants.aftersales.selectors import AfterSaleMissing
from tenants.journal.services import Actor, record
from tenants.orders.models import OrderLine
from tenants.sales.services.refund_lines import WantedRefund, refund_held

RETURN_WITHIN = timedelta(days=7)
APPEAL_WITHIN = timedelta(hours=72)
BEARS_ALL = {Party.STORE: PPM}


@dataclass(frozen=True, slots=True)
class Decision:
    """What the store grants. Without an amount the pieces whole; ``liability`` is who bears it, in parts a million."""

    remedy: Remedy
    amount_minor: int | None = None
    restock: bool = False
    answer: str = ""
    liability: Mapping[Party, int] = field(default_factory=lambda: BEARS_ALL)


class AlreadyDecided(Refused):
    """Somebody decided meanwhile, or the request was taken back."""

    code, kind = "after_sale_already_decided", Kind.CONFLICT
    sentence = gettext_lazy("这个申请的状态已经变了，请刷新后再看。")


class AnswerNeeded(Refused):
    """A no without a reason is no answer."""

    code, kind, sentence = "after_sale_answer_needed", Kind.INVALID, gettext_lazy("请写明拒绝的原因，顾客看得到。")


class MoreThanPieces(Refused):
    """More money than the pieces that are spoken of cost."""

    code, kind = "after_sale_more_than_pieces", Kind.CONFLICT
    sentence = gettext_lazy("退款金额不能超过这些份数的实付金额。")


class SharesOff(Refused):
    """The parties' shares do not make a whole."""

    code, kind = "after_sale_shares_off", Kind.INVALID
    sentence = gettext_lazy("各方承担比例加起来要等于 100%。")


def approve(*, after_sale_id: UUID, decision: Decision, actor: Actor, now: datetime) -> AfterSale:
    """Grant a request. A refund is asked for in the same transaction; returned goods and exchanges come first.

    :raises AfterSaleMissing, AlreadyDecided, SharesOff, MoreThanPieces, and what ``refund_lines`` raises:
    """
    with transaction.atomic(durable=True):
        return approve_held(after_sale_id=after_sale_id, decision=decision, actor=actor, now=now)


def approve_held(*, after_sale_id: UUID, decision: Decision, actor: Actor, now: datetime) -> AfterSale:
    """Do the same in the caller's transaction, which holds no order, visit or payment yet."""
    if sum(decision.liability.values()) != PPM or any(share < 0 for share in decision.liability.values()):
        raise SharesOff
    after_sale = held_after_sale(after_sale_id, *JUDGED_BY_STORE)
    after_sale.remedy = decision.remedy
    after_sale.approved_minor = decision.amount_minor
    after_sale.restock = decision.restock
    after_sale.answer = decision.answer.strip()[:200]
    after_sale.decided_at, after_sale.decided_by = now, actor.name[:60]
    after_sale.overdue_at = None
    label = str(Remedy(decision.remedy).label)
    if not after_sale.is_instant:
        told = after_sale.answer
        record(what="after_sale.approved", subject=after_sale, at=now, actor=actor, reason=told, remedy=label)
    _share_out(after_sale, decision.liability, now)
    if decision.remedy == Remedy.REFUND:
        give_back(after_sale, actor=actor, now=now)
    else:
        is_return = decision.remedy == Remedy.RETURN
        after_sale.state = State.RETURNING if is_return else State.REPLACING
        after_sale.due_at = now + RETURN_WITHIN
    after_sale.save()
    return after_sale


def reject(*, after_sale_id: UUID, answer: str, actor: Actor, now: datetime) -> AfterSale:
    """Refuse a request; the member may appeal for three days, and a refused appeal is the end.

    :raises AfterSaleMissing, AlreadyDecided, AnswerNeeded:
    """
    if not answer.strip():
        raise AnswerNeeded(fields={"answer": [AnswerNeeded.sentence]})
    with transaction.atomic(durable=True):
        after_sale = held_after_sale(after_sale_id, *JUDGED_BY_STORE)
        is_last = after_sale.state == State.APPEALED
        after_sale.state = State.FINAL if is_last else State.REJECTED
        after_sale.due_at = None if is_last else now + APPEAL_WITHIN
        after_sale.ended_at = now if is_last else None
        after_sale.overdue_at = None
        after_sale.answer = answer.strip()[:200]
        after_sale.decided_at, after_sale.decided_by = now, actor.name[:60]
        after_sale.save()
        what = "after_sale.upheld" if is_last else "after_sale.rejected"
        record(what=what, subject=after_sale, at=now, actor=actor, reason=after_sale.answer)
    return after_sale


def held_after_sale(after_sale_id: UUID, *states: State) -> AfterSale:
    """Hold a request until the transaction ends. :raises AfterSaleMissing: :raises AlreadyDecided: in no such state."""
    found = AfterSale.objects.select_for_update(no_key=True).filter(pk=after_sale_id).first()
    if found is None:
        raise AfterSaleMissing
    if found.state not in states:
        raise AlreadyDecided
    return found


def wanted_refund(after_sale: AfterSale, *, remedy: Remedy, amount_minor: int | None, restock: bool) -> WantedRefund:
    """Write a granted request as a refund of its line. :raises MoreThanPieces:"""
    line = OrderLine.objects.get(pk=after_sale.order_line_id)
    if amount_minor is not None:
        if not 0 < amount_minor <= line.share_of(min(after_sale.quantity, line.quantity - line.refunded_quantity)):
            raise MoreThanPieces
        return WantedRefund(line.pk, amount_minor=amount_minor)
    # What was fetched is spoken of, unless it is no longer wanted: then what still waits goes first
    was_fetched = remedy == Remedy.RETURN or after_sale.reason != Reason.UNWANTED
    is_lost = after_sale.reason in LOST_REASONS and not restock
    return WantedRefund(line.pk, quantity=after_sale.quantity, of_handed=was_fetched, restock=restock, lost=is_lost)


def give_back(after_sale: AfterSale, *, actor: Actor, now: datetime) -> None:
    """Ask for the money of a held request, in the caller's transaction; the caller saves the request.

    :raises MoreThanPieces, NotRefundable, TooMuchRefunded, MoreThanPaid:
    """
    wanted = wanted_refund(
        after_sale,
        remedy=Remedy(after_sale.remedy),
        amount_minor=after_sale.approved_minor,
        restock=after_sale.restock,
    )
    refund = refund_held(
        order_id=after_sale.order_id,
        wanted=[wanted],
        reason=_("售后：%(reason)s") % {"reason": after_sale.get_reason_display()},
        actor=actor,
        key=f"after-sale:{after_sale.pk}",
        now=now,
    )
    after_sale.order_refund, after_sale.state, after_sale.due_at = refund, State.REFUNDING, None
    _book(after_sale, refund.amount_minor, now)
    record(what="after_sale.refunding", subject=after_sale, at=now, actor=actor, amount_minor=refund.amount_minor)


def _share_out(after_sale: AfterSale, liability: Mapping[Party, int], now: datetime) -> None:
    """Write down who bears it; how much is known when the money is asked for."""
    after_sale.liabilities.all().delete()
    currency = after_sale.order.currency
    Liability.objects.bulk_create(
        Liability(after_sale=after_sale, party=party, share_ppm=share, amount_minor=0, currency=currency, at=now)
        for party, share in liability.items()
        if share
    )


def _book(after_sale: AfterSale, amount_minor: int, now: datetime) -> None:
    rows = list(after_sale.liabilities.order_by("party"))
    parts = allocate(amount_minor, [row.share_ppm for row in rows])
    for row, part in zip(rows, parts, strict=True):
        row.amount_minor, row.at = part, now
    Liability.objects.bulk_update(rows, ["amount_minor", "at"])
