"""Closing and resuming a store, and taking its records along."""

from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control.audit.services import record_act
from control.console import selectors
from control.console.desk import console_context
from control.console.forms import CopyForm, ReasonForm
from control.console.tasks import run_copy
from control.lifecycle.models import JobKind, StoreJob
from control.lifecycle.services.archive_store import refuse_unless_closed
from control.lifecycle.services.jobs import ask_job
from control.lifecycle.services.pack_export import pack_export
from control.lifecycle.services.resume_store import resume_store
from control.lifecycle.services.suspend_store import suspend_store
from control.lifecycle.tasks import run_job
from control.merchants.models import MerchantState
from control.merchants.services import MoveRefused
from control.merchants.slugs import check_slug
from control.people.doors import operator_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.refusals import tell_form


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
    run_job.delay(job_id=str(_ask(request, merchant_id, JobKind.EXPORT).pk))
    return done(request, to=_store(merchant_id), sentence=_("正在导出，完成后可以在这里下载。"))


@require_http_methods(["GET", "POST"])
@operator_only
def archive(request: HttpRequest, merchant_id: UUID) -> HttpResponse:
    """Export a suspended store and take it out of the database, in the background, with the reason."""
    merchant, form = selectors.merchant_with_id(merchant_id), ReasonForm(request.POST or None)
    if form.is_valid():
        refuse_unless_closed(merchant, clock.now())
        run_job.delay(job_id=str(_ask(request, merchant_id, JobKind.ARCHIVE, **form.cleaned_data).pk))
        return done(request, to=_store(merchant_id), sentence=_("正在归档，进度在下面。"))
    context = console_context(request, form=form, merchant=merchant)
    template = "console/archive.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


@require_POST
@operator_only
def restore(request: HttpRequest, merchant_id: UUID) -> HttpResponse:
    """Bring an archived store back; it stands suspended until somebody resumes it."""
    merchant = selectors.merchant_with_id(merchant_id)
    if merchant.state != MerchantState.ARCHIVED:
        raise MoveRefused(state=merchant.state, to=MerchantState.SUSPENDED.value)
    run_job.delay(job_id=str(_ask(request, merchant_id, JobKind.RESTORE).pk))
    return done(request, to=_store(merchant_id), sentence=_("正在恢复，完成后店铺处于停用状态，可以再开通。"))


@require_http_methods(["GET", "POST"])
@operator_only
def copy(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Make a new store of an export, beside the one it came from; it begins with a trial of its own."""
    found, form = selectors.export_with_id(export_id), CopyForm(request.POST or None)
    merchant = selectors.merchant_with_id(found.merchant_id)
    if form.is_valid():
        try:
            slug = check_slug(form.cleaned_data["slug"], name=merchant.name)
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            job = _ask(request, merchant.pk, JobKind.COPY, slug=slug, export_id=found.pk)
            run_copy.delay(job_id=str(job.pk))
            return done(request, to=_store(merchant.pk), sentence=_("正在恢复为新店，进度在下面。"))
    context = console_context(request, form=form, merchant=merchant, export=found)
    template = "console/copy.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


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


def _ask(request: HttpRequest, merchant_id: UUID, kind: JobKind, **more: Any) -> StoreJob:
    person = request.person  # type: ignore[attr-defined]
    return ask_job(kind=kind, merchant_id=merchant_id, actor=person, as_operator=True, now=clock.now(), **more)


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]


def _store(merchant_id: UUID) -> str:
    return reverse("console:store", args=[merchant_id])
