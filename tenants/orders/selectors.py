"""Reading orders, for the member who placed them and for the store's desk."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit.errors import Kind, Refused
from kit.tenancy.kept import kept
from kit.web.format import money
from tenants.campaigns.models import TeamSeat, TeamState
from tenants.journal.models import JournalEntry
from tenants.journal.selectors import entries_of, entries_of_each
from tenants.leaders.models import PickupPoint
from tenants.leaders.rests import rest_told
from tenants.members.models import Member
from tenants.orders.models import Checkout, DiscountSource, LineDiscount, Order, OrderLine, OrderState

Cursor = tuple[datetime, UUID]  # where a page ended: the last order's placed_at and id


class OrderMissing(Refused):
    """There is no such order, or it is somebody else's."""

    code, kind, sentence = "order_missing", Kind.MISSING, gettext_lazy("没有找到这个订单。")


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of an order's timeline."""

    at: datetime
    what: str
    sentence: str
    by_name: str = ""


def order_of(*, member: Member, order_id: UUID, now: datetime) -> Order:
    """Read a member's own order with its lines; ask ``order.shown_state(now)`` for what to show.

    :raises OrderMissing: also for another member's order.
    """
    order = _with_lines(Order.objects.filter(member=member, pk=order_id)).first()
    if order is None:
        raise OrderMissing
    return order


def payable_with(order: Order, now: datetime) -> list[Order]:
    """List the orders that are paid when this one is: those of its checkout that still wait for payment."""
    together = Order.objects.filter(checkout=order.checkout_id, state=OrderState.PENDING_PAYMENT)
    return [one for one in together.order_by("id") if one.can_be_paid(now)]


def siblings_of(orders: Sequence[Order]) -> dict[UUID, list[Order]]:
    """Read the orders that some were placed together with, themselves among them, by checkout: one statement, or none
    where each was placed alone."""
    checkouts = {order.checkout_id for order in orders if order.checkout_id}
    found: dict[UUID, list[Order]] = {checkout_id: [] for checkout_id in checkouts}
    for order in Order.objects.filter(checkout_id__in=checkouts).order_by("id") if checkouts else ():
        if order.checkout_id:
            found[order.checkout_id].append(order)
    return found


class CheckoutMissing(Refused):
    """There is no such checkout, or it is somebody else's."""

    code, kind, sentence = "checkout_missing", Kind.MISSING, gettext_lazy("没有找到这次结算。")


def checkout_of(*, member: Member, checkout_id: UUID) -> Checkout:
    """Read a member's own checkout. :raises CheckoutMissing: also for another member's."""
    checkout = Checkout.objects.filter(pk=checkout_id, member=member).first()
    if checkout is None:
        raise CheckoutMissing
    return checkout


def any_order(order_id: UUID) -> Order:
    """Read one of the store's orders with its lines, for those who run the store. :raises OrderMissing:"""
    order: Order | None = _with_lines(Order.objects.filter(pk=order_id)).first()
    if order is None:
        raise OrderMissing
    return order


def orders_of(*, member: Member, state: str = "", after: Cursor | None = None, limit: int = 20) -> list[Order]:
    """List a member's orders with lines, newest first, from behind ``after`` (``cursor_of`` the last one shown)."""
    orders = Order.objects.filter(member=member)
    if state:
        orders = orders.filter(state=state)
    return list(_page(_with_lines(orders), after, limit))


def count_orders_by_state(*, member: Member) -> dict[str, int]:
    """Count a member's orders in each state; every state is there."""
    counted = Order.objects.filter(member=member).values_list("state").annotate(Count("id"))
    return {state.value: 0 for state in OrderState} | dict(counted)


def last_point_of(*, member: Member, now: datetime) -> PickupPoint | None:
    """Find the pickup point of a member's latest order, with its leader and when it rests."""
    orders = Order.objects.filter(member=member).select_related("pickup_point__leader", "pickup_point__area")
    told = rest_told(now, point="pickup_point", leader="pickup_point__leader")
    order: Any = orders.annotate(rest_told=told).order_by("-placed_at", "id").first()
    if order is None:
        return None
    point: PickupPoint = order.pickup_point
    point.rest_told = order.rest_told
    return point


