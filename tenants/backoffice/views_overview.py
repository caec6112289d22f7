"""概况: what happens in the store now; and the search over everything."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from control.people.doors import staff_only
from kit import clock
from kit.web.shell import Found
from tenants.analytics.days import day_at
from tenants.analytics.selectors import daily_line, day_figures, next_cutoff, opening_steps, to_dos, top_goods
from tenants.backoffice.shell import desk_context
from tenants.backoffice.tiles import left_until, steps_of, tiles_of, to_do_lines, week_chart
from tenants.campaigns.selectors_desk import campaigns_for_desk, goods_to_offer
from tenants.leaders.selectors import leaders_for_desk
from tenants.orders.selectors import orders_for_desk

_HITS = 5


@require_safe
@staff_only
def overview(request: HttpRequest) -> HttpResponse:
    """Show today beside yesterday, the week, what waits, and the way to the first order."""
    store, now = request.store, clock.now()  # type: ignore[attr-defined]
    today = day_at(now=now, timezone=store.timezone)
    line = daily_line(now=now, timezone=store.timezone)
    steps = steps_of(opening_steps())
    cutoff = next_cutoff(now=now)
    context = desk_context(
        request,
        tiles=tiles_of(
            today=day_figures(today),
            yesterday=day_figures(day_at(now=now, timezone=store.timezone, back=1)),
            currency=store.currency,
        ),
        to_dos=to_do_lines(to_dos(now=now, timezone=store.timezone), today=today.date),
        chart=week_chart(line, currency=store.currency),
        has_sales=any(point.orders for point in line),
        top=top_goods(since=day_at(now=now, timezone=store.timezone, back=6).starts_at),
        cutoff=cutoff,
        left=left_until(cutoff.cutoff_at, now=now) if cutoff else None,
        steps=steps,
        steps_done=sum(step.is_done for step in steps),
        progress=sum(step.is_done for step in steps) * 100 // len(steps),
    )
    return render(request, "backoffice/overview.html", context)


@require_safe
@staff_only
def search(request: HttpRequest) -> HttpResponse:
    """Find goods, orders, leaders and group buys by a few letters."""
    wanted = request.GET.get("q", "").strip()[:50]
    groups = _found(wanted, currency=request.store.currency) if wanted else []  # type: ignore[attr-defined]
    return render(request, "kit/_found.html", {"q": wanted, "groups": [group for group in groups if group[1]]})


def _found(wanted: str, *, currency: str) -> list[tuple[str, list[Found]]]:
    goods = [
        Found(sku.product.title, f"/backoffice/products/{sku.product_id}", sku.label, icon="package")
        for sku in goods_to_offer(query=wanted, without=[], limit=_HITS)
    ]
    orders = [
        Found(order.number, f"/backoffice/orders/{order.pk}", order.contact_name, icon="clipboard-list")
        for order in orders_for_desk(query=wanted)[:_HITS]
    ]
    leaders = [
        Found(leader.name, f"/backoffice/leaders/{leader.pk}", leader.phone, icon="users")
        for leader in leaders_for_desk(query=wanted)[:_HITS]
    ]
    campaigns = [
        Found(campaign.name, f"/backoffice/campaigns/{campaign.pk}", icon="calendar-clock")
        for campaign in campaigns_for_desk(query=wanted, now=clock.now())[:_HITS]
    ]
    return [(_("商品"), goods), (_("订单"), orders), (_("团长"), leaders), (_("团期"), campaigns)]
