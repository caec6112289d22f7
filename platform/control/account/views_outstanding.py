"""What is owed and how to pay it now: by one of the cards, or by bank with proof."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from billing.models.dunning import DunningCase, DunningStep
from billing.models.transfers import BankTransfer, TransferState
from billing.selectors import cards_of, open_invoices
from billing.services.submit_transfer import read_proof, submit_transfer
from control.account.desk import account_context, owners_only, store_of
from control.account.selectors import subscription_of
from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.tenancy import in_control
from kit.web.answers import again, done
from kit.web.forms import MoneyField
from kit.web.lists import Column, page_of
from kit.web.refusals import tell_form

TRANSFER_COLUMNS = [
    Column(gettext_lazy("流水号")),
    Column(gettext_lazy("金额"), align="num"),
    Column(gettext_lazy("转账日期"), align="num"),
    Column(gettext_lazy("状态")),
    Column(""),
]
PROOF_TYPES = {"pdf": "application/pdf", "webp": "image/webp"}


@require_safe
@staff_only
def outstanding(request: HttpRequest) -> HttpResponse:
    """Show what is owed, what follows when, and the ways to pay."""
    with in_control():
        subscription = subscription_of(store_of(request))
        payer = subscription.billing_account
        owed, cards = open_invoices(billing_account=payer), cards_of(billing_account=payer)
        case = DunningCase.objects.filter(billing_account=payer, closed_at=None).first()
        waiting = BankTransfer.objects.filter(
            billing_account=payer, state__in=[TransferState.SUBMITTED, TransferState.MATCHED]
        ).count()
    context = account_context(
        request,
        "account:invoices",
        owed=owed,
        owed_minor=sum(invoice.due_minor for invoice in owed),
        cards=cards,
        case=case,
        following=DunningStep(case.next_step).label if case and case.next_step else "",
        waiting=waiting,
        crumbs=[(_("账单"), reverse("account:invoices")), (_("待付款"), "")],
    )
    return render(request, "account/outstanding.html", context)


class TransferForm(forms.Form):
    """What the merchant sent by bank."""

    amount = MoneyField(
        label=gettext_lazy("转账金额"),
        least_minor=1,
        error_messages={"required": gettext_lazy("请填写转账金额。")},
    )
    paid_on = forms.DateField(
        label=gettext_lazy("转账日期"),
        error_messages={
            "required": gettext_lazy("请选择转账日期。"),
            "invalid": gettext_lazy("日期写得不对，例如 2026-12-01。"),
        },
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reference = forms.CharField(
        label=gettext_lazy("银行流水号"),
        max_length=60,
        help_text=gettext_lazy("在银行回单上可以找到。"),
        error_messages={"required": gettext_lazy("请填写银行流水号。")},
    )
    proof = forms.FileField(
        label=gettext_lazy("转账凭证"),
        help_text=gettext_lazy("5 MB 以内的图片或 PDF。"),
        error_messages={
            "required": gettext_lazy("请上传转账凭证。"),
            "empty": gettext_lazy("这个文件是空的，请重新选择。"),
        },
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"}),
    )


@require_safe
@staff_only
def transfers(request: HttpRequest) -> HttpResponse:
    """List the transfers the merchant told us of."""
    with in_control():
        payer = subscription_of(store_of(request)).billing_account
        rows = page_of(BankTransfer.objects.filter(billing_account=payer).order_by("-submitted_at"), request.GET)
        rows.object_list = list(rows.object_list)
    context = account_context(request, "account:invoices", rows=rows, columns=TRANSFER_COLUMNS, crumbs=_crumbs())
    return render(request, "account/transfers.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
@owners_only
def tell(request: HttpRequest) -> HttpResponse:
    """Tell of a bank transfer, with its proof."""
    form = TransferForm(request.POST or None, request.FILES or None)
    if form.is_bound and form.is_valid():
        try:
            submit_transfer(
                store=store_of(request),
                amount_minor=form.cleaned_data["amount"],
                reference=form.cleaned_data["reference"],
                paid_on=form.cleaned_data["paid_on"],
                proof=form.cleaned_data["proof"].read(),
                by=request.person.email,  # type: ignore[attr-defined]
                now=clock.now(),
            )
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=reverse("account:transfers"), sentence=_("已提交，核对到账后会自动入账。"))
    context = account_context(request, "account:invoices", form=form, crumbs=[*_crumbs(), (_("提交凭证"), "")])
    if form.is_bound:
        return again(request, "account/transfer_new.html", context)
    return render(request, "account/transfer_new.html", context)


@require_safe
@staff_only
def proof(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """Show the proof the merchant sent."""
    content, suffix = read_proof(store=store_of(request), transfer_id=transfer_id)
    return HttpResponse(content, content_type=PROOF_TYPES[suffix])


def _crumbs() -> list[tuple[Any, str]]:
    return [(_("账单"), reverse("account:invoices")), (_("银行转账"), reverse("account:transfers"))]