def orders_for_desk(
    *,
    state: str = "",
    query: str = "",
    pickup_point_id: UUID | None = None,
    leader_id: UUID | None = None,
    campaign_id: UUID | None = None,
    placed_from: datetime | None = None,
    placed_to: datetime | None = None,
    pickup_date: date | None = None,
    delivery: str = "",
    after: Cursor | None = None,
) -> QuerySet[Order]:
    """List the store's orders for the back office, newest first, with lines, from behind ``after``; the caller cuts.

    ``query`` finds an order's number, the contact's name or phone, or a product's title. ``placed_to`` is exclusive.
    """
    exact = {
        "state": state,
        "pickup_point_id": pickup_point_id,
        "leader_id": leader_id,
        "pickup_date": pickup_date,
        "delivery": delivery,
        "placed_at__gte": placed_from,
        "placed_at__lt": placed_to,
    }
    orders = Order.objects.filter(**{field: value for field, value in exact.items() if value})
    if campaign_id:
        orders = orders.filter(
            pk__in=OrderLine.objects.filter(campaign_item__campaign_id=campaign_id).values("order_id")
        )
    if query := query.strip():
        orders = orders.filter(
            Q(number__startswith=query)
            | Q(contact_phone__contains=query)
            | Q(contact_name__contains=query)
            | Q(pk__in=OrderLine.objects.filter(title__icontains=query).values("order_id"))
        )
    return _with_lines(_behind(orders, after)).select_related("member", "staff_remark").order_by("-placed_at", "id")


def order_for_desk(order_id: UUID) -> Order:
    """Read any order of the store with its lines, member and payments. :raises OrderMissing:"""
    orders = _with_lines(Order.objects.filter(pk=order_id)).select_related(
        "member", "leader", "pickup_point", "staff_remark"
    )
    order = orders.prefetch_related("payments__part_of").first()
    if order is None:
        raise OrderMissing
    return order


def discounts_of(orders: Iterable[Order]) -> dict[UUID, list[LineDiscount]]:
    """Read what came off the lines of some orders, by line: one statement, or none where nothing did."""
    cheaper = [line for order in orders for line in order.lines.all() if line.net_minor < line.total_minor]
    found = {line.pk: list(line.came_off) for line in cheaper if line.came_off is not None}
    unknown = [line.pk for line in cheaper if line.came_off is None]
    for discount in _discounts(line_ids=unknown) if unknown else ():
        found.setdefault(discount.line_id, []).append(discount)
    return found


@kept
def _discounts(*, line_ids: Sequence[UUID]) -> QuerySet[LineDiscount]:
    return LineDiscount.objects.filter(line__in=line_ids).order_by("id")


def summed_discounts(discounts: Iterable[LineDiscount]) -> list[tuple[LineDiscount, int]]:
    """Add up the shares of each offer over an order's lines, in the order in which the pricing took them."""
    summed: dict[tuple[str, UUID | None], tuple[LineDiscount, int]] = {}
    for one in discounts:
        first, known = summed.get((one.source, one.source_id), (one, 0))
        summed[one.source, one.source_id] = (first, known + one.off_minor)
    return sorted(summed.values(), key=lambda pair: DiscountSource.values.index(pair[0].source))


def has_paid(member: Member) -> bool:
    """Say whether a member ever paid for an order, given back since or not."""
    return Order.objects.filter(member=member, paid_at__isnull=False).exists()


def cursor_of(order: Order) -> Cursor:
    """Say where a page ends that ends with this order."""
    return order.placed_at, order.id


def cutoffs_of(orders: Sequence[Order]) -> dict[UUID, datetime]:
    """Say when the first group buy of each order is cut off, in one statement: until then a member is free to go.

    Orders of a team that has formed are left out: its price was the others' too.
    """
    lines = OrderLine.objects.filter(order__in=[order.pk for order in orders])
    formed = TeamSeat.objects.filter(order_id=OuterRef("order_id"), team__state=TeamState.FORMED)
    lines = lines.exclude(Exists(formed))
    return dict(lines.values_list("order").annotate(first=Min("campaign_item__campaign__cutoff_at")).order_by())


def timeline_of(order: Order) -> list[Happening]:
    """Tell what happened to an order, oldest first, in sentences for the one who placed it."""
    return _told(entries_of(order), order.currency)


