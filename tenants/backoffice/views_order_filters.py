"""订单 · 常用筛选: a person's own filters, in the head of the list."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from control.people.doors import staff_only
from kit.web.answers import done
from tenants.backoffice.forms_order_list import FilterNameForm
from tenants.backoffice.forms_orders import OrderFilters
from tenants.backoffice.listing import Drawer, fill_in
from tenants.backoffice.views_orders import today_of
from tenants.orders.models import OrderState
from tenants.orders.saved_filters import DAYS, forget_filter, save_filter


@require_http_methods(["GET", "POST"])
@staff_only
def new(request: HttpRequest) -> HttpResponse:
    """Keep what the list is asked for under a name."""
    asked = _asked(request.GET)
    has_days = bool(DAYS & asked.keys())
    form = FilterNameForm(request.POST if request.method == "POST" else None, has_days=has_days)
    drawer = Drawer(_("保存为常用筛选"), _("保存"), reverse("backoffice:orders"))

    def save(words: dict[str, Any]) -> tuple[str, Any]:
        saved = save_filter(
            person_id=request.person.pk,  # type: ignore[attr-defined]
            name=words["name"],
            asked=asked,
            follows_today=words.get("follows_today", False),
            today=today_of(request),
        )
        sentence = _("已保存常用筛选“%(name)s”。") % {"name": saved.name}
        return f"{reverse('backoffice:orders')}?{saved.asked}", sentence

    return fill_in(request, drawer, form, save)


@require_POST
@staff_only
def forget(request: HttpRequest, filter_id: UUID) -> HttpResponse:
    """Delete one."""
    name = forget_filter(person_id=request.person.pk, filter_id=filter_id)  # type: ignore[attr-defined]
    return done(request, to=reverse("backoffice:orders"), sentence=_("已删除常用筛选“%(name)s”。") % {"name": name})


def _asked(query: QueryDict) -> dict[str, str]:
    # What the list would leave out as nonsense is not kept either
    form = OrderFilters(query, points=[], leaders=[])
    form.is_valid()
    asked = {name: str(query.get(name, "")).strip() for name in (*form.cleaned_data, "state")}
    if asked["state"] not in OrderState.values:
        asked["state"] = ""
    return {name: text for name, text in asked.items() if text}
