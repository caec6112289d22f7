"""Discounts on a merchant's next invoice: asked for here, approved by somebody else."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from billing.models.favours import Favour, FavourOn
from billing.services.do_favour import approve_favour, request_favour, withdraw_favour
from control.console import selectors
from control.console.desk import console_context
from control.console.forms_plans import PercentField
from control.console.selectors import NotInConsole
from control.people.doors import operator_only
from kit import clock
from kit.errors import Refused
from kit.ids import new_id
from kit.web.answers import done
from kit.web.forms import MoneyField
from kit.web.refusals import STATUS, tell_form

_LATEST = 50


class FavourForm(forms.Form):
    """What is taken off, of which lines, and why."""

    on = forms.ChoiceField(label=gettext_lazy("优惠哪一项"), choices=FavourOn.choices)
    percent = PercentField(
        label=gettext_lazy("减免比例（%）"), required=False, min_value=1, max_value=100,
        help_text=gettext_lazy("比例和金额填一个。"),
    )  # fmt: skip
    amount = MoneyField(label=gettext_lazy("减免金额"), required=False, least_minor=1)
    reason = forms.CharField(
        label=gettext_lazy("原因"), max_length=200, error_messages={"required": gettext_lazy("请写明原因。")}
    )
    key = forms.UUIDField(widget=forms.HiddenInput)


@require_http_methods(["GET", "POST"])
@operator_only
def favours(request: HttpRequest, merchant_id: UUID) -> HttpResponse:
    """List the discounts of a merchant, and ask for one."""
    merchant = selectors.merchant_with_id(merchant_id)
    payer = selectors.account_of(merchant)
    if payer is None:
        raise NotInConsole
    form = FavourForm(request.POST or None, initial={"key": new_id()})
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        typed = form.cleaned_data
        try:
            request_favour(
                merchant_id=merchant_id,
                on=FavourOn(typed["on"]),
                percent_ppm=typed["percent"],
                amount_minor=typed["amount"],
                reason=typed["reason"],
                key=typed["key"],
                by=_by(request),
                now=clock.now(),
            )
        except Refused as refusal:
            tell_form(form, refusal)
            status = STATUS[refusal.kind]
        else:
            return done(request, to=_here(merchant_id), sentence=_("已提交，请另一位运营人员批准。"))
    rows = Favour.objects.filter(billing_account=payer).select_related("invoice").order_by("-requested_at", "-id")
    crumbs = [(merchant.name, reverse("console:store", args=[merchant_id])), (_("账单优惠"), "")]
    context = console_context(
        request, merchant=merchant, form=form, rows=list(rows[:_LATEST]), me=_by(request), crumbs=crumbs
    )
    return render(request, "console/favours.html", context, status=status)


@require_POST
@operator_only
def approve(request: HttpRequest, favour_id: UUID) -> HttpResponse:
    """Approve what another operator asked for."""
    favour = approve_favour(favour_id=favour_id, by=_by(request), now=clock.now())
    return done(request, to=_of(favour), sentence=_("已批准，下一张有这一项的账单会扣除。"))


@require_POST
@operator_only
def withdraw(request: HttpRequest, favour_id: UUID) -> HttpResponse:
    """Take a request back."""
    favour = withdraw_favour(favour_id=favour_id, by=_by(request), now=clock.now())
    return done(request, to=_of(favour), sentence=_("申请已撤回。"))


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]


def _here(merchant_id: UUID) -> str:
    return reverse("console:favours", args=[merchant_id])


def _of(favour: Favour) -> str:
    return _here(favour.billing_account.merchant_id)
