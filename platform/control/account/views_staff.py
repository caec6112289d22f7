"""员工: who works in the shop, with which role, and how many the plan still holds."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control.account.desk import account_context, owners_only, store_of
from control.account.services.seat_staff import add_staff, change_role, invite_again, take_seat
from control.merchants.limits import PlanLimitReached, limit_of
from control.people.doors import staff_only
from control.people.models import Role, Seat
from kit import clock
from kit.errors import Refused
from kit.tenancy import in_control
from kit.web.answers import again, done
from kit.web.lists import Column
from kit.web.refusals import STATUS, tell_form

COLUMNS = [
    Column(gettext_lazy("员工")),
    Column(gettext_lazy("角色")),
    Column(gettext_lazy("加入时间"), align="num"),
    Column(""),
]


class StaffForm(forms.Form):
    """Somebody who shall work here."""

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
    role = forms.ChoiceField(
        label=gettext_lazy("角色"),
        choices=[(Role.CLERK.value, Role.CLERK.label), (Role.MANAGER.value, Role.MANAGER.label)],
        help_text=gettext_lazy("店长能改价格、团期和店铺设置；店员只能查看和处理订单。套餐和付款只有店主能动。"),
    )


@require_safe
@staff_only
def staff(request: HttpRequest) -> HttpResponse:
    """List who works here."""
    merchant_id = store_of(request).merchant_id
    with in_control():
        seats = list(Seat.objects.filter(merchant_id=merchant_id).select_related("person").order_by("created_at"))
    allowed = limit_of(merchant_id=merchant_id, what="staff")
    context = account_context(
        request, "account:staff", seats=seats, columns=COLUMNS, allowed=allowed, roles=[Role.MANAGER, Role.CLERK]
    )
    return render(request, "account/staff.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only
@owners_only
def add(request: HttpRequest) -> HttpResponse:
    """Give somebody a seat and invite them by letter."""
    merchant_id = store_of(request).merchant_id
    form = StaffForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            with in_control():
                seat = add_staff(merchant_id=merchant_id, by=_by(request), now=clock.now(), **form.cleaned_data)
        except PlanLimitReached as refusal:
            return _full(request, refusal)
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            if seat.person.has_usable_password():
                sentence = _("已添加%(name)s，用原来的密码登录。") % {"name": seat.person}
            else:
                sentence = _("已添加%(name)s，邀请邮件已发到 %(email)s，7 天内有效。") % {
                    "name": seat.person, "email": seat.person.email
                }  # fmt: skip
            return done(request, to=reverse("account:staff"), sentence=sentence)
    if not form.is_bound and (full := _no_room(merchant_id)):
        return _full(request, full)
    crumbs = [(_("员工"), reverse("account:staff")), (_("添加员工"), "")]
    context = account_context(request, "account:staff", form=form, crumbs=crumbs)
    template = "account/staff_new.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


@require_POST
@staff_only
@owners_only
def role(request: HttpRequest, seat_id: UUID) -> HttpResponse:
    """Change somebody's role."""
    merchant_id, wanted = store_of(request).merchant_id, request.POST.get("role", "")
    with in_control():
        change_role(merchant_id=merchant_id, seat_id=seat_id, role=wanted, by=_by(request), now=clock.now())
    return done(request, to=reverse("account:staff"), sentence=_("角色已修改，马上生效。"))


@require_POST
@staff_only
@owners_only
def invite(request: HttpRequest, seat_id: UUID) -> HttpResponse:
    """Send the invitation once more."""
    merchant_id = store_of(request).merchant_id
    with in_control():
        person = invite_again(merchant_id=merchant_id, seat_id=seat_id, by=_by(request), now=clock.now())
    sentence = _("邀请邮件已再次发到 %(email)s，以前的链接到期前也能用。") % {"email": person.email}
    return done(request, to=reverse("account:staff"), sentence=sentence)


@require_POST
@staff_only
@owners_only
def remove(request: HttpRequest, seat_id: UUID) -> HttpResponse:
    """Take somebody's seat away."""
    merchant_id = store_of(request).merchant_id
    with in_control():
        gone = take_seat(merchant_id=merchant_id, seat_id=seat_id, by=_by(request), now=clock.now())
    sentence = _("已移除%(name)s，马上不能再进后台。") % {"name": gone}
    return done(request, to=reverse("account:staff"), sentence=sentence)


def _no_room(merchant_id: UUID) -> PlanLimitReached | None:
    allowed = limit_of(merchant_id=merchant_id, what="staff")
    if allowed is None:
        return None
    with in_control():
        used = Seat.objects.filter(merchant_id=merchant_id).count()
    return PlanLimitReached(what="staff", limit=allowed, used=used) if used >= allowed else None


def _full(request: HttpRequest, refusal: PlanLimitReached) -> HttpResponse:
    context = account_context(request, "account:staff", allowed=refusal.facts["limit"])
    return render(request, "account/staff_full.html", context, status=STATUS[refusal.kind])


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]
