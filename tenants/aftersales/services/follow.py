"""What follows a request: the leader's word, goods that come back or are exchanged, a second thought."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit.errors import Kind, Refused
from tenants.aftersales.models import JUDGED_BY_STORE, AfterSale, State
from tenants.aftersales.photos import hang
from tenants.aftersales.selectors import AfterSaleMissing
from tenants.aftersales.services.ask import STORE_WITHIN
from tenants.aftersales.services.decide import give_back, held_after_sale
from tenants.inventory.models import MoveKind
from tenants.inventory.services.move_stock import StockChange, move_stock
from tenants.journal.services import Actor, record
from tenants.leaders.models import Leader
from tenants.members.models import Member


class AppealNeeded(Refused):
    """An appeal says why."""

    code, kind, sentence = "after_sale_appeal_needed", Kind.INVALID, gettext_lazy("请写明申诉的理由。")


class TooLateToReopen(Refused):
    """A rejection can be taken back for a day."""

    code, kind = "after_sale_reopen_late", Kind.CONFLICT
    sentence = gettext_lazy("拒绝超过 24 小时，不能撤回了，顾客可以申诉。")


def note_opinion(
    *, after_sale_id: UUID, leader: Leader, agrees: bool, words: str, actor: Actor, now: datetime
) -> AfterSale:
    """Let the leader say whether it is so; the store decides. :raises AfterSaleMissing, AlreadyDecided:"""
    with transaction.atomic(durable=True):
        after_sale = _leaders(after_sale_id, leader, State.LEADER_REVIEW)
        after_sale.leader_agrees, after_sale.leader_words = agrees, words.strip()[:200]
        _to_store(after_sale, now)
        what = "after_sale.leader_agreed" if agrees else "after_sale.leader_doubted"
        record(what=what, subject=after_sale, at=now, actor=actor, reason=after_sale.leader_words)
    return after_sale


def take_goods_back(
    *, after_sale_id: UUID, leader: Leader | None, is_unopened: bool, actor: Actor, now: datetime
) -> AfterSale:
    """Note that goods came back, to the leader or, without one, to the store; their money is asked for at once.

    :raises AfterSaleMissing, AlreadyDecided, and what ``refund_lines`` raises:
    """
    with transaction.atomic(durable=True):
        after_sale = _leaders(after_sale_id, leader, State.RETURNING)
        after_sale.restock = is_unopened
        give_back(after_sale, actor=actor, now=now)
        after_sale.save()
    return after_sale


def note_replaced(*, after_sale_id: UUID, leader: Leader | None, actor: Actor, now: datetime) -> AfterSale:
    """Note that other goods were handed out for the bad ones; they leave the stock as a loss.

    :raises AfterSaleMissing, AlreadyDecided, StockShort:
    """
    with transaction.atomic(durable=True):
        after_sale = _leaders(after_sale_id, leader, State.REPLACING)
        after_sale.state, after_sale.due_at, after_sale.ended_at = State.DONE, None, now
        after_sale.save()
        record(what="after_sale.replaced", subject=after_sale, at=now, actor=actor)
        line = after_sale.order_line
        move_stock(
            kind=MoveKind.LOSS,
            changes=[
                StockChange(line.stock_id, on_hand_delta=-after_sale.quantity * line.stock_factor, ref_id=after_sale.pk)
            ],
            at=now,
            reason=_("售后换货 %(number)s") % {"number": after_sale.number},
            by_name=actor.name[:60],
        )
    return after_sale


def withdraw_after_sale(*, after_sale_id: UUID, member: Member, actor: Actor, now: datetime) -> AfterSale:
    """Let a member take a request back before its money is asked for. :raises AfterSaleMissing, AlreadyDecided:"""
    with transaction.atomic(durable=True):
        after_sale = _members(after_sale_id, member, *JUDGED_BY_STORE, State.RETURNING)
        end(after_sale, State.WITHDRAWN, now)
        record(what="after_sale.withdrawn", subject=after_sale, at=now, actor=actor)
    return after_sale


def appeal(
    *, after_sale_id: UUID, member: Member, words: str, photo_ids: list[UUID], actor: Actor, now: datetime
) -> AfterSale:
    """Let a member speak against a rejection, once. Safe to repeat only by being refused.

    :raises AfterSaleMissing, AlreadyDecided, AppealNeeded, PhotoMissing, TooManyPhotos:
    """
    if not words.strip():
        raise AppealNeeded(fields={"words": [AppealNeeded.sentence]})
    with transaction.atomic(durable=True):
        after_sale = _members(after_sale_id, member, State.REJECTED)
        after_sale.appeal = words.strip()[:200]
        after_sale.state, after_sale.due_at = State.APPEALED, now + STORE_WITHIN
        after_sale.save()
        hang(photo_ids=photo_ids, member=member, after_sale=after_sale)
        record(what="after_sale.appealed", subject=after_sale, at=now, actor=actor, reason=after_sale.appeal)
    return after_sale


def reopen(*, after_sale_id: UUID, actor: Actor, now: datetime) -> AfterSale:
    """Take a wrong rejection back within a day. :raises AfterSaleMissing, AlreadyDecided, TooLateToReopen:"""
    with transaction.atomic(durable=True):
        after_sale = held_after_sale(after_sale_id, State.REJECTED)
        if not after_sale.may_reopen(now):
            raise TooLateToReopen
        after_sale.answer, after_sale.decided_at, after_sale.decided_by = "", None, ""
        _to_store(after_sale, now)
        record(what="after_sale.reopened", subject=after_sale, at=now, actor=actor)
    return after_sale


def end(after_sale: AfterSale, state: State, now: datetime) -> None:
    """Write the end of a held request."""
    after_sale.state, after_sale.due_at, after_sale.ended_at = state, None, now
    after_sale.save(update_fields=["state", "due_at", "ended_at"])


def _to_store(after_sale: AfterSale, now: datetime) -> None:
    after_sale.state, after_sale.due_at = State.STORE_REVIEW, now + STORE_WITHIN
    after_sale.save()


def _leaders(after_sale_id: UUID, leader: Leader | None, *states: State) -> AfterSale:
    if leader and not AfterSale.objects.filter(pk=after_sale_id, leader=leader).exists():
        raise AfterSaleMissing
    return held_after_sale(after_sale_id, *states)


def _members(after_sale_id: UUID, member: Member, *states: State) -> AfterSale:
    if not AfterSale.objects.filter(pk=after_sale_id, member=member).exists():
        raise AfterSaleMissing
    return held_after_sale(after_sale_id, *states)
