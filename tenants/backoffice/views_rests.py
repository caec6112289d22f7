"""休息日期 of a leader: set with what is ordered in view, called off, told to members by a person."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.lists import Column, page_of
from kit.web.refusals import tell_form
from tenants.backoffice.forms_rests import RestDaysForm, TellForm
from tenants.backoffice.listing import Drawer, by, fill_in
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.journal.services import Actor
from tenants.leaders.rests import rest_days, rest_sentence, rest_with_id, today_at
from tenants.leaders.selectors import leader_with_id, points_of
from tenants.sales.services.rest_days import (
    OrdersThere,
    awaiting_at,
    call_off_rest,
    orders_at,
    take_rest,
    tell_of_rest,
)

COLUMNS = [
    Column(gettext_lazy("订单")),
    Column(gettext_lazy("顾客")),
    Column(gettext_lazy("自提点")),
    Column(gettext_lazy("提货日")),
    Column(gettext_lazy("金额"), align="num"),
    Column(gettext_lazy("状态")),
]


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def rest_new(request: HttpRequest, leader_id: UUID) -> HttpResponse:
    """Set days of rest; where something is ordered for them, it is shown, and asked for once more."""
    leader, now = leader_with_id(leader_id), clock.now()
    form = RestDaysForm(request.POST or None, points=points_of(leader), today=today_at(now))
    there = None
    if form.is_bound and form.is_valid():
        try:
            rest = take_rest(leader_id=leader_id, actor=_actor(request), now=now, **form.words())
        except OrdersThere as refusal:
            there = refusal
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            to = reverse("backoffice:rest", args=[rest.pk])
            return done(request, to=to, sentence=_("已安排休息，这几天提货的团不再在这里卖。"))
    agreed = there.facts["orders"] if there else 0  # to what this page shows, and to nothing else
    context = desk_context(request, form=form, leader=leader, there=there, agreed=agreed)
    template = "backoffice/leader_rest_days.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


@require_safe
@staff_only
def rest(request: HttpRequest, rest_id: UUID) -> HttpResponse:
    """Show a rest and the orders for its days, as they are now."""
    row = rest_with_id(rest_id)
    rows = page_of(orders_at(row).select_related("pickup_point"), request.GET)
    context = desk_context(
        request,
        rest=row,
        days=rest_days(row.first_on, row.last_on),
        columns=COLUMNS,
        rows=rows,
        there=awaiting_at(row),
        crumbs=[
            (_("团长"), "/backoffice/leaders"),
            (row.leader.name, reverse("backoffice:leader", args=[row.leader_id])),
            (_("休息安排"), ""),
        ],
    )
    return render(request, "backoffice/rest.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def rest_end(request: HttpRequest, rest_id: UUID) -> HttpResponse:
    """Make these days like any other again."""
    row = rest_with_id(rest_id)
    if request.method != "POST":  # someone came back here after logging in again
        return redirect("backoffice:rest", row.pk)
    call_off_rest(rest_id=rest_id, actor=_actor(request), now=clock.now())
    to = reverse("backoffice:leader", args=[row.leader_id])
    return done(request, to=to, sentence=_("已取消休息，这几天照常接单。"))


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def rest_tell(request: HttpRequest, rest_id: UUID) -> HttpResponse:
    """Text the members who have ordered for these days."""
    row = rest_with_id(rest_id)
    there = awaiting_at(row)
    sentence = rest_sentence(row.leader.name, row.first_on, row.last_on)
    words = _("%(sentence)s。您的订单我们会再和您约时间，请留意。") % {"sentence": sentence}
    form = TellForm(request.POST or None, initial={"words": words})
    back = reverse("backoffice:rest", args=[row.pk])

    def save(typed: dict[str, str]) -> tuple[str, str]:
        told = tell_of_rest(rest_id=rest_id, words=typed["words"], actor=_actor(request), now=clock.now())
        return back, _("已给 %(n)s 位顾客发短信。") % {"n": told}

    facts = [(_("已下单顾客"), there.members), (_("订单"), there.orders)]
    return fill_in(request, Drawer(_("短信告诉顾客"), _("发送短信"), back, facts=facts), form, save)


def _actor(request: HttpRequest) -> Actor:
    return Actor(kind="person", name=by(request))
