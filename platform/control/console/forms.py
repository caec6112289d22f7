"""What the operator types."""

from django import forms
from django.utils.translation import gettext_lazy as _


class LoginForm(forms.Form):
    """E-mail and password."""

    email = forms.EmailField(
        label=_("邮箱"),
        max_length=254,
        error_messages={"required": _("请填写邮箱。"), "invalid": _("邮箱写得不对，例如 name@example.com。")},
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=128,
        strip=False,
        error_messages={"required": _("请填写密码。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class SearchForm(forms.Form):
    """One box over a list; ``says`` is its placeholder."""

    q = forms.CharField(
        required=False, label=_("搜索"), max_length=80, widget=forms.TextInput(attrs={"type": "search"})
    )

    def __init__(self, *args: object, says: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["q"].widget.attrs["placeholder"] = says

    @property
    def query(self) -> str:
        """What was typed, or nothing."""
        return str(self.cleaned_data["q"]).strip() if self.is_valid() else ""
