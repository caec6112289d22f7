"""Closing and resuming a store, and taking its records along."""

from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control.audit.services import record_act
from control.console import selectors
from control.console.desk import console_context
from control.console.forms import ReasonForm
from control.lifecycle.services.pack_export import pack_export
from control.lifecycle.services.resume_store import resume_store
from control.lifecycle.services.suspend_store import suspend_store
from control.lifecycle.tasks import export_store
from control.people.doors import operator_only
from kit import clock
from kit.web.answers import again, done


@require_http_methods(["GET", "POST"])
@operator_only
def suspend(request: HttpRequest, merchant_id: UUID) -> HttpResponse:
    """Close a store, with the reason."""
    merchant = selectors.merchant_with_id(merchant_id)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        suspend_store(merchant_id=merchant_id, by=_by(request), reason=form.cleaned_data["reason"], now=clock.now())
        return done(request, to=_store(merchant_id), sentence=_("店铺已停用，五秒内全部入口关闭。"))
    context = console_context(request, form=form, merchant=merchant)
    template = "console/suspend.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


@require_http_methods(["GET", "POST"])
@operator_only
def resume(request: HttpRequest, merchant_id: UUID) -> HttpResponse:
    """Open a suspended store again, with the reason."""
    merchant = selectors.merchant_with_id(merchant_id)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        resume_store(merchant_id=merchant_id, by=_by(request), reason=form.cleaned_data["reason"], now=clock.now())
        return done(request, to=_store(merchant_id), sentence=_("店铺已恢复。"))
    context = console_context(request, form=form, merchant=merchant)
    template = "console/resume.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


@require_POST
@operator_only
def export(request: HttpRequest, merchant_id: UUID) -> HttpResponse:
    """Have a store's records written down, in the background."""
    selectors.merchant_with_id(merchant_id)
    export_store.delay(merchant_id=str(merchant_id), by=_by(request))
    return done(request, to=_store(merchant_id), sentence=_("正在导出，完成后可以在这里下载。"))


@require_safe
@operator_only
def download(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Hand out an export as a zip; who took it is written down, for it holds all that the store knows."""
    found = selectors.export_with_id(export_id)
    record_act(
        what="store.export_taken", actor=_by(request), now=clock.now(), merchant_id=found.merchant_id, seal=found.seal
    )
    packed = pack_export(export=found)
    # A streaming response, of which the stubs think less than Django does
    return FileResponse(packed.open("rb"), as_attachment=True, filename=packed.name)  # type: ignore[return-value]


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]


def _store(merchant_id: UUID) -> str:
    return reverse("console:store", args=[merchant_id])
