"""Reading after-sales requests: a member's own, a leader's, the store's queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Prefetch, Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit.errors import Kind, Refused
from kit.web.format import money
from tenants.aftersales.models import PROMISED, AfterSale, AfterSalePhoto, InstantRule, Liability, Party, Reason, State
from tenants.journal.models import JournalEntry
from tenants.journal.selectors import entries_of
from tenants.leaders.models import Leader
from tenants.members.models import Member
from tenants.orders.models import PAID_STATES, Order, OrderLine
from tenants.orders.selectors import Happening

Cursor = tuple[datetime, UUID]


class AfterSaleMissing(Refused):
    """There is no such request, or it is somebody else's."""

    code, kind, sentence = "after_sale_missing", Kind.MISSING, gettext_lazy("没有找到这个售后申请。")


class PhotoMissing(Refused):
    """There is no such picture, or it is not for these eyes."""

    code, kind, sentence = "after_sale_photo_missing", Kind.MISSING, gettext_lazy("没有找到这张图片。")


@dataclass(frozen=True, slots=True)
class Left:
    """What may still be asked for of a line: pieces, money, and whether it was handed out."""

    quantity: int
    amount_minor: int


def after_sales_of(*, member: Member, after: Cursor | None = None, limit: int = 20) -> list[AfterSale]:
    """List a member's requests with line, order and pictures, the latest first, from behind ``after``."""
    return list(_page(_read(AfterSale.objects.filter(member=member)), after)[:limit])


def after_sale_of(*, member: Member, after_sale_id: UUID) -> AfterSale:
    """Read a member's own request. :raises AfterSaleMissing: also for another's."""
    return _one(AfterSale.objects.filter(member=member), after_sale_id)


def after_sales_of_order(order: Order) -> list[AfterSale]:
    """List an order's requests with line, order and pictures, the latest first."""
    return list(_page(_read(AfterSale.objects.filter(order=order)), None))


def after_sales_for_leader(
    *, leader: Leader, state: str = "", after: Cursor | None = None, limit: int = 20
) -> list[AfterSale]:
    """List the requests of a leader's members, the latest first; ``state`` "waiting" are those the leader acts on."""
    found = AfterSale.objects.filter(leader=leader).select_related("member")
    if state:
        waiting = (State.LEADER_REVIEW, State.RETURNING, State.REPLACING)
        found = found.filter(state__in=waiting) if state == "waiting" else found.exclude(state__in=waiting)
    return list(_page(_read(found), after)[:limit])


def after_sale_for_leader(*, leader: Leader, after_sale_id: UUID) -> AfterSale:
    """Read a request of a leader's member. :raises AfterSaleMissing: also for another leader's."""
    return _one(AfterSale.objects.filter(leader=leader).select_related("member"), after_sale_id)


def after_sale_for_desk(after_sale_id: UUID) -> AfterSale:
    """Read any request of the store. :raises AfterSaleMissing:"""
    return _one(AfterSale.objects.select_related("leader", "member"), after_sale_id)


def after_sales_for_desk(*, tab: str = "", query: str = "", reason: str = "") -> QuerySet[AfterSale]:
    """List the store's requests: what waits for the store by its deadline, the rest the latest first."""
    found = _read(AfterSale.objects.all()).select_related("leader")
    if query := query.strip():
        found = found.filter(
            Q(number__startswith=query)
            | Q(order__contact_phone__contains=query)
            | Q(order__contact_name__contains=query)
            | Q(order__leader_name__contains=query)
            | Q(order_line__title__icontains=query)
        )
    if reason:
        found = found.filter(reason=reason)
    if tab:
        found = found.filter(state__in=TABS[tab])
    return found.order_by("due_at", "id") if tab == "waiting" else found.order_by("-created_at", "id")


TABS: dict[str, Sequence[str]] = {
    "waiting": (State.STORE_REVIEW, State.APPEALED),
    "leader": (State.LEADER_REVIEW,),
    "under_way": (State.RETURNING, State.REPLACING, State.REFUNDING),
    "done": (State.DONE,),
    "rejected": (State.REJECTED, State.FINAL, State.WITHDRAWN),
}


def count_for_desk(*, query: str = "", reason: str = "") -> dict[str, int]:
    """Count the requests a search finds, by tab; the key "" counts all of them."""
    found = after_sales_for_desk(query=query, reason=reason).prefetch_related(None).order_by()
    by_state: dict[str, int] = dict(found.values_list("state").annotate(Count("id")))
    counts = {tab: sum(by_state.get(state, 0) for state in states) for tab, states in TABS.items()}
    return {"": sum(by_state.values()), **counts}


def left_of(lines: Sequence[OrderLine]) -> dict[UUID, Left]:
    """Say what may still be asked for of some lines: less what was given back, and what open requests hold."""
    held = AfterSale.objects.filter(order_line__in=[line.pk for line in lines], state__in=PROMISED)
    pieces: dict[UUID, int] = {}
    amounts: dict[UUID, int] = {}
    for line_id, quantity, asked in held.values_list("order_line_id", "quantity", "asked_minor"):
        pieces[line_id] = pieces.get(line_id, 0) + quantity
        amounts[line_id] = amounts.get(line_id, 0) + (asked or 0)
        if asked is None:
            line = next(one for one in lines if one.pk == line_id)
            amounts[line_id] += line.share_of(min(quantity, line.quantity - line.refunded_quantity))
    return {
        line.pk: Left(
            max(0, line.quantity - line.refunded_quantity - pieces.get(line.pk, 0)),
            max(0, line.left_minor - amounts.get(line.pk, 0)),
        )
        for line in lines
    }


