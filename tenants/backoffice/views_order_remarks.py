"""订单 · 批量备注: what is noted on the picked orders is seen before it is written, and taken back."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import UNPROCESSABLE, done, say
from kit.web.lists import Column
from kit.web.refusals import STATUS, tell_form
from tenants.backoffice.forms_order_list import RemarkForm
from tenants.backoffice.shell import desk_context
from tenants.backoffice.views_many import ids_in
from tenants.backoffice.views_orders import found_by
from tenants.journal.services import Actor
from tenants.orders.models import Order
from tenants.orders.remarks import MOST_ORDERS, How, RemarkChange, RemarksMoved, remark_many, remarks_wished

COLUMNS = [Column(gettext_lazy("订单")), Column(gettext_lazy("原来的备注")), Column(gettext_lazy("改成"))]
UNDO = "orders_undo"  # the last batch, in the session, until the next one
_ONWARD = {"remark": "backoffice:order-remarks", "export": "backoffice:orders-export"}


@require_POST
@staff_only
def batch(request: HttpRequest) -> HttpResponse:
    """Go on with the picked orders."""
    ids = ids_in(request.POST.getlist("ids"))
    back = QueryDict(request.POST.get("back", ""))
    if not ids or request.POST.get("action") not in _ONWARD:
        say(request, _("先勾选订单，再做批量操作。"), tone="warning")
        return redirect(f"{reverse('backoffice:orders')}?{back.urlencode()}")
    return redirect(f"{reverse(_ONWARD[request.POST['action']])}?{'&'.join(f'ids={one}' for one in ids)}")


@require_http_methods(["GET", "POST"])
@staff_only
def remarks(request: HttpRequest) -> HttpResponse:
    """Show what the wish does to the orders' remarks, then do it. The ids of many are too long for an address."""
    asked = request.POST if request.method == "POST" else request.GET
    ids, is_cut = _meant(request, asked)
    form = RemarkForm(asked if "how" in asked else None)
    changes: list[RemarkChange] = []
    status = 200
    if form.is_bound and form.is_valid():
        try:
            words = form.cleaned_data
            changes = remarks_wished(order_ids=ids, words=words["words"], how=How(words["how"]))
            if "seen" in request.POST:
                return _write(request, changes)
        except Refused as refusal:
            tell_form(form, refusal)
            status = STATUS[refusal.kind]
    elif form.is_bound:
        status = UNPROCESSABLE
    context = desk_context(
        request,
        form=form,
        ids=ids,
        columns=COLUMNS,
        changes=changes,
        seen=_seal(changes),
        chosen=Order.objects.filter(pk__in=ids).count(),
        is_cut=is_cut,
        most=MOST_ORDERS,
        crumbs=[(_("订单"), reverse("backoffice:orders")), (_("批量备注"), "")],
    )
    return render(request, "backoffice/order_remarks.html", context, status=status)


@require_POST
@staff_only
def undo(request: HttpRequest) -> HttpResponse:
    """Take the last batch back."""
    last = [RemarkChange(UUID(one), *words).back() for one, *words in request.session.get(UNDO, [])]
    if last:
        remark_many(changes=last, now=clock.now(), actor=_actor(request))
        del request.session[UNDO]
    sentence = _("已撤销。") if last else _("没有可以撤销的操作了。")
    return done(request, to=reverse("backoffice:orders"), sentence=sentence)


def _meant(request: HttpRequest, asked: QueryDict) -> tuple[list[UUID], bool]:
    """Say which orders are meant: the picked ones, or all that the list's filter finds, as many as may be."""
    if asked.getlist("ids") or "all" not in asked:
        return ids_in(asked.getlist("ids")), False
    found = list(found_by(request).values_list("pk", flat=True)[: MOST_ORDERS + 1])
    return found[:MOST_ORDERS], len(found) > MOST_ORDERS


def _write(request: HttpRequest, changes: Sequence[RemarkChange]) -> HttpResponse:
    # What is written is what was seen: the seal covers every order's before and after
    if not changes or request.POST.get("seen") != _seal(changes):
        raise RemarksMoved
    written = remark_many(changes=changes, now=clock.now(), actor=_actor(request))
    request.session[UNDO] = [[str(one.order_id), one.number, one.was, one.becomes] for one in changes]
    sentence = ngettext("已备注 %(n)d 个订单。", "已备注 %(n)d 个订单。", written) % {"n": written}
    undo = reverse("backoffice:order-remarks-undo")
    return done(request, to=reverse("backoffice:orders"), sentence=sentence, undo=undo)


def _seal(changes: Sequence[RemarkChange]) -> str:
    lines: list[Any] = sorted((str(one.order_id), one.was, one.becomes) for one in changes)
    return hashlib.sha256(repr(lines).encode()).hexdigest()


def _actor(request: HttpRequest) -> Actor:
    person = request.person  # type: ignore[attr-defined]
    return Actor(kind="person", id=str(person.pk), name=str(person))
