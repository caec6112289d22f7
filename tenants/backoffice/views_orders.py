"""订单: finding them, reading one, taking them away as a spreadsheet."""

from datetime import date, datetime
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from control.people.doors import staff_only
from kit import clock
from kit.web.downloads import sent
from kit.web.lists import Column, address, state_tabs
from kit.web.pieces import in_pieces
from kit.web.xlsx import written
from tenants.analytics.selectors import count_orders_for_desk
from tenants.backoffice.forms_orders import OrderFilters, OrderQuestion
from tenants.backoffice.happenings import order_events
from tenants.backoffice.sheets import order_rows, orders_sheet
from tenants.backoffice.shell import desk_context
from tenants.backoffice.views_many import ids_in
from tenants.delivery.freight import freight_kept
from tenants.fulfilment.selectors import codes_of_orders
from tenants.leaders.selectors import leaders_for_desk, open_points
from tenants.orders.models import PAID_STATES, Order, OrderState
from tenants.orders.remarks import remarks_told
from tenants.orders.saved_filters import shortcuts_of
from tenants.orders.selectors import (
    Cursor,
    cursor_of,
    discounts_of,
    order_for_desk,
    orders_for_desk,
    siblings_of,
    summed_discounts,
    timeline_of,
)

COLUMNS = [
    Column(gettext_lazy("订单")),
    Column(gettext_lazy("商品")),
    Column(gettext_lazy("联系人")),
    Column(gettext_lazy("自提点")),
    Column(gettext_lazy("金额"), align="num"),
    Column(gettext_lazy("状态")),
    Column(""),
]
LINE_COLUMNS = [
    Column(gettext_lazy("商品")),
    Column(gettext_lazy("单价"), align="num"),
    Column(gettext_lazy("数量"), align="num"),
    Column(gettext_lazy("小计"), align="num"),
    Column(gettext_lazy("优惠后"), align="num"),
    Column(gettext_lazy("已提"), align="num"),
    Column(gettext_lazy("状态")),
]
STATES = [("", gettext_lazy("全部")), *((state.value, state.label) for state in OrderState)]
_PAGE = 20
_CHOICES = 200


@require_safe
@staff_only
def orders(request: HttpRequest) -> HttpResponse:
    """List orders, newest first, twenty at a time."""
    filters, question = _asked(request)
    after = _cursor_in(request.GET.get("after", ""))
    shown = list(orders_for_desk(state=_state_in(request), **question.filters, after=after)[: _PAGE + 1])
    rows, has_more = shown[:_PAGE], len(shown) > _PAGE
    asked = request.GET.copy()
    asked.pop("after", None)
    context = desk_context(
        request,
        columns=COLUMNS,
        rows=rows,
        filters=filters,
        is_filtered=question.is_filtered,
        query=asked.urlencode(),
        asked_now=urlencode(sorted((name, text) for name, text in asked.items() if text)),
        can_save=question.is_filtered or bool(_state_in(request)),
        shortcuts=shortcuts_of(request.person.pk, today=today_of(request)),  # type: ignore[attr-defined]
        newest=address(asked) if after else "",
        older=address(asked, after=_written(cursor_of(rows[-1]))) if has_more else "",
        export=f"/backoffice/orders/export{address(asked)}",
        tabs=state_tabs(asked, states=STATES, counts=count_orders_for_desk(**question.filters)),
    )
    return render(request, "backoffice/orders.html", context)


@require_safe
@staff_only
def export(request: HttpRequest) -> HttpResponse:
    """Give the orders the list shows as a spreadsheet, all of them; or the picked ones."""
    picked = ids_in(request.GET.getlist("ids"))
    rows = in_pieces(orders_for_desk().filter(pk__in=picked) if picked else found_by(request), order_rows)
    return sent(written(orders_sheet(), rows), name=f"orders-{clock.now():%Y%m%d-%H%M}.xlsx")


@require_safe
@staff_only
def detail(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Show one order: goods, money, pickup, and what happened when."""
    order = order_for_desk(order_id)
    context = desk_context(
        request,
        order=order,
        columns=LINE_COLUMNS,
        lines=order.lines.all(),
        discounts=summed_discounts(one for cut in discounts_of([order]).values() for one in cut),
        payments=order.payments.all(),
        together=[one for one in siblings_of([order]).get(order.basket_id, ()) if one.pk != order.pk],
        freight_steps=freight.explained(order.currency) if (freight := freight_kept(order.freight)) else (),
        can_bring=order.is_delivered and order.state in (OrderState.PAID, OrderState.PARTLY_PICKED),
        can_refund=order.state in PAID_STATES and any(line.left_minor for line in order.lines.all()),
        pickup_code=codes_of_orders([order]).get(order.pk, ""),
        events=order_events(sorted([*timeline_of(order), *remarks_told(order)], key=lambda one: one.at)),
        crumbs=[(_("订单"), "/backoffice/orders"), (order.number, "")],
    )
    return render(request, "backoffice/order.html", context)


def found_by(request: HttpRequest) -> QuerySet[Order]:
    """List the orders that the list's address asks for."""
    _filters, question = _asked(request)
    return orders_for_desk(state=_state_in(request), **question.filters)


def today_of(request: HttpRequest) -> date:
    """Say which day it is on the store's clock."""
    return clock.now().astimezone(ZoneInfo(request.store.timezone)).date()  # type: ignore[attr-defined]


def _asked(request: HttpRequest) -> tuple[OrderFilters, OrderQuestion]:
    filters = OrderFilters(request.GET, points=open_points(limit=_CHOICES), leaders=list(leaders_for_desk()[:_CHOICES]))
    return filters, filters.question(timezone=request.store.timezone)  # type: ignore[attr-defined]


def _state_in(request: HttpRequest) -> str:
    asked = request.GET.get("state", "")
    return asked if asked in OrderState.values else ""


def _written(cursor: Cursor) -> str:
    return f"{cursor[0].timestamp():.6f}~{cursor[1]}"


def _cursor_in(text: str) -> Cursor | None:
    """Read a place in the list; an address somebody typed wrong begins at the newest."""
    moment, _mark, last = text.partition("~")
    try:
        return datetime.fromtimestamp(float(moment), tz=clock.now().tzinfo), UUID(last)
    except (ValueError, OverflowError, OSError):
        return None
