"""The merchant takes along all that the store knows: asked for by the owner, made in the background."""

from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from control.account.desk import account_context, owners_only, store_of
from control.audit.services import record_act
from control.lifecycle.selectors import export_of, exports_of
from control.lifecycle.services.pack_export import pack_export
from control.lifecycle.tasks import export_store
from control.people.doors import staff_only
from kit import clock
from kit.tenancy import in_control
from kit.web.answers import done


@require_safe
@staff_only
def exports(request: HttpRequest) -> HttpResponse:
    """List the exports that are kept."""
    with in_control():
        rows = exports_of(store_of(request).merchant_id)
    return render(request, "account/exports.html", account_context(request, "account:exports", rows=rows))


@require_POST
@staff_only
@owners_only
def begin(request: HttpRequest) -> HttpResponse:
    """Have the store's records written down."""
    with in_control():  # the task is not this store's own: it works for a suspended one too
        export_store.delay(merchant_id=str(store_of(request).merchant_id), by=_by(request))
    return done(request, to=reverse("account:exports"), sentence=_("正在导出，完成后可以在这里下载。"))


@require_safe
@staff_only
@owners_only
def download(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Hand out an export of this store as a zip; who took it is written down."""
    merchant_id = store_of(request).merchant_id
    with in_control():
        found = export_of(merchant_id, export_id=export_id)
        record_act(
            what="store.export_taken", actor=_by(request), now=clock.now(), merchant_id=merchant_id, seal=found.seal
        )
    packed = pack_export(export=found)
    # A streaming response, of which the stubs think less than Django does
    return FileResponse(packed.open("rb"), as_attachment=True, filename=packed.name)  # type: ignore[return-value]


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]
