"""The merchant takes along all that the store knows: asked for by the owner, made in the background."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from control.account.desk import account_context, owners_only, store_of
from control.audit.services import record_act
from control.lifecycle.models import JobKind
from control.lifecycle.selectors import exports_of, jobs_of
from control.lifecycle.services.jobs import ask_job
from control.lifecycle.services.links import make_link, use_link
from control.lifecycle.services.pack_export import pack_export
from control.lifecycle.tasks import run_job
from control.people.doors import staff_only
from control.support.marks import never_in_support
from kit import clock
from kit.tenancy import in_control
from kit.web.answers import done


@require_safe
@staff_only
def exports(request: HttpRequest) -> HttpResponse:
    """List the exports that are kept."""
    with in_control():
        rows = exports_of(store_of(request).merchant_id)
        jobs = jobs_of(store_of(request).merchant_id, kind=JobKind.EXPORT, limit=1)
    context = account_context(request, "account:exports", rows=rows, jobs=jobs)
    return render(request, "account/exports.html", context)


@require_POST
@staff_only
@owners_only
def begin(request: HttpRequest) -> HttpResponse:
    """Have the store's records written down."""
    person, merchant_id = request.person, store_of(request).merchant_id  # type: ignore[attr-defined]
    with in_control():  # the task is not this store's own: it works for a suspended one too
        job = ask_job(kind=JobKind.EXPORT, merchant_id=merchant_id, actor=person, as_operator=False, now=clock.now())
        run_job.delay(job_id=str(job.pk))
    return done(request, to=reverse("account:exports"), sentence=_("正在导出，完成后可以在这里下载。"))


@require_POST
@staff_only
@owners_only
def link(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Make a way to an export that this person may use once, here, within ten minutes, and lead there."""
    person = request.person  # type: ignore[attr-defined]
    with in_control():
        token = make_link(
            merchant_id=store_of(request).merchant_id, export_id=export_id, person_id=person.pk, now=clock.now()
        )
    return HttpResponseRedirect(f"{reverse('account:export-file')}?{urlencode({'pass': token})}", status=303)


@never_in_support
@require_safe
@staff_only
@owners_only
def download(request: HttpRequest) -> HttpResponse:
    """Hand out an export of this store as a zip; who took it is written down."""
    merchant_id, now = store_of(request).merchant_id, clock.now()
    person = request.person  # type: ignore[attr-defined]
    with in_control():
        found = use_link(token=request.GET.get("pass", "")[:100], merchant_id=merchant_id, person_id=person.pk, now=now)
        record_act(what="store.export_taken", actor=_by(request), now=now, merchant_id=merchant_id, seal=found.seal)
    packed = pack_export(export=found)
    # A streaming response, of which the stubs think less than Django does
    return FileResponse(packed.open("rb"), as_attachment=True, filename=packed.name)  # type: ignore[return-value]


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]
