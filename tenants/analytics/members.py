"""Who shops here: the list of members with what each has bought."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import models
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.members.models import Member
from tenants.orders.models import Order

QUIET_DAYS = 30  # new: joined within them; silent: bought before and not within them
_BOUGHT = Q(paid_minor__gt=0)


class MemberKind(models.TextChoices):
    """Whom the list shows."""

    ALL = "", _("全部")
    NEW = "new", _("30 天内新客")
    SILENT = "silent", _("30 天没下单")
    NEVER = "never", _("还没下过单")
    POINTS = "points", _("有积分")


class MemberMissing(Refused):
    """There is no such member in this store."""

    code, kind, sentence = "member_missing", Kind.MISSING, _("没有找到这位顾客。")


@dataclass(frozen=True, slots=True)
class Bought:
    """What a member has paid for, ever, and when the last time was."""

    orders: int = 0
    gmv_minor: int = 0
    last_at: datetime | None = None


def members_for_desk(*, query: str = "", kind: str = "", now: datetime) -> QuerySet[Member]:
    """List members with purse and balance, the latest to join first; ``query`` is a name, a phone or a phone's end."""
    found = Member.objects.select_related("purse", "balance")
    if query := query.strip():
        found = found.filter(Q(nickname__icontains=query) | Q(phone__endswith=query) | Q(phone=query))
    since = now - timedelta(days=QUIET_DAYS)
    bought = Order.objects.filter(_BOUGHT, member=OuterRef("pk"))
    match kind:
        case MemberKind.NEW:
            found = found.filter(joined_at__gte=since)
        case MemberKind.SILENT:
            found = found.filter(Exists(bought), ~Exists(bought.filter(placed_at__gte=since)))
        case MemberKind.NEVER:
            found = found.filter(~Exists(bought))
        case MemberKind.POINTS:
            found = found.filter(purse__balance__gt=0)
    return found.order_by("-joined_at", "id")


def bought_by(member_ids: Collection[UUID]) -> dict[UUID, Bought]:
    """Sum what each of these members has paid for: one statement; who bought nothing has zeros."""
    rows = (
        Order.objects.filter(_BOUGHT, member__in=list(member_ids))
        .order_by()
        .values("member_id")
        .annotate(orders=Count("pk"), gmv=Sum("paid_minor"), last=Max("placed_at"))
    )
    known = {row["member_id"]: Bought(row["orders"], row["gmv"], row["last"]) for row in rows}
    return {member_id: known.get(member_id, Bought()) for member_id in member_ids}


def member_for_desk(member_id: UUID) -> Member:
    """Read a member with purse and balance. :raises MemberMissing:"""
    member: Member | None = Member.objects.select_related("purse", "balance").filter(pk=member_id).first()
    if member is None:
        raise MemberMissing
    return member


def orders_of_member(member: Member) -> QuerySet[Order]:
    """List a member's orders, the latest first, whatever became of them."""
    return Order.objects.filter(member=member).order_by("-placed_at", "id")
