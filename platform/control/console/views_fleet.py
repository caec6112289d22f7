"""How far the stores have come to the present release."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from control.console.acts import told
from control.console.desk import console_context
from control.console.forms import SearchForm
from control.console.selectors import fleet_runs
from control.fleet.models import MigrationState
from control.fleet.survey import standing
from control.people.doors import operator_only
from kit.web.lists import Column, page_of, state_tabs

FLEET_COLUMNS = [
    Column(gettext_lazy("店铺")),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("原因和处理办法")),
    Column(gettext_lazy("尝试次数"), align="num"),
    Column(gettext_lazy("最近一次"), align="num"),
]
NOT_DONE = (MigrationState.PENDING, MigrationState.LOCKED, MigrationState.DRIFTED, MigrationState.FAILED)
_HINTS = {
    MigrationState.PENDING: gettext_lazy("还没轮到。运行 linli fleet migrate 开始或继续升级。"),
    MigrationState.LOCKED: gettext_lazy("升级时数据一直被占用，换个清闲的时段再运行 linli fleet migrate。"),
    MigrationState.DRIFTED: gettext_lazy(
        "结构被别的方式改过，系统没有动它。对照 t_template 修好后运行 linli fleet verify。"
    ),
    MigrationState.FAILED: gettext_lazy("没有留下任何改动。按错误修好后再运行 linli fleet migrate。"),
}


@require_safe
@operator_only
def fleet(request: HttpRequest) -> HttpResponse:
    """Show how many stores are at the release, and each that is not, with the reason and what to do."""
    filters = SearchForm(request.GET, says=_("店铺名、网址或空间名"))
    query, state = filters.query, request.GET.get("state", "")
    now = standing()
    found = [one for one in now.not_done if query in f"{one.name} {one.slug} {one.schema}"]
    counts = {code.value: sum(one.row_state == code for one in found) for code in NOT_DONE}
    rows = page_of([one for one in found if state in ("", one.row_state)], request.GET)
    context = console_context(
        request,
        standing=now,
        total=sum(now.counts.values()),
        runs=[told(entry) for entry in fleet_runs()],
        rows=rows,
        lines=[(one, _HINTS[MigrationState(one.row_state)]) for one in rows],
        columns=FLEET_COLUMNS,
        filters=filters,
        is_filtered=bool(query or state),
        tabs=state_tabs(
            request.GET,
            states=[("", _("未完成")), *((code.value, code.label) for code in NOT_DONE)],
            counts={"": len(found), **counts},
        ),
    )
    return render(request, "console/fleet.html", context)
