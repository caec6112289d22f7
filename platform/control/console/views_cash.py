"""Disputes, bank transfers, and the daily comparison with Stripe."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.models.reconciling import DifferenceState
from billing.models.reversals import DisputeState
from billing.models.transfers import TransferState
from billing.services.answer_dispute import answer_dispute
from billing.services.keep_evidence import EvidenceBox, read_evidence
from billing.services.match_transfer import ALONE_UP_TO_MINOR, accept_transfer, match_transfer, reject_transfer
from billing.services.note_differences import explain_difference, resolve_difference
from billing.services.submit_transfer import read_proof
from billing.tasks import read_statements, reconcile
from control.console import selectors_money
from control.console.desk import console_context
from control.console.forms import ReasonForm
from control.console.forms_money import EvidenceForm, MatchForm, NoteForm
from control.people.doors import operator_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.lists import Column, page_of, state_tabs
from kit.web.refusals import tell_form

DISPUTE_COLUMNS = [
    Column(gettext_lazy("账单号")),
    Column(gettext_lazy("店铺")),
    Column(gettext_lazy("金额"), align="num"),
    Column(gettext_lazy("理由")),
    Column(gettext_lazy("举证期限"), align="num"),
    Column(gettext_lazy("状态")),
]
TAKEN_BACK_COLUMNS = [
    Column(gettext_lazy("店铺")),
    Column(gettext_lazy("原因")),
    Column(gettext_lazy("金额"), align="num"),
    Column(gettext_lazy("已从钱包扣除"), align="num"),
    Column(gettext_lazy("此前已用掉"), align="num"),
    Column(gettext_lazy("举证期限"), align="num"),
    Column(gettext_lazy("状态")),
]
_LATEST = 50
TRANSFER_COLUMNS = [
    Column(gettext_lazy("流水号")),
    Column(gettext_lazy("店铺")),
    Column(gettext_lazy("金额"), align="num"),
    Column(gettext_lazy("转账日期"), align="num"),
    Column(gettext_lazy("状态")),
]
DIFFERENCE_COLUMNS = [
    Column(gettext_lazy("差异")),
    Column(gettext_lazy("店铺")),
    Column(gettext_lazy("我们"), align="num"),
    Column(gettext_lazy("支付公司"), align="num"),
    Column(gettext_lazy("发现时间"), align="num"),
    Column(""),
]
RUN_COLUMNS = [
    Column(gettext_lazy("时间")),
    Column(gettext_lazy("读取"), align="num"),
    Column(gettext_lazy("新增"), align="num"),
    Column(gettext_lazy("差异"), align="num"),
]
STATEMENT_COLUMNS = [
    Column(gettext_lazy("日期"), align="num"),
    Column(gettext_lazy("支付公司")),
    Column(gettext_lazy("读取"), align="num"),
    Column(gettext_lazy("时间"), align="num"),
]
PROOF_TYPES = {"pdf": "application/pdf", "webp": "image/webp", "jpg": "image/jpeg"}


@require_safe
@operator_only
def disputes(request: HttpRequest) -> HttpResponse:
    """List the disputes."""
    states = [("", _("全部")), *((state.value, state.label) for state in DisputeState)]
    context = console_context(
        request,
        rows=page_of(selectors_money.disputes_like(state=request.GET.get("state", "")), request.GET),
        columns=DISPUTE_COLUMNS,
        is_filtered=bool(request.GET.get("state")),
        tabs=state_tabs(request.GET, states=states, counts=selectors_money.count_disputes()),
        top_ups=selectors_money.top_ups_taken_back()[:_LATEST],
        top_up_columns=TAKEN_BACK_COLUMNS,
    )
    return render(request, "console/disputes.html", context)


@require_http_methods(["GET", "POST"])
@operator_only
def dispute(request: HttpRequest, dispute_id: UUID) -> HttpResponse:
    """Show one dispute, and hand in our side of it."""
    shown, now = selectors_money.dispute_with_id(dispute_id), clock.now()
    payer = shown.attempt.invoice.billing_account
    form = EvidenceForm(request.POST or None, request.FILES or None, initial={"email": payer.email})
    if form.is_bound and form.is_valid():
        try:
            answer_dispute(
                dispute_id=dispute_id,
                explanation=form.cleaned_data["explanation"],
                email=form.cleaned_data["email"],
                files=form.files_given(),
                by=_by(request),
                now=now,
            )
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=reverse("console:disputes"), sentence=_("证据已提交给发卡银行。"))
    context = console_context(
        request,
        dispute=shown,
        invoice=shown.attempt.invoice,
        merchant=payer.merchant,
        may_answer=shown.submitted_at is None and shown.state in (DisputeState.WARNING, DisputeState.NEEDS_RESPONSE),
        form=form,
        boxes=[(box, box.label) for box in EvidenceBox if box in shown.evidence.get("files", {})],
        crumbs=[(_("争议"), reverse("console:disputes")), (shown.attempt.invoice.number, "")],
    )
    if form.is_bound:
        return again(request, "console/dispute.html", context)
    return render(request, "console/dispute.html", context)


@require_safe
@operator_only
def evidence(request: HttpRequest, dispute_id: UUID, box: str) -> HttpResponse:
    """Hand out one file we handed in."""
    content, suffix = read_evidence(dispute_id=dispute_id, box=box)
    return HttpResponse(content, content_type=PROOF_TYPES[suffix])


@require_safe
@operator_only
def transfers(request: HttpRequest) -> HttpResponse:
    """List the bank transfers merchants told us of."""
    states = [("", _("全部")), *((state.value, state.label) for state in TransferState)]
    context = console_context(
        request,
        rows=page_of(selectors_money.transfers_like(state=request.GET.get("state", "")), request.GET),
        columns=TRANSFER_COLUMNS,
        is_filtered=bool(request.GET.get("state")),
        tabs=state_tabs(request.GET, states=states, counts=selectors_money.count_transfers()),
    )
    return render(request, "console/transfers.html", context)


@require_http_methods(["GET", "POST"])
@operator_only
def transfer(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """Show one transfer with its proof, and say which invoices it pays."""
    shown = selectors_money.transfer_with_id(transfer_id)
    invoices = selectors_money.payable_invoices(shown.billing_account)
    form = MatchForm(request.POST or None, invoices=invoices, left_minor=shown.amount_minor)
    if form.is_bound and form.is_valid():
        try:
            matched = match_transfer(transfer_id=transfer_id, parts=form.parts(), by=_by(request), now=clock.now())
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            waits = matched.state == TransferState.MATCHED
            sentence = _("已核对，请另一位运营人员复核。") if waits else _("已入账。")
            return done(request, to=reverse("console:transfer", args=[transfer_id]), sentence=sentence)
    context = console_context(
        request,
        transfer=shown,
        merchant=shown.billing_account.merchant,
        form=form,
        boxes=[(invoice, form[f"part_{invoice.pk}"]) for invoice in invoices],
        reject_form=ReasonForm(),
        may_match=shown.state in (TransferState.SUBMITTED, TransferState.MATCHED),
        may_accept=shown.state == TransferState.MATCHED and shown.matched_by.lower() != _by(request).lower(),
        alone_up_to=ALONE_UP_TO_MINOR,
        crumbs=[(_("银行转账"), reverse("console:transfers")), (shown.reference, "")],
    )
    if form.is_bound:
        return again(request, "console/transfer.html", context)
    return render(request, "console/transfer.html", context)


@require_safe
@operator_only
def proof(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """Hand out the picture or PDF a merchant sent."""
    shown = selectors_money.transfer_with_id(transfer_id)
    content, suffix = read_proof(store=shown.billing_account.merchant.ref, transfer_id=transfer_id)
    return HttpResponse(content, content_type=PROOF_TYPES[suffix])


@require_POST
@operator_only
def accept(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """Agree to how another operator matched a transfer."""
    accept_transfer(transfer_id=transfer_id, by=_by(request), now=clock.now())
    return done(request, to=reverse("console:transfer", args=[transfer_id]), sentence=_("已入账。"))


@require_POST
@operator_only
def reject(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """Refuse a transfer; the merchant sees why."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return done(request, to=reverse("console:transfer", args=[transfer_id]), sentence=_("请写明原因。"))
    reject_transfer(transfer_id=transfer_id, by=_by(request), now=clock.now(), **form.cleaned_data)
    return done(request, to=reverse("console:transfers"), sentence=_("已退回，商家会看到原因。"))


