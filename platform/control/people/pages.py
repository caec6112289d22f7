"""The pages about passwords, the same at a store's back office and at the operator's console."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from control.people.change_password import change_password
from control.people.forms import ChangePasswordForm, ForgottenForm, NewPasswordForm
from control.people.models import Person
from control.people.password_letters import take_turn
from control.people.password_links import House, LinkRefused, person_of_link, set_password
from control.people.tasks import send_change, send_reset
from kit import clock
from kit.errors import Refused
from kit.tenancy import in_control
from kit.web.answers import again, done, say
from kit.web.refusals import STATUS, tell_form

Framed = Callable[..., dict[str, Any]]


def forgotten_page(request: HttpRequest, house: House) -> HttpResponse:
    """Take the e-mail of somebody who forgot the password; the answer is the same whether we know it or not."""
    form = ForgottenForm(request.POST or None)
    context: dict[str, object] = {"form": form, "house": house}
    if not form.is_bound:
        return render(request, "people/forgotten.html", context)
    if not form.is_valid():
        return again(request, "people/forgotten.html", context)
    email, now = form.cleaned_data["email"], clock.now()
    try:
        with in_control():
            take_turn(email=email, now=now)
    except Refused as refusal:
        tell_form(form, refusal)
        return render(request, "people/forgotten.html", context, status=STATUS[refusal.kind])
    send_reset.delay(email=email, merchant_id=_id_of(house))
    return render(request, "people/forgotten.html", {**context, "sent_to": email})


def set_page(request: HttpRequest, house: House, token: str) -> HttpResponse:
    """Let whoever holds a link set a password; what is over says so and leads to a new letter."""
    now = clock.now()
    try:
        person = person_of_link(token=token, house=house, now=now)
    except LinkRefused as refusal:
        return render(
            request, "people/link_over.html", {"house": house, "refusal": refusal}, status=STATUS[refusal.kind]
        )
    form = NewPasswordForm(request.POST or None)
    context: dict[str, object] = {"form": form, "house": house, "person": person}
    if form.is_bound and form.is_valid():
        try:
            set_password(token=token, house=house, password=form.cleaned_data["password"], now=now)
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            _tell(person, house)
            say(request, _("密码已设置，请登录。"))
            return redirect(house.login)
    return again(request, "people/set.html", context) if form.is_bound else render(request, "people/set.html", context)


def change_page(request: HttpRequest, house: House, framed: Framed) -> HttpResponse:
    """Let somebody who is logged in change the password: this browser stays, all others are out."""
    form = ChangePasswordForm(request.POST or None)
    if form.is_bound and form.is_valid():
        assert isinstance(request.user, Person)
        typed = form.cleaned_data
        try:
            person = change_password(
                person_id=request.user.pk, old=typed["old"], password=typed["password"], now=clock.now()
            )
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            update_session_auth_hash(request, person)
            _tell(person, house)
            return done(request, to=f"{house.desk}/password", sentence=_("密码已修改，其他设备都已退出。"))
    context = framed(request, form=form)
    return (
        again(request, "people/change.html", context)
        if form.is_bound
        else render(request, "people/change.html", context)
    )


def _tell(person: Person, house: House) -> None:
    # Robust: with the broker down the password is changed all the same
    told = {"person_id": str(person.pk), "merchant_id": _id_of(house)}
    transaction.on_commit(lambda: send_change.delay(**told), robust=True)


def _id_of(house: House) -> str | None:
    return str(house.store.merchant_id) if house.store else None
