"""Credit notes, refunds and gifts: one operator asks, another approves."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.models.credits import CreditNoteState, Destination
from billing.models.invoices import Invoice, InvoiceLine
from billing.papers import credit_note_paper, line_words
from billing.services.approve_credit import approve_credit, withdraw_credit
from billing.services.request_credit import request_credit, room_of
from billing.services.rescue_refund import refund_to_wallet, retry_refund
from billing.services.send_refund import send_refund
from control.console import money_selectors, selectors
from control.console.desk import console_context
from control.console.forms import SearchForm
from control.people.doors import operator_only
from kit import clock
from kit.errors import Refused
from kit.ids import new_id
from kit.tenancy import in_control
from kit.web.answers import done
from kit.web.format import money
from kit.web.forms import MoneyField
from kit.web.lists import Column, page_of, state_tabs
from kit.web.refusals import STATUS, tell_form

COLUMNS = [
    Column(gettext_lazy("贷项单")),
    Column(gettext_lazy("店铺")),
    Column(gettext_lazy("申请"), align="num"),
    Column(gettext_lazy("金额"), align="num"),
    Column(gettext_lazy("去向")),
    Column(gettext_lazy("状态")),
]
STATES = [("", gettext_lazy("全部")), *((state.value, state.label) for state in CreditNoteState)]


class CreditForm(forms.Form):
    """An amount for each line, where it goes, and why."""

    destination = forms.ChoiceField(label=gettext_lazy("去向"), choices=Destination.choices)
    reason = forms.CharField(
        label=gettext_lazy("原因"),
        max_length=200,
        help_text=gettext_lazy("会写进贷项单，商家会看到。"),
        error_messages={"required": gettext_lazy("请写明原因。")},
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, lines: list[InvoiceLine], currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.lines = [line for line in lines if line.gross_minor > 0]
        for line in self.lines:
            self.fields[f"line_{line.position}"] = MoneyField(
                label=f"{line_words(line)} · {money(line.gross_minor, currency)}",
                currency=currency,
                required=False,
                most_minor=line.gross_minor,
            )

    @property
    def line_fields(self) -> list[forms.BoundField]:
        """The amounts, in the order of the lines."""
        return [self[f"line_{line.position}"] for line in self.lines]

    def amounts(self) -> dict[UUID, int]:
        """What was typed, by line."""
        return {line.pk: self.cleaned_data[f"line_{line.position}"] or 0 for line in self.lines}


@require_safe
@operator_only
def credits(request: HttpRequest) -> HttpResponse:
    """List credit notes, those that wait for a second person first in their tab."""
    filters = SearchForm(request.GET, says=_("贷项单号、账单号或店名"))
    query, state = filters.query, request.GET.get("state", "")
    context = console_context(
        request,
        rows=page_of(money_selectors.credits_like(query=query, state=state), request.GET),
        columns=COLUMNS,
        filters=filters,
        is_filtered=bool(query or state),
        tabs=state_tabs(request.GET, states=STATES, counts=money_selectors.count_credits(query=query)),
    )
    return render(request, "console/credits.html", context)


@require_safe
@operator_only
def credit(request: HttpRequest, credit_note_id: UUID) -> HttpResponse:
    """Show one credit note, with what can be done about it."""
    note = money_selectors.credit_with_id(credit_note_id)
    refunds = list(note.refunds.order_by("-number"))
    context = console_context(
        request,
        note=note,
        merchant=note.invoice.billing_account.merchant,
        lines=[(line_words(line.invoice_line), line) for line in note.lines.all()],
        refunds=refunds,
        is_mine=note.requested_by == _by(request),
        has_failed=note.state == CreditNoteState.ISSUED and all(each.state == "failed" for each in refunds),
        crumbs=[(_("退款与贷项"), reverse("console:credits")), (str(note.number or _("申请")), "")],
    )
    return render(request, "console/credit.html", context)


@require_http_methods(["GET", "POST"])
@operator_only
def new(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """Ask for a credit note over an invoice's lines."""
    invoice = selectors.invoice_with_id(invoice_id)
    lines = list(invoice.lines.all())
    initial = {"key": new_id()}
    form = CreditForm(request.POST or None, lines=lines, currency=invoice.currency, initial=initial)
    if not form.is_bound:
        return _form(request, invoice, form)
    if not form.is_valid():
        return _form(request, invoice, form, status=422)
    try:
        note = request_credit(
            invoice_id=invoice_id,
            amounts=form.amounts(),
            destination=Destination(form.cleaned_data["destination"]),
            reason=form.cleaned_data["reason"],
            key=form.cleaned_data["key"],
            by=_by(request),
            now=clock.now(),
        )
    except Refused as refusal:
        tell_form(form, refusal)
        return _form(request, invoice, form, status=STATUS[refusal.kind])
    return done(request, to=_here(note.pk), sentence=_("已提交，请另一位运营人员批准。"))


@require_POST
@operator_only
def approve(request: HttpRequest, credit_note_id: UUID) -> HttpResponse:
    """Approve what another operator asked for; a refund is sent at once."""
    now = clock.now()
    note = approve_credit(credit_note_id=credit_note_id, by=_by(request), now=now)
    send_refund(credit_note_id=note.pk, now=now)
    return done(request, to=_here(note.pk), sentence=_("已批准，贷项单 %(number)s。") % {"number": note.number})


@require_POST
@operator_only
def withdraw(request: HttpRequest, credit_note_id: UUID) -> HttpResponse:
    """Take a request back."""
    withdraw_credit(credit_note_id=credit_note_id, by=_by(request), now=clock.now())
    return done(request, to=_here(credit_note_id), sentence=_("申请已撤回。"))


@require_POST
@operator_only
def rescue(request: HttpRequest, credit_note_id: UUID) -> HttpResponse:
    """Send a refund that failed again, or put it into the wallet."""
    now = clock.now()
    if request.POST.get("into") == "wallet":
        refund_to_wallet(credit_note_id=credit_note_id, by=_by(request), now=now)
        return done(request, to=_here(credit_note_id), sentence=_("已退到商家钱包。"))
    retry_refund(credit_note_id=credit_note_id, by=_by(request), now=now)
    send_refund(credit_note_id=credit_note_id, now=now)
    return done(request, to=_here(credit_note_id), sentence=_("已重新发起退款。"))


@require_safe
@operator_only
def paper(request: HttpRequest, credit_note_id: UUID) -> HttpResponse:
    """Hand out an issued credit note as PDF. :raises NotInConsole: a draft has none."""
    note = money_selectors.credit_with_id(credit_note_id)
    if note.number is None:
        raise selectors.NotInConsole
    answer = HttpResponse(credit_note_paper(note=note, language="zh"), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{note.number}.pdf"'
    return answer


def _form(request: HttpRequest, invoice: Invoice, form: CreditForm, *, status: int = 200) -> HttpResponse:
    with in_control():
        room = room_of(invoice=invoice)
    crumbs = [(invoice.number, reverse("console:invoice", args=[invoice.pk])), (_("退款或贷项"), "")]
    context = console_context(request, invoice=invoice, form=form, room=room, crumbs=crumbs)
    return render(request, "console/credit_new.html", context, status=status)


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]


def _here(credit_note_id: UUID) -> str:
    return reverse("console:credit", args=[credit_note_id])