@require_safe
@operator_only
def reconciliation(request: HttpRequest) -> HttpResponse:
    """Show the last comparisons and every difference that waits for a person."""
    states = [
        ("", _("待处理")),
        (DifferenceState.EXPLAINED, DifferenceState.EXPLAINED.label),
        (DifferenceState.RESOLVED, DifferenceState.RESOLVED.label),
    ]
    context = console_context(
        request,
        rows=page_of(selectors_money.differences_like(state=request.GET.get("state", "")), request.GET),
        columns=DIFFERENCE_COLUMNS,
        runs=selectors_money.latest_runs(),
        run_columns=RUN_COLUMNS,
        statements=selectors_money.latest_statements(),
        statement_columns=STATEMENT_COLUMNS,
        is_filtered=bool(request.GET.get("state")),
        tabs=state_tabs(request.GET, states=states, counts=selectors_money.count_differences()),
    )
    return render(request, "console/reconciliation.html", context)


@require_POST
@operator_only
def run_again(request: HttpRequest) -> HttpResponse:
    """Compare now."""
    reconcile.delay()
    read_statements.delay()
    return done(request, to=reverse("console:reconciliation"), sentence=_("正在对账，稍后刷新查看。"))


@require_POST
@operator_only
def decide(request: HttpRequest, difference_id: UUID) -> HttpResponse:
    """Explain a difference, or call it settled."""
    form, to = NoteForm(request.POST), reverse("console:reconciliation")
    if not form.is_valid():
        return done(request, to=to, sentence=_("请写明原因。"))
    story = resolve_difference if request.POST.get("what") == "resolve" else explain_difference
    story(difference_id=difference_id, by=_by(request), now=clock.now(), **form.cleaned_data)
    return done(request, to=to, sentence=_("已保存。"))


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]