def worth_of(after_sale: AfterSale) -> int:
    """Say what a request gives back, or would if it were approved as it stands, in minor units."""
    if after_sale.order_refund is not None:
        return int(after_sale.order_refund.amount_minor)
    line, asked = after_sale.order_line, after_sale.approved_minor or after_sale.asked_minor
    pieces = min(after_sale.quantity, line.quantity - line.refunded_quantity)
    return min(asked, line.left_minor) if asked else line.share_of(pieces)


def lines_to_weigh(date: date) -> QuerySet[OrderLine]:
    """List the lines of a pickup day that were paid by an estimate, with order and scale, goods of a kind together."""
    lines = OrderLine.objects.filter(
        order__pickup_date=date,
        order__state__in=PAID_STATES,
        estimated_grams__isnull=False,
        refunded_quantity__lt=F("quantity"),
    )
    return lines.select_related("order", "weighing").order_by("title", "sku_label", "order__number", "id")


def photo_for_desk(photo_id: UUID) -> AfterSalePhoto:
    """Find a picture of a request. :raises PhotoMissing:"""
    found = AfterSalePhoto.objects.filter(pk=photo_id).first()
    if found is None:
        raise PhotoMissing
    return found


def instant_rule() -> InstantRule | None:
    """Read how much may be given back at once; none: nothing."""
    return InstantRule.objects.first()


def liabilities_by_party(*, since: datetime) -> list[dict[str, Any]]:
    """Add up what each party bears since a moment: requests and money, all parties in their order."""
    found = Liability.objects.filter(at__gte=since).order_by().values("party")
    summed = {row["party"]: row for row in found.annotate(requests=Count("id"), amount=Sum("amount_minor"))}
    empty = {"requests": 0, "amount": 0}
    return [{"label": party.label, **(summed.get(party.value) or {"party": party.value, **empty})} for party in Party]


def reasons_since(since: datetime) -> list[dict[str, Any]]:
    """Count requests by reason since a moment, and what was given back for each, the most frequent first."""
    found = AfterSale.objects.filter(created_at__gte=since).order_by().values("reason")
    rows = found.annotate(requests=Count("id"), amount=Sum("order_refund__amount_minor")).order_by("-requests")
    return [{**row, "label": Reason(row["reason"]).label, "amount": row["amount"] or 0} for row in rows]


def liabilities_of(*, party: str, since: datetime) -> QuerySet[Liability]:
    """List what one party bears, the latest first: its statement."""
    found = Liability.objects.filter(party=party, at__gte=since)
    return found.select_related("after_sale__order_line", "after_sale__order").order_by("-at", "id")


def story_of(after_sale: AfterSale) -> list[Happening]:
    """Tell what happened to a request, oldest first, in sentences for everybody concerned."""
    currency = after_sale.order.currency
    return [
        Happening(at=entry.at, what=entry.what, sentence=sentence, by_name=entry.actor_name)
        for entry in entries_of(after_sale)
        if (sentence := _sentence(entry, currency))
    ]


def _sentence(entry: JournalEntry, currency: str) -> str:
    words = {"why": entry.reason, "name": entry.actor_name}
    match entry.what:
        case "after_sale.asked":
            if entry.actor_kind == "member":
                return _("提交售后申请")
            return _("%(name)s 代顾客提交售后申请") % words
        case "after_sale.leader_agreed":
            return _("团长核实：属实。%(why)s") % words
        case "after_sale.leader_doubted":
            return _("团长核实：有疑问。%(why)s") % words
        case "after_sale.passed_on":
            return _("团长未及时核实，已转商家处理")
        case "after_sale.approved":
            return _("商家同意：%(what)s %(why)s") % {**words, "what": entry.detail.get("remedy", "")}
        case "after_sale.given_at_once":
            return _("小额售后，系统直接退款")
        case "after_sale.refunding":
            return _("退款 %(amount)s 处理中") % {"amount": money(entry.detail["amount_minor"], currency)}
        case "after_sale.replaced":
            return _("已换货")
        case "after_sale.done":
            return _("退款已到账")
        case "after_sale.rejected":
            return _("商家拒绝：%(why)s") % words
        case "after_sale.reopened":
            return _("商家撤回拒绝，重新处理")
        case "after_sale.appealed":
            return _("顾客申诉：%(why)s") % words
        case "after_sale.upheld":
            return _("申诉后维持拒绝：%(why)s") % words
        case "after_sale.lapsed":
            return _("过期未处理，申请已关闭")
        case "after_sale.withdrawn":
            return _("申请已撤销")
    return ""


def month_before(now: datetime) -> datetime:
    """Say when the thirty days began that end now."""
    return now - timedelta(days=30)


def cursor_of(after_sale: AfterSale) -> Cursor:
    """Say where a page ends that ends with this request."""
    return after_sale.created_at, after_sale.pk


def _read(found: QuerySet[AfterSale]) -> QuerySet[AfterSale]:
    photos = Prefetch("photos", AfterSalePhoto.objects.order_by("created_at", "id"))
    return found.select_related("order_line", "order", "order_refund").prefetch_related(photos)


def _one(found: QuerySet[AfterSale], after_sale_id: UUID) -> AfterSale:
    one = _read(found).filter(pk=after_sale_id).first()
    if one is None:
        raise AfterSaleMissing
    return one


def _page(found: QuerySet[AfterSale], after: Cursor | None) -> QuerySet[AfterSale]:
    if after is not None:
        moment, last = after
        found = found.filter(Q(created_at__lt=moment) | Q(created_at=moment, id__gt=last))
    return found.order_by("-created_at", "id")
