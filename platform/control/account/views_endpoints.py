"""The addresses that are told what happens, and what was told to them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control.account.desk import account_context, owners_only
from control.account.forms_open import EndpointForm
from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.lists import Column, page_of
from kit.web.refusals import tell_form
from tenants.backoffice.upgrade import feature_only
from tenants.integrations.events import EVENTS
from tenants.integrations.models import DeliveryState, WebhookEndpoint
from tenants.integrations.selectors import deliveries_of, endpoint_with_id
from tenants.integrations.services.announce import announce_test
from tenants.integrations.services.endpoints import (
    EndpointMissing,
    add_endpoint,
    change_secret,
    edit_endpoint,
    pause_endpoint,
    remove_endpoint,
    resume_endpoint,
)
from tenants.integrations.services.replay import replay

COLUMNS = [
    Column(gettext_lazy("通知内容")),
    Column(gettext_lazy("时间"), align="num"),
    Column(gettext_lazy("每次结果")),
    Column(gettext_lazy("状态")),
    Column(""),
]
_ACTS: dict[str, tuple[Callable[..., Any], Any]] = {
    "pause": (pause_endpoint, gettext_lazy("已暂停，期间的通知恢复后再发。")),
    "resume": (resume_endpoint, gettext_lazy("已恢复。")),
    "removal": (remove_endpoint, gettext_lazy("回调地址已删除。")),
}
_TONES = {DeliveryState.DELIVERED: "good", DeliveryState.FAILED: "bad", DeliveryState.PENDING: "warn"}
_WHY = {
    "timeout": gettext_lazy("超时"),
    "unreachable": gettext_lazy("连不上"),
    "forbidden": gettext_lazy("地址不允许"),
    "no_secret": gettext_lazy("密钥失效"),
    "lost": gettext_lazy("没等到结果"),
}


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only
@feature_only("webhooks")
@owners_only
def new(request: HttpRequest) -> HttpResponse:
    """Add an address; its secret is on the answer to this one request."""
    form = EndpointForm(request.POST or None)
    if form.is_valid():
        try:
            added, secret = add_endpoint(**form.cleaned_data, **_who(request), now=clock.now())
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return _once(request, added, secret)
    return _form(request, form, _("添加回调地址"))


@require_safe
@staff_only
def endpoint(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Show one address with what was told to it, try by try."""
    shown = _found(endpoint_id)
    rows = page_of(deliveries_of(shown), request.GET)
    context = account_context(
        request,
        "account:open",
        endpoint=shown,
        kinds=[EVENTS.get(kind, kind) for kind in shown.event_types],
        rows=rows,
        lines=[
            (row, EVENTS.get(row.event.kind, _("测试通知")), _TONES[DeliveryState(row.state)], _tries(row))
            for row in rows
        ],
        columns=COLUMNS,
        crumbs=[(_("开放接口"), reverse("account:open")), (_("回调地址"), "")],
    )
    return render(request, "account/endpoint.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
@owners_only
def edit(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Change where and what is told."""
    shown = _found(endpoint_id)
    form = EndpointForm(request.POST or None, initial={"url": shown.url, "event_types": shown.event_types})
    if form.is_valid():
        try:
            edit_endpoint(endpoint_id=endpoint_id, **form.cleaned_data, **_who(request), now=clock.now())
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=_here(endpoint_id), sentence=_("已保存。"))
    return _form(request, form, _("修改回调地址"))


@never_cache
@require_POST
@staff_only
@owners_only
def secret(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Give an address a new secret; for a day the former signs too."""
    return _once(request, *change_secret(endpoint_id=endpoint_id, **_who(request), now=clock.now()))


@require_POST
@staff_only
@owners_only
def act(request: HttpRequest, endpoint_id: UUID, what: str) -> HttpResponse:
    """Pause, resume, remove or try one address."""
    if what == "test":
        announce_test(endpoint=_found(endpoint_id), at=clock.now())
        return done(request, to=_here(endpoint_id), sentence=_("测试通知已发出，几秒后刷新看结果。"))
    story, sentence = _ACTS[what]
    story(endpoint_id=endpoint_id, **_who(request), now=clock.now())
    to = reverse("account:open") if what == "removal" else _here(endpoint_id)
    return done(request, to=to, sentence=str(sentence))


@require_POST
@staff_only
@owners_only
def send_again(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Begin a new round of tries."""
    sent = replay(delivery_id=delivery_id, now=clock.now())
    return done(request, to=_here(sent.endpoint_id), sentence=_("已重新发送，几秒后刷新看结果。"))


def _found(endpoint_id: UUID) -> WebhookEndpoint:
    found = endpoint_with_id(endpoint_id)
    if found is None:
        raise EndpointMissing
    return found


def _tries(row: Any) -> list[str]:
    return [str(one.status or _WHY.get(one.failure, one.failure)) for one in reversed(row.shown_attempts)]


def _once(request: HttpRequest, shown: WebhookEndpoint, text: str) -> HttpResponse:
    words = {"title": shown.url, "secret": text, "back": _here(shown.pk), "is_key": False}
    return render(request, "account/shown_once.html", account_context(request, "account:open", **words))


def _form(request: HttpRequest, form: EndpointForm, title: str) -> HttpResponse:
    crumbs = [(_("开放接口"), reverse("account:open")), (title, "")]
    context = account_context(request, "account:open", form=form, title=title, crumbs=crumbs)
    template = "account/endpoint_edit.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


def _who(request: HttpRequest) -> dict[str, str]:
    person = request.person  # type: ignore[attr-defined]
    return {"by": person.email, "by_name": str(person)}


def _here(endpoint_id: UUID) -> str:
    return reverse("account:endpoint", args=[endpoint_id])
