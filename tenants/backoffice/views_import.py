"""表格导入: upload, agree on the columns, check, import, take back."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control.merchants.limits import PlanLimitReached
from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.ports.storage import NoSuchFile, read_file
from kit.web.answers import UNPROCESSABLE, done
from kit.web.lists import Column, page_of
from kit.web.refusals import STATUS, tell_form
from tenants.backoffice.forms_import import ColumnsForm, UploadForm
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.backoffice.views_products import XLSX, download, limit_page
from tenants.catalog.models import CatalogImport, ImportState
from tenants.catalog.selectors import imports, last_done_import
from tenants.catalog.services.import_goods.columns import Rules, guess_columns, rules_from
from tenants.catalog.services.import_goods.receive_sheet import agree_columns, import_of, receive_sheet, sheet_of
from tenants.catalog.services.import_goods.template import template_file
from tenants.inventory.services.check_import import MOST_REMARKS, check_import
from tenants.inventory.services.run_import import start_import
from tenants.inventory.services.undo_import import undo_import
from tenants.inventory.tasks import run_import

COLUMNS = [
    Column(gettext_lazy("表格")),
    Column(gettext_lazy("行数"), align="num"),
    Column(gettext_lazy("新增"), align="num"),
    Column(gettext_lazy("更新"), align="num"),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("时间")),
    Column(""),
]
_PREVIEW = 5


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def uploads(request: HttpRequest) -> HttpResponse:
    """Take a sheet, and list the ones that came before."""
    form = UploadForm(request.POST or None, request.FILES or None) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["sheet"]
        try:
            source = receive_sheet(
                content=file.read(),
                file_name=file.name,
                by_name=str(request.person),  # type: ignore[attr-defined]
                now=clock.now(),
            )
        except Refused as refusal:
            tell_form(form, type(refusal)(refusal.sentence, fields={"sheet": [refusal.sentence]}))
        else:
            return _check(request, source) if source.columns else redirect("backoffice:import-columns", source.pk)
    last = last_done_import()
    context = desk_context(
        request,
        form=form,
        columns=COLUMNS,
        rows=page_of(imports(), request.GET),
        last_done=last.pk if last else None,
    )
    return render(request, "backoffice/import/uploads.html", context, status=UNPROCESSABLE if form.errors else 200)


@require_safe
@staff_only
def template(request: HttpRequest) -> HttpResponse:
    """Give our own template."""
    return download(template_file(), name=_("商品导入模板.xlsx"))


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def columns(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Ask what the columns of a foreign sheet mean."""
    source = import_of(import_id)
    sheet = sheet_of(source)
    guess = source.columns or guess_columns(sheet.head, [row.cells for row in sheet.rows])
    rules = rules_from(source.rules) if source.rules else Rules(last_row_wins=True, ending="9")
    form = ColumnsForm(request.POST or None, sheet=sheet, columns=guess, rules=rules)
    if request.method == "POST" and form.is_valid():
        try:
            agreed = agree_columns(
                import_id=import_id,
                columns=form.columns(),
                rules=form.rules(),
                by_name=str(request.person),  # type: ignore[attr-defined]
                now=clock.now(),
            )
        except Refused as refusal:
            form.tell(refusal.fields, refusal)
        else:
            return _check(request, agreed)
    context = desk_context(
        request,
        form=form,
        source=source,
        sheet=sheet,
        preview=[row.cells[: len(sheet.head)] for row in sheet.rows[:_PREVIEW]],
        crumbs=_crumbs(source),
    )
    return render(request, "backoffice/import/columns.html", context, status=UNPROCESSABLE if form.is_bound else 200)


@require_safe
@staff_only
@changers_only
def detail(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Show where an import stands: what the check found, how far it is, what it did."""
    source = import_of(import_id)
    if not source.columns:
        return redirect("backoffice:import-columns", import_id)
    last = last_done_import()
    context = desk_context(
        request,
        **_standing(source),
        is_last=last is not None and last.pk == source.pk,
        most_remarks=MOST_REMARKS,
        crumbs=_crumbs(source),
    )
    return render(request, "backoffice/import/detail.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def start(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Begin a checked import in the background."""
    if request.method == "POST":
        source = start_import(import_id=import_id, now=clock.now())
        run_import.delay(store=str(request.store.merchant_id), import_id=str(source.pk))  # type: ignore[attr-defined]
    return redirect("backoffice:import", import_id)


@require_safe
@staff_only
@changers_only
def progress(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Answer the bar of a running import; when it ended, the page renews itself."""
    source = import_of(import_id)
    if source.state != ImportState.RUNNING:
        return HttpResponse(headers={"HX-Redirect": reverse("backoffice:import", args=[import_id])})
    return render(request, "backoffice/import/_progress.html", _standing(source))


@require_safe
@staff_only
@changers_only
def problems(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Give the merchant's own sheet back with the reasons in it."""
    source = import_of(import_id)
    if not source.problems_key:
        raise NoSuchFile
    stem, _dot, suffix = source.file_name.rpartition(".")
    is_csv = source.problems_key.endswith(".csv")
    name = f"{stem or suffix}-{_('错误')}.{'csv' if is_csv else 'xlsx'}"
    return download(read_file(source.problems_key), name=name, content_type="text/csv" if is_csv else XLSX)


@require_POST
@staff_only
@changers_only
def undo(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Take the last import back."""
    taken_off, kept = undo_import(
        import_id=import_id,
        by_name=str(request.person),  # type: ignore[attr-defined]
        now=clock.now(),
    )
    sentence = _("已撤销：下架 %(n)s 个新商品。") % {"n": taken_off}
    if kept:
        sentence += _("有 %(kept)s 个已经有人下单，保留在售。") % {"kept": kept}
    return done(request, to=reverse("backoffice:import", args=[import_id]), sentence=sentence)


def _check(request: HttpRequest, source: CatalogImport) -> HttpResponse:
    try:
        check_import(import_id=source.pk, now=clock.now())
    except PlanLimitReached as reached:
        return limit_page(request, reached)
    except Refused as refusal:
        return render(
            request,
            "backoffice/import/refused.html",
            desk_context(request, source=source, sentence=refusal, crumbs=_crumbs(source)),
            status=STATUS[refusal.kind],
        )
    return redirect("backoffice:import", source.pk)


def _standing(source: CatalogImport) -> dict[str, Any]:
    # Reading and pictures are nine tenths of the way; the writing is one step at the end
    share = 90 * source.rows_done // source.rows_total if source.rows_total else 0
    return {"source": source, "percent": max(5, share), "poll": reverse("backoffice:import-progress", args=[source.pk])}


def _crumbs(source: CatalogImport) -> list[tuple[Any, str]]:
    products, uploaded = reverse("backoffice:products"), reverse("backoffice:imports")
    return [(_("商品"), products), (_("表格导入"), uploaded), (source.file_name, "")]
