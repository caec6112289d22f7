"""Erasing a store: one operator asks, another approves."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from control.console import selectors
from control.console.desk import console_context
from control.console.forms import ErasureForm, TypedNameForm
from control.lifecycle.selectors import erasure_of
from control.lifecycle.services.approve_erasure import approve_erasure
from control.lifecycle.services.request_erasure import WrongName, request_erasure
from control.lifecycle.services.withdraw_erasure import withdraw_erasure
from control.lifecycle.tasks import finish_erasures
from control.people.doors import operator_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import done
from kit.web.refusals import STATUS, tell_form


@require_http_methods(["GET", "POST"])
@operator_only
def erasure(request: HttpRequest, merchant_id: UUID) -> HttpResponse:
    """Ask for a store to be erased; or see who asked, how far it got, and the certificate."""
    form = ErasureForm(request.POST or None)
    if not form.is_bound:
        return _page(request, merchant_id, form)
    if not form.is_valid():
        return _page(request, merchant_id, form, status=422)
    try:
        request_erasure(merchant_id=merchant_id, by=_by(request), now=clock.now(), **form.cleaned_data)
    except Refused as refusal:
        tell_form(form, refusal)
        return _page(request, merchant_id, form, status=STATUS[refusal.kind])
    return done(request, to=_here(merchant_id), sentence=_("已提交，请另一位运营人员批准。"))


@require_POST
@operator_only
def approve(request: HttpRequest, merchant_id: UUID) -> HttpResponse:
    """Approve what another operator asked for; the removal goes on in the background."""
    merchant = selectors.merchant_with_id(merchant_id)
    form = TypedNameForm(request.POST)
    if not form.is_valid():
        return _page(request, merchant_id, form, status=422)
    try:
        if form.cleaned_data["typed_slug"].strip() != merchant.slug:
            raise WrongName(fields={"typed_slug": [WrongName.sentence]})
        approve_erasure(merchant_id=merchant_id, by=_by(request), now=clock.now())
    except Refused as refusal:
        tell_form(form, refusal)
        return _page(request, merchant_id, form, status=STATUS[refusal.kind])
    finish_erasures.delay()
    return done(request, to=_here(merchant_id), sentence=_("已批准，正在清除。"))


@require_POST
@operator_only
def withdraw(request: HttpRequest, merchant_id: UUID) -> HttpResponse:
    """Take a request back."""
    withdraw_erasure(merchant_id=merchant_id, by=_by(request), now=clock.now())
    return done(request, to=reverse("console:store", args=[merchant_id]), sentence=_("申请已撤回。"))


def _page(request: HttpRequest, merchant_id: UUID, form: TypedNameForm, *, status: int = 200) -> HttpResponse:
    merchant, wish = selectors.merchant_with_id(merchant_id), erasure_of(merchant_id)
    crumbs = [(merchant.name, reverse("console:store", args=[merchant_id])), (_("注销店铺"), "")]
    context = console_context(
        request,
        merchant=merchant,
        wish=wish,
        form=form if form.is_bound or wish is None else TypedNameForm(),
        is_mine=bool(wish and wish.requested_by == _by(request)),
        crumbs=crumbs,
    )
    return render(request, "console/erasure.html", context, status=status)


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]


def _here(merchant_id: UUID) -> str:
    return reverse("console:erasure", args=[merchant_id])
