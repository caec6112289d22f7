"""称重结算: the weights of a pickup day's goods are typed in, and the differences go back."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.lists import Column
from tenants.aftersales.selectors import lines_to_weigh
from tenants.aftersales.services.weigh import settle_line_weight
from tenants.backoffice.forms_weighing import WeighingDay, WeighingForm
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.inventory.selectors import store_day
from tenants.journal.services import Actor

COLUMNS = [
    Column(gettext_lazy("商品")),
    Column(gettext_lazy("订单")),
    Column(gettext_lazy("实付"), align="num"),
    Column(gettext_lazy("预估"), align="num"),
    Column(gettext_lazy("实际克数")),
    Column(gettext_lazy("退差额"), align="num"),
]
_MOST = 300


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def weighing(request: HttpRequest) -> HttpResponse:
    """List a pickup day's goods by weight; what is typed is settled line by line."""
    chosen = WeighingDay(request.GET)
    day = chosen.wanted(otherwise=store_day(clock.now()))
    lines = list(lines_to_weigh(day)[:_MOST])
    waiting = [line for line in lines if not hasattr(line, "weighing")]
    form = WeighingForm(request.POST if request.method == "POST" else None, lines=waiting)
    if form.is_bound and form.is_valid():
        answer = _settle(request, form, day)
        if answer is not None:
            return answer
    context = desk_context(
        request,
        columns=COLUMNS,
        filters=WeighingDay(initial={"date": day}),
        day=day,
        form=form,
        settled=[line for line in lines if hasattr(line, "weighing")],
        crumbs=[(_("订单"), "/backoffice/orders"), (_("称重结算"), "")],
    )
    template = "backoffice/aftersales/weighing.html"
    return again(request, template, context) if form.errors else render(request, template, context)


def _settle(request: HttpRequest, form: WeighingForm, day: date) -> HttpResponse | None:
    person = request.person  # type: ignore[attr-defined]
    actor = Actor(kind="person", id=str(person.pk), name=str(person))
    settled = 0
    for line, grams in form.weighed():
        try:
            settle_line_weight(order_line_id=line.pk, grams=grams, actor=actor, now=clock.now())
            settled += 1
        except Refused as refusal:
            form.add_error(f"grams_{line.pk}", str(refusal))
    if form.errors:
        return None
    to = f"/backoffice/orders/weighing?date={day:%Y-%m-%d}"
    return done(request, to=to, sentence=_("已结算 %(n)s 件，差额原路退回。") % {"n": settled})
