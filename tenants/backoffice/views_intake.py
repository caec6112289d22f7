"""Suppliers, leaders and stock counts from a sheet: upload, see what it would do, do it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.errors import Kind, Refused
from kit.intake import CHANGED, NEW, UNCHANGED, WRONG, Finding, Intake, IntakeRow, seal_of
from kit.ports.storage import NoSuchFile, delete_file, keep_file, read_file
from kit.web.answers import UNPROCESSABLE, done
from kit.web.refusals import STATUS, tell_form
from tenants.backoffice.forms_import import SheetForm
from tenants.backoffice.listing import Cell, by, xlsx
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.backoffice.views_products import XLSX, download
from tenants.catalog.services.import_goods.cell_words import guarded, number_in, unguarded
from tenants.catalog.services.import_goods.columns import refuse_doubled
from tenants.catalog.services.import_goods.problems import problems_file
from tenants.catalog.services.import_goods.sheet import Sheet, read_sheet
from tenants.inventory.services import import_counts
from tenants.leaders import import_leaders
from tenants.purchasing.services import import_suppliers

INTAKES = {
    "suppliers": Intake(
        gettext_lazy("导入供应商"), gettext_lazy("按供应商名称对上已有的，没有的就新增。"),
        import_suppliers.HEADS, frozenset({"name"}), import_suppliers.supplier_rows, import_suppliers.find_suppliers,
        import_suppliers.take_suppliers, "backoffice:suppliers",
    ),
    "leaders": Intake(
        gettext_lazy("导入团长和自提点"), gettext_lazy("按手机号对上团长，一个自提点一行。"),
        import_leaders.HEADS, frozenset({"name", "phone"}), import_leaders.leader_rows, import_leaders.find_leaders,
        import_leaders.take_leaders, "backoffice:leaders", import_leaders.MOST,
    ),
    "stock": Intake(
        gettext_lazy("导入库存数"), gettext_lazy("盘点后的数量或期初库存，记在主仓。只改“实有”这一列。"),
        import_counts.HEADS, frozenset({"count"}), import_counts.count_rows, import_counts.find_counts,
        import_counts.take_counts, "backoffice:stock",
    ),
}  # fmt: skip
_WAITING = "intake"  # the sheet that was checked and not yet done, in the session
_KEPT = timedelta(hours=2)
_NUMBERS = frozenset({"count", "latitude", "longitude", "phone"})
_MOST_SHOWN = 200


class IntakeMissing(Refused):
    """There is no such import, or its sheet was put away."""

    code, kind, sentence = "intake_missing", Kind.MISSING, _("这份表格已经处理过或放太久了，请重新上传。")


class HeadsMissing(Refused):
    """A column that is needed is not in the sheet. Facts: none; the sentence names it."""

    code, kind, sentence = "heads_missing", Kind.INVALID, _("表格里缺少必要的列，请用下载的模板。")


class TooManyRows(Refused):
    """More rows than this list takes at once."""

    code, kind, sentence = "too_many_rows", Kind.INVALID, _("表格行数太多，请分几次上传。")


class SheetStale(Refused):
    """What the sheet would do is not what was shown any more."""

    code, kind, sentence = "sheet_stale", Kind.CONFLICT, _("检查之后店里的内容又变了，请再看一遍。")


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def intake(request: HttpRequest, what: str) -> HttpResponse:
    """Take a sheet and show what it would do, row by row; nothing is written."""
    wanted = _intake(what)
    form = SheetForm(request.POST, request.FILES) if request.method == "POST" else SheetForm()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["sheet"]
        try:
            sheet = read_sheet(file.read(), file_name=file.name)
            _found_in(wanted, sheet)
        except Refused as refusal:
            tell_form(form, type(refusal)(refusal.sentence, fields={"sheet": [refusal.sentence]}))
        else:
            _put_away(request)
            file.seek(0)
            key = keep_file(content=file.read(), room="imports", suffix="csv" if sheet.is_csv else "xlsx")
            until = (clock.now() + _KEPT).isoformat()
            request.session[_WAITING] = {"what": what, "key": key, "name": file.name[-120:], "until": until}
            return redirect("backoffice:intake-check", what)
    context = desk_context(request, intake=wanted, what=what, form=form, crumbs=_crumbs(wanted))
    return render(request, "backoffice/intake/upload.html", context, status=UNPROCESSABLE if form.errors else 200)


@require_safe
@staff_only
@changers_only
def template(request: HttpRequest, what: str) -> HttpResponse:
    """Give what is there in the columns that can be imported."""
    wanted = _intake(what)
    rows = ([Cell(guarded(one) if isinstance(one, str) else one) for one in row] for row in wanted.rows())
    return xlsx(wanted.title, list(wanted.heads.values()), rows)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def check(request: HttpRequest, what: str) -> HttpResponse:
    """Show what the waiting sheet would do, or do it if it still is what was shown."""
    wanted = _intake(what)
    waiting, _sheet, findings = _waiting(request, what, wanted)
    seal, refusal = seal_of(findings), None
    if request.method == "POST":
        try:
            if request.POST.get("seen") != seal or any(one.problems for one in findings):
                raise SheetStale
            wanted.do(findings, by_name=by(request), now=clock.now(), source=waiting["name"])
        except Refused as said:
            refusal = said
        else:
            _put_away(request)
            counts = _counts(findings)
            sentence = _("已导入：新增 %(new)s 行，更新 %(changed)s 行。") % counts
            return done(request, to=reverse(wanted.back), sentence=sentence)
    touched = [one for one in findings if one.kind != UNCHANGED]
    context = desk_context(
        request,
        intake=wanted,
        what=what,
        file_name=waiting["name"],
        counts=_counts(findings),
        findings=sorted(touched, key=lambda one: (one.kind != WRONG, one.number))[:_MOST_SHOWN],
        most=_MOST_SHOWN,
        is_cut=len(touched) > _MOST_SHOWN,
        seal=seal,
        refusal=refusal,
        crumbs=_crumbs(wanted),
    )
    return render(request, "backoffice/intake/check.html", context, status=STATUS[refusal.kind] if refusal else 200)


@require_safe
@staff_only
@changers_only
def problems(request: HttpRequest, what: str) -> HttpResponse:
    """Give the sheet back with the reasons beside its wrong rows."""
    waiting, sheet, findings = _waiting(request, what, _intake(what))
    wrong = {one.number: one.problems for one in findings if one.problems}
    content = problems_file(content=read_file(waiting["key"]), sheet=sheet, wrong=wrong)
    stem, _dot, suffix = waiting["name"].rpartition(".")
    name = f"{stem or suffix}-{_('错误')}.{'csv' if sheet.is_csv else 'xlsx'}"
    return download(content, name=name, content_type="text/csv" if sheet.is_csv else XLSX)


@require_POST
@staff_only
@changers_only
def drop(request: HttpRequest, what: str) -> HttpResponse:
    """Put the waiting sheet away."""
    _put_away(request)
    return redirect("backoffice:intake", what)


def _intake(what: str) -> Intake:
    if what not in INTAKES:
        raise IntakeMissing
    return INTAKES[what]


def _waiting(request: HttpRequest, what: str, wanted: Intake) -> tuple[dict[str, str], Sheet, list[Finding]]:
    waiting = request.session.get(_WAITING, {})
    if waiting.get("what") != what or waiting["until"] < clock.now().isoformat():
        raise IntakeMissing
    try:
        sheet = read_sheet(read_file(waiting["key"]), file_name=waiting["key"])
    except NoSuchFile:
        raise IntakeMissing from None
    return waiting, sheet, _found_in(wanted, sheet)


def _found_in(wanted: Intake, sheet: Sheet) -> list[Finding]:
    places = {text.strip(): at for at, text in reversed(list(enumerate(sheet.head)))}
    columns = {word: places[head] for word, head in wanted.heads.items() if head in places}
    refuse_doubled(sheet.head, wanted.heads.values())
    missing = [wanted.heads[word] for word in wanted.heads if word in wanted.must - columns.keys()]
    if missing:
        raise HeadsMissing(_("表格里没有“%(heads)s”这一列，请用下载的模板。") % {"heads": "”“".join(missing)})
    if len(sheet.rows) > wanted.most:
        raise TooManyRows(_("一次最多 %(most)s 行，请分几次上传。") % {"most": wanted.most})
    rows, wrong = [], {}
    for row in sheet.rows:
        words = {word: row.cells[at] for word, at in columns.items() if at < len(row.cells)}
        merged = [word for word, at in columns.items() if (row.number, at + 1) in sheet.covered and not words.get(word)]
        if merged:
            sentence = _("“%(head)s”是空的（合并过的单元格请拆开，每行都要填）。")
            wrong[row.number] = sentence % {"head": wanted.heads[merged[0]]}
        uncomputed = [word for word, at in columns.items() if (row.number, at + 1) in sheet.uncomputed]
        if uncomputed:
            sentence = _("“%(head)s”是公式，但表格里没有存计算结果，请改成数字或在 Excel 里重新保存。")
            wrong[row.number] = sentence % {"head": wanted.heads[uncomputed[0]]}
        plain = {word: number_in(text) if word in _NUMBERS else unguarded(text) for word, text in words.items()}
        rows.append(IntakeRow(row.number, plain))
    findings = wanted.find(rows)
    for one in findings:
        if one.number in wrong:
            one.problems.insert(0, wrong[one.number])
    return findings


def _put_away(request: HttpRequest) -> None:
    waiting = request.session.pop(_WAITING, None)
    if waiting:
        delete_file(waiting["key"])


def _counts(findings: Sequence[Finding]) -> dict[str, int]:
    return {kind: sum(one.kind == kind for one in findings) for kind in (NEW, CHANGED, UNCHANGED, WRONG)}


def _crumbs(wanted: Intake) -> list[tuple[Any, str]]:
    return [(_("列表"), reverse(wanted.back)), (wanted.title, "")]
