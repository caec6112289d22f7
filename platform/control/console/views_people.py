"""运营人员: who works for the platform."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control.console.desk import console_context
from control.console.operators import add_operator, invite_operator, remove_operator
from control.people.doors import operator_only
from control.people.models import Person
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.lists import Column
from kit.web.refusals import tell_form

COLUMNS = [
    Column(gettext_lazy("运营人员")),
    Column(gettext_lazy("手机号")),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("上次登录"), align="num"),
    Column(""),
]


class OperatorForm(forms.Form):
    """Somebody who shall work for the platform."""

    email = forms.EmailField(
        label=gettext_lazy("邮箱"), max_length=254, help_text=gettext_lazy("用这个邮箱登录。"),
        error_messages={"required": gettext_lazy("请填写邮箱。")},
    )  # fmt: skip
    name = forms.CharField(
        label=gettext_lazy("姓名"), max_length=40, error_messages={"required": gettext_lazy("请填写姓名。")}
    )
    phone = forms.CharField(
        label=gettext_lazy("手机号"), max_length=20, error_messages={"required": gettext_lazy("请填写正确的手机号。")},
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel"}),
    )  # fmt: skip


@require_safe
@operator_only
def people(request: HttpRequest) -> HttpResponse:
    """List the operators."""
    rows = list(Person.objects.filter(is_operator=True).order_by("created_at", "id"))
    return render(request, "console/people.html", console_context(request, rows=rows, columns=COLUMNS))


@require_http_methods(["GET", "POST"])
@operator_only
def add(request: HttpRequest) -> HttpResponse:
    """Invite an operator by letter."""
    form = OperatorForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            person = add_operator(by=_by(request), now=clock.now(), **form.cleaned_data)
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            sentence = _("已添加%(name)s，邮件已发到 %(email)s。") % {"name": person, "email": person.email}
            return done(request, to=reverse("console:people"), sentence=sentence)
    crumbs = [(_("运营人员"), reverse("console:people")), (_("添加运营人员"), "")]
    context = console_context(request, form=form, crumbs=crumbs)
    template = "console/person_new.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


@require_POST
@operator_only
def invite(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Send the invitation once more."""
    person = invite_operator(person_id=person_id, by=_by(request), now=clock.now())
    sentence = _("邀请邮件已再次发到 %(email)s，以前的链接到期前也能用。") % {"email": person.email}
    return done(request, to=reverse("console:people"), sentence=sentence)


@require_POST
@operator_only
def remove(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Take the console away from somebody."""
    person = remove_operator(person_id=person_id, by=_by(request), now=clock.now())
    sentence = _("已移除%(name)s，马上不能再进后台。") % {"name": person}
    return done(request, to=reverse("console:people"), sentence=sentence)


def _by(request: HttpRequest) -> Person:
    person: Person = request.person  # type: ignore[attr-defined]
    return person
