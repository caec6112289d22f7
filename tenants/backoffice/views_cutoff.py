"""截单: what happened at a group buy's cut-off, whom it still waits for, and calling one off with its money."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.web.answers import again, done
from kit.web.lists import Column
from tenants.analytics.selectors import closing_effect
from tenants.backoffice.forms_campaigns import CallOffForm
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.campaigns.models import LateOrder
from tenants.campaigns.selectors_cutoff import is_overdue, run_of
from tenants.campaigns.selectors_desk import campaign_with_id
from tenants.orders.models import Order
from tenants.sales.services.call_off import call_off
from tenants.sales.services.cut_off import cut_off
from tenants.sales.services.late_orders import decide_late

COLUMNS = [
    Column(gettext_lazy("商品")),
    Column(gettext_lazy("已付款"), align="num"),
    Column(gettext_lazy("起订量"), align="num"),
    Column(gettext_lazy("结果")),
]
LATE_COLUMNS = [
    Column(gettext_lazy("订单")),
    Column(gettext_lazy("付款时间")),
    Column(gettext_lazy("金额"), align="num"),
    Column(""),
]


@require_safe
@staff_only
def cutoff(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Show how the cut-off went: counts, how long it took, what was judged, and money that came late."""
    now = clock.now()
    campaign = campaign_with_id(campaign_id)
    run = run_of(campaign)
    overdue = is_overdue(campaign, run, now=now)
    label, tone = _("还没有处理"), ""
    if run:
        label, tone = (_("已完成"), "good") if run.finished_at else (_("处理中"), "warn")
    context = desk_context(
        request,
        campaign=campaign,
        run=run,
        run_label=label,
        run_tone="bad" if overdue else tone,
        is_overdue=overdue,
        seconds=int((run.finished_at - run.started_at).total_seconds()) if run and run.finished_at else None,
        late=_late(campaign_id),
        columns=COLUMNS,
        late_columns=LATE_COLUMNS,
        crumbs=[
            (_("团期"), "/backoffice/campaigns"),
            (campaign.name, f"/backoffice/campaigns/{campaign_id}"),
            (_("截单记录"), ""),
        ],
    )
    return render(request, "backoffice/campaign_cutoff.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def calling_off(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Say what calling off now would mean, and do it with a reason."""
    campaign = campaign_with_id(campaign_id)
    form = CallOffForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        reason, by_name = form.cleaned_data["reason"], str(request.person)  # type: ignore[attr-defined]
        call_off(campaign_id=campaign_id, reason=reason, now=clock.now(), by_name=by_name)
        page = f"/backoffice/campaigns/{campaign_id}/cutoff"
        return done(request, to=page, sentence=_("已取消团期，退款正在自动进行。"))
    context = desk_context(request, campaign=campaign, effect=closing_effect(campaign), form=form)
    page = "backoffice/campaign_calling_off.html"
    return again(request, page, context) if form.is_bound else render(request, page, context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def cut(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Do what the minute's task does, now."""
    page = f"/backoffice/campaigns/{campaign_id}/cutoff"
    if request.method != "POST":
        return redirect(page)
    run = cut_off(campaign_id=campaign_id, now=clock.now())
    sentence = _("截单处理完成。") if run.finished_at else _("还有一部分没处理完，请看下面的原因。")
    return done(request, to=page, sentence=sentence)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def late(request: HttpRequest, order_id: UUID, what: str) -> HttpResponse:
    """Keep an order that was paid too late, or give it back."""
    if request.method != "POST":  # someone came back here after logging in again
        return redirect(f"/backoffice/orders/{order_id}")
    keep = what == "keep"
    by_name = str(request.person)  # type: ignore[attr-defined]
    decided = decide_late(order_id=order_id, keep=keep, now=clock.now(), by_name=by_name)
    sentence = _("已加单，照常备货。") if keep else _("已退款，一分钟内原路退回。")
    return done(request, to=f"/backoffice/campaigns/{decided.campaign_id}/cutoff", sentence=sentence)


def _late(campaign_id: UUID) -> list[tuple[LateOrder, Order]]:
    late_ones = list(LateOrder.objects.filter(campaign=campaign_id).order_by("at", "pk"))
    orders = Order.objects.in_bulk([one.order_id for one in late_ones])
    return [(one, orders[one.order_id]) for one in late_ones if one.order_id in orders]
