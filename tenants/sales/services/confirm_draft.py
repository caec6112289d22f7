"""A neighbour confirms what was read out of the group chat, and it becomes an order like any other."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.campaigns.models import JoinDraft
from tenants.campaigns.selectors_drafts import DraftMissing, draft_by_link
from tenants.members.models import Member
from tenants.orders.models import Order
from tenants.sales.services.place_order import Contact, place_order
from tenants.sales.services.quote_lines import Quote, WantedLine, quote_lines


class NotYourDraft(Refused):
    """It names another phone, or another member has taken it."""

    code, kind, sentence = "not_your_draft", Kind.FORBIDDEN, _("这张单是别人的，请用接龙时写的手机号登录。")


@dataclass(frozen=True, slots=True)
class DraftShown:
    """A draft at today's prices."""

    draft: JoinDraft
    quote: Quote


def show_draft(*, draft_id: UUID, signature: str, now: datetime) -> DraftShown:
    """Read a draft by its link and price it for anybody. Changes nothing. :raises DraftMissing:"""
    draft = draft_by_link(draft_id=draft_id, signature=signature)
    return DraftShown(draft, quote_lines(lines=_wanted(draft), member=None, pickup_point_id=_point(draft), now=now))


def confirm_draft(*, draft_id: UUID, signature: str, member: Member, expected_total_minor: int, now: datetime) -> Order:
    """Make a draft the order of the member who confirms it first. Safe to repeat by that member.

    Nothing was held for it: what stands in an order's way stands in its way, and it may be tried again.

    :raises DraftMissing, NotYourDraft, and whatever ``place_order`` raises:
    """
    draft_by_link(draft_id=draft_id, signature=signature)
    draft = _take(draft_id, member)
    order = place_order(
        member=member,
        pickup_point_id=_point(draft),
        lines=_wanted(draft),
        contact=Contact(name=draft.name or member.nickname, phone=member.phone),
        remark=draft.room,
        expected_total_minor=expected_total_minor,
        key=f"draft:{draft.pk}",
        now=now,
    )
    JoinDraft.objects.filter(pk=draft.pk).update(order_id=order.pk)
    return order


def _take(draft_id: UUID, member: Member) -> JoinDraft:
    with transaction.atomic(durable=True):
        locked = JoinDraft.objects.select_for_update(of=("self",)).select_related("pasted")
        draft: JoinDraft | None = locked.filter(pk=draft_id, withdrawn_at=None).first()
        if draft is None:
            raise DraftMissing
        if (draft.phone and draft.phone != member.phone) or draft.member_id not in (None, member.pk):
            raise NotYourDraft
        if draft.member_id is None:
            draft.member = member
            draft.save(update_fields=["member"])
    return draft


def _wanted(draft: JoinDraft) -> list[WantedLine]:
    return [WantedLine(line.item_id, line.quantity) for line in draft.lines.all()]


def _point(draft: JoinDraft) -> UUID:
    point_id: UUID = draft.pasted.pickup_point_id
    return point_id