def timelines_of(orders: Sequence[Order]) -> dict[UUID, list[Happening]]:
    """Tell what happened to each order of a page, in one statement."""
    entries = entries_of_each(orders)
    return {order.pk: _told(entries[order.pk], order.currency) for order in orders}


def _told(entries: Iterable[JournalEntry], currency: str) -> list[Happening]:
    return [
        Happening(at=entry.at, what=entry.what, sentence=sentence, by_name=entry.actor_name)
        for entry in entries
        if (sentence := _sentence(entry, currency))
    ]


def _sentence(entry: JournalEntry, currency: str) -> str:
    detail: dict[str, Any] = entry.detail

    def amount() -> str:
        return money(detail["amount_minor"], currency)

    match entry.what:
        case "order.placed":
            return _("提交订单，等待付款")
        case "order.paid":
            return _("付款成功 %(amount)s") % {"amount": amount()}
        case "order.joined":
            return _("接龙成功，跟团号 %(number)d") % {"number": detail["number"]}
        case "order.team_joined":
            if not detail["missing"]:
                return _("参团成功")
            return _("参团成功，还差 %(n)d 人成团") % {"n": detail["missing"]}
        case "order.team_formed":
            return _("%(n)d 人拼团成功") % {"n": detail["size"]}
        case "order.deposit_paid":
            return _("定金已付 %(amount)s，等待付尾款") % {"amount": amount()}
        case "order.balance_due":
            return _("可以付尾款了：%(amount)s") % {"amount": amount()}
        case "order.deposit_kept":
            return _("尾款未付，定金 %(amount)s 不退") % {"amount": amount()}
        case "order.closed":
            return _("订单已关闭：%(reason)s") % {"reason": entry.reason}
        case "order.handed_over":
            return _("在自提点取走 %(pieces)d 件，经手人 %(name)s") % {
                "pieces": detail["pieces"],
                "name": entry.actor_name,
            }
        case "order.dispatched" if detail.get("number"):
            return _("%(courier)s 已揽件，单号 %(number)s") % detail
        case "order.tracking_corrected":
            return _("快递更正为 %(courier)s，单号 %(number)s") % detail
        case "order.dispatched":
            return _("开始配送：%(note)s") % {"note": detail["note"]} if detail.get("note") else _("开始配送")
        case "order.brought":
            return _("送达 %(pieces)d 件，经手人 %(name)s") % {"pieces": detail["pieces"], "name": entry.actor_name}
        case "order.handover_reversed":
            return _("提货登记已撤销：%(reason)s") % {"reason": entry.reason}
        case "order.refund_requested":
            return _("退款 %(amount)s 处理中：%(reason)s") % {"amount": amount(), "reason": entry.reason}
        case "order.cancelled":
            return _("订单已取消：%(reason)s") % {"reason": entry.reason}
        case "order.unclaimed":
            return _("过了提货时间还没取，已短信提醒")
        case "order.held":
            return _("商品替您保管到 %(day)s，请尽快来取") % {"day": detail["day"]}
        case "order.substituted":
            return _("“%(goods)s”缺货 %(n)s 份，换成“%(instead)s”，不用补差价") % detail
        case "order.put_off":
            return _("“%(goods)s”缺货 %(n)s 份，改到 %(day)s 提货") % detail
        case "order.completed":
            return _("订单已完成")
        case "order.after_sale_asked":
            words = {"title": detail["title"], "n": detail["quantity"], "why": entry.reason}
            return _("申请售后：%(title)s × %(n)d，%(why)s") % words
        case "order.refunded":
            return _("退款 %(amount)s 已原路退回") % {"amount": amount()}
    return ""


def _with_lines(orders: QuerySet[Order]) -> QuerySet[Order]:
    return orders.prefetch_related(Prefetch("lines", OrderLine.objects.order_by("id")))


def _page(orders: QuerySet[Order], after: Cursor | None, limit: int) -> QuerySet[Order]:
    return _behind(orders, after).order_by("-placed_at", "id")[:limit]


def _behind(orders: QuerySet[Order], after: Cursor | None) -> QuerySet[Order]:
    if after is None:
        return orders
    moment, last = after
    return orders.filter(Q(placed_at__lt=moment) | Q(placed_at=moment, id__gt=last))
