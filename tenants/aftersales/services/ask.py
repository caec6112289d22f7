"""Somebody says what was wrong with the goods, and what they want for it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit.errors import Kind, Refused
from tenants.aftersales.models import SHOWN_REASONS, AfterSale, Reason, Remedy, State
from tenants.aftersales.photos import hang
from tenants.aftersales.selectors import left_of
from tenants.journal.services import Actor, record
from tenants.leaders.models import Leader
from tenants.members.models import Member
from tenants.orders.models import PAID_STATES, Order, OrderLine, OrderState

LEADER_WITHIN = timedelta(hours=24)
STORE_WITHIN = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: so many pieces of a line whole, or with ``amount_minor`` a part of what they cost."""

    line_id: UUID
    reason: Reason
    remedy: Remedy
    quantity: int
    amount_minor: int | None = None
    words: str = ""
    photo_ids: Collection[UUID] = ()


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: a member for an order of theirs, a leader for one of their members', or the store's staff.

    ``member`` is who uploaded the pictures; staff uploads none.
    """

    actor: Actor
    member: Member | None = None
    leader: Leader | None = None


class LineMissing(Refused):
    """There is no such line in an order of the one who asks."""

    code, kind, sentence = "after_sale_line_missing", Kind.MISSING, gettext_lazy("没有找到这件商品的订单。")


class TooLateToAsk(Refused):
    """The order was never paid, was given back whole, or is completed."""

    code, kind = "after_sale_too_late", Kind.CONFLICT
    sentence = gettext_lazy("这个订单现在不能申请售后，如有问题请联系商家。")


class NothingAsked(Refused):
    """No pieces, or an amount that cannot be."""

    code, kind, sentence = "after_sale_nothing", Kind.INVALID, gettext_lazy("请填写要售后的份数和金额。")


class MoreThanLeft(Refused):
    """More than is left of the line, beside what other requests ask for. Facts: ``left_quantity``, ``left_minor``."""

    code, kind = "after_sale_more_than_left", Kind.CONFLICT
    sentence = gettext_lazy("超过了这件商品还能申请的份数或金额。")


class PhotoNeeded(Refused):
    """The reason is one that a picture must show."""

    code, kind, sentence = "after_sale_photo_needed", Kind.INVALID, gettext_lazy("请上传至少一张照片，方便核实。")


def ask_after_sale(*, asked: Asked, by: Asker, key: str, now: datetime) -> AfterSale:
    """Open a request about a line, once a key. A member's goes to the leader first, any other to the store.

    :raises LineMissing, TooLateToAsk, NothingAsked, MoreThanLeft, PhotoNeeded, PhotoMissing, TooManyPhotos:
    """
    with transaction.atomic(durable=True):
        order = _held_order(asked.line_id, by)
        if known := AfterSale.objects.filter(order=order, key=key).first():
            return known
        line = order.lines.get(pk=asked.line_id)
        _refuse(asked, by, order, line)
        is_members = by.actor.kind == "member"
        after_sale = AfterSale.objects.create(
            number=f"{order.number}-{AfterSale.objects.filter(order=order).count() + 1}",
            order=order,
            order_line=line,
            member_id=order.member_id,
            leader_id=order.leader_id,
            asked_by=by.actor.kind,
            asked_by_name=by.actor.name[:60],
            key=key,
            reason=asked.reason,
            remedy=asked.remedy,
            words=asked.words.strip()[:200],
            quantity=asked.quantity,
            asked_minor=asked.amount_minor,
            state=State.LEADER_REVIEW if is_members else State.STORE_REVIEW,
            due_at=now + (LEADER_WITHIN if is_members else STORE_WITHIN),
            leader_agrees=True if by.actor.kind == "leader" else None,
            leader_words=asked.words.strip()[:200] if by.actor.kind == "leader" else "",
            created_at=now,
        )
        hang(photo_ids=asked.photo_ids, member=by.member, after_sale=after_sale)
        record(what="after_sale.asked", subject=after_sale, at=now, actor=by.actor, reason=after_sale.words)
        record(
            what="order.after_sale_asked",
            subject=order,
            at=now,
            actor=by.actor,
            reason=str(Reason(asked.reason).label),
            title=line.title,
            quantity=asked.quantity,
        )
    return after_sale


def may_ask(order: Order) -> bool:
    """Say whether a member may ask for something at an order of theirs."""
    return order.state in PAID_STATES and order.state != OrderState.COMPLETED


def _held_order(line_id: UUID, by: Asker) -> Order:
    lines = OrderLine.objects.filter(pk=line_id)
    if by.actor.kind == "member":
        lines = lines.filter(order__member=by.member)
    elif by.actor.kind == "leader":
        lines = lines.filter(order__leader=by.leader)
    order_id = lines.values_list("order_id", flat=True).first()
    if order_id is None:
        raise LineMissing
    return Order.objects.select_for_update(no_key=True).get(pk=order_id)


def _refuse(asked: Asked, by: Asker, order: Order, line: OrderLine) -> None:
    if not (order.state in PAID_STATES if by.actor.kind == "person" else may_ask(order)):
        raise TooLateToAsk
    if asked.quantity < 1 or (asked.amount_minor is not None and asked.amount_minor < 1):
        raise NothingAsked
    left = left_of([line])[line.pk]
    amount = asked.amount_minor
    if asked.quantity > left.quantity or (amount or 0) > min(left.amount_minor, _most_for(line, asked.quantity)):
        sentence = _("“%(title)s”最多还能申请 %(left)d 份。") % {"title": line.title, "left": left.quantity}
        raise MoreThanLeft(
            sentence if asked.quantity > left.quantity else None,
            left_quantity=left.quantity,
            left_minor=left.amount_minor,
        )
    if by.actor.kind == "member" and asked.reason in SHOWN_REASONS and not asked.photo_ids:
        raise PhotoNeeded(fields={"photo_ids": [PhotoNeeded.sentence]})


def _most_for(line: OrderLine, quantity: int) -> int:
    return line.share_of(min(quantity, line.quantity - line.refunded_quantity))
