"""召回: calling goods back, and how far that has come."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.lists import Column, page_of
from kit.web.refusals import tell_form
from tenants.backoffice.forms_batches import RecallForm
from tenants.backoffice.forms_stock import WordFilter
from tenants.backoffice.listing import Action, Cell, Line, Listing, by, show_list, whole
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.inventory.models import BatchState
from tenants.inventory.selectors import batches_for_desk
from tenants.sales.services.refund_recalled import refund_recalled
from tenants.tracing.models import Recall, RecalledLine, RecallState
from tenants.tracing.selectors import lines_of_recall, progress_of, recall_with_id, recalls_for_desk
from tenants.tracing.services.recall import close_recall, start_recall, tell_members

_MOST_OFFERED = 50
COLUMNS = [
    Column(gettext_lazy("订单号")),
    Column(gettext_lazy("顾客")),
    Column(gettext_lazy("团长")),
    Column(gettext_lazy("提货")),
    Column(gettext_lazy("退款"), align="num"),
    Column(gettext_lazy("通知")),
]


@require_safe
@staff_only
def recalls(request: HttpRequest) -> HttpResponse:
    """List recalls."""
    filters = WordFilter(request.GET)
    listing = Listing(
        _("召回"),
        _("货有问题时，按批次找到每一单、每一位顾客。"),
        [
            Column(gettext_lazy("召回")),
            Column(gettext_lazy("涉及订单"), align="num"),
            Column(gettext_lazy("已退款"), align="num"),
            Column(gettext_lazy("状态")),
            Column(gettext_lazy("时间")),
            Column(""),
        ],
        _line_of,
        (_("没有召回"), _("希望永远用不上。")),
        icon="megaphone",
        buttons=[
            Action(_("发起召回"), reverse("backoffice:recall-new"), is_drawer=False, is_main=True, icon="megaphone")
        ],
        states=[("", _("全部")), *RecallState.choices],
        crumbs=[(_("批次"), reverse("backoffice:batches")), (_("召回"), "")],
    )
    word = filters.word()
    found = recalls_for_desk(query=word, state=request.GET.get("state", ""))
    counts = {state: recalls_for_desk(query=word, state=state).count() for state in ("", *RecallState.values)}
    return show_list(request, listing, found, filters=filters, counts=counts)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def new(request: HttpRequest) -> HttpResponse:
    """Choose batches and call them back."""
    filters = WordFilter({"q": request.GET.get("q") or request.GET.get("lot", "")})
    offered = batches_for_desk(query=filters.word()).exclude(state=BatchState.RECALLED)[:_MOST_OFFERED]
    choices = [
        (str(batch.pk), f"{batch.lot} · {batch.stock.sku.product.title} {batch.stock.sku.label} · {batch.on_hand}")
        for batch in offered
    ]
    form = RecallForm(request.POST or None)
    form.fields["batch_ids"].choices = choices  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            recall = start_recall(
                batch_ids=[UUID(one) for one in form.cleaned_data["batch_ids"]],
                title=form.cleaned_data["title"],
                reason=form.cleaned_data["reason"],
                by_name=by(request),
                now=clock.now(),
            )
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=reverse("backoffice:recall", args=[recall.pk]), sentence=_("已召回，批次已停售。"))
    context = desk_context(
        request,
        form=form,
        filters=filters,
        is_filtered=bool(filters.word()),
        has_batches=bool(choices),
        crumbs=[(_("召回"), reverse("backoffice:recalls")), (_("发起召回"), "")],
    )
    template = "backoffice/goods/recall_new.html"
    return again(request, template, context) if request.method == "POST" else render(request, template, context)


@require_safe
@staff_only
def recall(request: HttpRequest, recall_id: UUID) -> HttpResponse:
    """Show how far a recall has come, and everybody it concerns; ``?export=xlsx`` gives the report."""
    known = recall_with_id(recall_id)
    found = lines_of_recall(recall_id)
    if request.GET.get("export") == "xlsx":
        heads = [
            _("订单号"), _("商品"), _("数量"), _("顾客"), _("手机号"), _("团长"), _("自提点"), _("提货"),
            _("退款"), _("通知"),
        ]  # fmt: skip
        return whole(known.title, heads, found, lambda piece: map(_cells, piece))
    progress = progress_of(recall_id)
    of_all = progress.lines or 1
    context = desk_context(
        request,
        recall=known,
        progress=progress,
        columns=COLUMNS,
        rows=page_of(found, request.GET),
        batches=known.batches.select_related("batch"),
        refunded_percent=100 * progress.refunded // of_all,
        refunded_sentence=_("已退款 %(n)s / %(all)s 单") % {"n": progress.refunded, "all": progress.lines},
        told_percent=100 * progress.told // of_all,
        told_sentence=_("已通知 %(n)s / %(all)s 单") % {"n": progress.told, "all": progress.lines},
        crumbs=[(_("召回"), reverse("backoffice:recalls")), (known.title, "")],
    )
    return render(request, "backoffice/goods/recall.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def tell(request: HttpRequest, recall_id: UUID) -> HttpResponse:
    """Tell those who bought."""
    return _act(request, recall_id, "tell")


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def refund(request: HttpRequest, recall_id: UUID) -> HttpResponse:
    """Give the money back."""
    return _act(request, recall_id, "refund")


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def close(request: HttpRequest, recall_id: UUID) -> HttpResponse:
    """End a recall."""
    return _act(request, recall_id, "close")


def _act(request: HttpRequest, recall_id: UUID, what: str) -> HttpResponse:
    to = reverse("backoffice:recall", args=[recall_id])
    if request.method == "GET":
        return redirect(to)  # someone came back here after logging in again
    name, now = by(request), clock.now()
    if what == "tell":
        members = tell_members(recall_id=recall_id, by_name=name, now=now)
        return done(request, to=to, sentence=_("正在给 %(n)s 位顾客发短信。") % {"n": members})
    if what == "close":
        close_recall(recall_id=recall_id, by_name=name, now=now)
        return done(request, to=to, sentence=_("召回已结束。"))
    asked, failed = refund_recalled(recall_id=recall_id, by_name=name, now=now)
    words = {"n": asked, "failed": failed}
    return done(request, to=to, sentence=_("已为 %(n)s 单发起退款，%(failed)s 单需要人工处理。") % words)


def _line_of(one: Recall) -> Line:
    return Line(
        [
            Cell(one.title, sub=one.reason, href=reverse("backoffice:recall", args=[one.pk]), css="lead"),
            Cell(one.hit, css="num"),  # type: ignore[attr-defined]
            Cell(one.done, css="num"),  # type: ignore[attr-defined]
            Cell(one.get_state_display(), tone="warn" if one.state == RecallState.OPEN else "none"),
            Cell(one.started_at.date(), sub=one.started_by),
        ],
        [Action(_("查看"), reverse("backoffice:recall", args=[one.pk]), is_drawer=False)],
    )


def _cells(line: RecalledLine) -> list[Cell]:
    order = line.order_line.order
    return [
        Cell(order.number), Cell(line.order_line.title), Cell(line.quantity), Cell(order.contact_name),
        Cell(order.contact_phone), Cell(order.leader_name), Cell(order.point_name),
        Cell(_("已提走") if line.was_handed else _("已拦下")), Cell(f"{line.refunded_minor / 100:.2f}"),
        Cell(line.told_at or "–"),
    ]  # fmt: skip
