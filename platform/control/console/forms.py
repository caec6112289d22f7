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


class ReasonForm(forms.Form):
    """Why an operator does it; the audit keeps it."""

    reason = forms.CharField(
        label=_("原因"),
        max_length=200,
        help_text=_("会写进操作记录。"),
        error_messages={"required": _("请写明原因。")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class TypedNameForm(forms.Form):
    """The store's address, typed so that nobody erases the wrong one."""

    typed_slug = forms.CharField(
        label=_("店铺地址"),
        max_length=32,
        help_text=_("请输入这家店的地址，例如 greenhome。"),
        error_messages={"required": _("请输入店铺地址。")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ErasureForm(TypedNameForm, ReasonForm):
    """A request to erase: the address and the reason."""
