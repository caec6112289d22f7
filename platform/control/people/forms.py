"""What is typed about passwords, at every console's door."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class ForgottenForm(forms.Form):
    """Whose password is forgotten."""

    email = forms.EmailField(
        label=_("邮箱"),
        max_length=254,
        error_messages={"required": _("请填写邮箱。"), "invalid": _("邮箱写得不对，例如 name@example.com。")},
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )


class NewPasswordForm(forms.Form):
    """A password, twice."""

    password = forms.CharField(
        label=_("新密码"),
        max_length=128,
        strip=False,
        help_text=_("至少 8 位，不要只用数字。"),
        error_messages={"required": _("请填写新密码。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("再输一次"),
        max_length=128,
        strip=False,
        error_messages={"required": _("请再输一次新密码。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Compare the two."""
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("password") and typed.get("again") and typed["password"] != typed["again"]:
            self.add_error("again", _("两次输入的密码不一样。"))
        return typed


class ChangePasswordForm(NewPasswordForm):
    """The one so far, and the new one."""

    old = forms.CharField(
        label=_("当前密码"),
        max_length=128,
        strip=False,
        error_messages={"required": _("请填写当前密码。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("old", "password", "again")
