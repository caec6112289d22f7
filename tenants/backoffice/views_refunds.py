"""退款: the desk gives lines of a paid order back, after it has seen what that does."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.format import money
from kit.web.lists import Column
from kit.web.refusals import tell_form
from tenants.backoffice.forms_payments import HandForm
from tenants.backoffice.forms_refunds import RefundForm
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.journal.services import Actor
from tenants.orders.selectors import order_for_desk
from tenants.payments.selectors_desk import failed_refund
from tenants.sales.services.preview_refund import RefundEffect, preview_refund
from tenants.sales.services.refund_by_hand import confirm_paid_by_hand, say_paid_by_hand
from tenants.sales.services.refund_lines import refund_lines

COLUMNS = [
    Column(gettext_lazy("商品")),
    Column(gettext_lazy("还能退"), align="num"),
    Column(gettext_lazy("退几份")),
    Column(gettext_lazy("或退金额")),
    Column(""),
]
STUCK = "/backoffice/payments/stuck"
PAGE = "backoffice/order_refund.html"


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def refund(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Ask what to give back, show what it does, and do it when the same total is confirmed."""
    order = order_for_desk(order_id)
    lines = list(order.lines.all())
    form = RefundForm(request.POST if request.method == "POST" else None, lines=lines, is_all="all" in request.GET)
    effect: RefundEffect | None = None
    if form.is_bound and form.is_valid():
        try:
            effect = preview_refund(order_id=order_id, wanted=form.wanted())
            if form.cleaned_data["seen"] == effect.amount_minor:
                return _done(request, order_id, form)
        except Refused as refusal:
            tell_form(form, refusal)
    context = desk_context(
        request,
        order=order,
        form=form,
        columns=COLUMNS,
        effect=effect,
        crumbs=[(_("订单"), "/backoffice/orders"), (order.number, f"/backoffice/orders/{order_id}"), (_("退款"), "")],
    )
    return again(request, PAGE, context) if form.errors else render(request, PAGE, context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def by_hand(request: HttpRequest, refund_id: UUID) -> HttpResponse:
    """Say that a failed refund was paid in cash or by bank."""
    failed = failed_refund(refund_id)
    form = HandForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        note = form.cleaned_data["note"]
        say_paid_by_hand(refund_id=refund_id, note=note, actor=_actor(request), now=clock.now())
        return done(request, to=STUCK, sentence=_("已登记，等另一位同事确认。"))
    context = desk_context(request, form=form, refund=failed)
    template = "backoffice/payments/by_hand.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


@require_POST
@staff_only
@changers_only
def confirm_by_hand(request: HttpRequest, refund_id: UUID) -> HttpResponse:
    """Confirm what a colleague paid by hand."""
    confirm_paid_by_hand(refund_id=refund_id, actor=_actor(request), now=clock.now())
    return done(request, to=STUCK, sentence=_("已确认，这笔退款已完成。"))


def _actor(request: HttpRequest) -> Actor:
    person = request.person  # type: ignore[attr-defined]
    return Actor(kind="person", id=str(person.pk), name=str(person))


def _done(request: HttpRequest, order_id: UUID, form: RefundForm) -> HttpResponse:
    given = refund_lines(
        order_id=order_id,
        wanted=form.wanted(),
        reason=form.cleaned_data["reason"],
        actor=_actor(request),
        key=form.cleaned_data["key"],
        now=clock.now(),
    )
    sentence = _("已退款 %(amount)s，一分钟内原路退回。") % {"amount": money(given.amount_minor, given.currency)}
    return done(request, to=f"/backoffice/orders/{order_id}", sentence=sentence)
