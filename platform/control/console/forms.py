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


class VisitForm(forms.Form):
    """Why an operator enters a store, for how long, and once more who it is."""

    reason = forms.CharField(
        label=_("原因"),
        max_length=200,
        help_text=_("至少 10 个字，商家会看到。"),
        error_messages={"required": _("请写明原因。")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    ticket = forms.CharField(label=_("工单号"), max_length=40, required=False)
    minutes = forms.TypedChoiceField(
        label=_("时长"), coerce=int, choices=[(10, _("10 分钟")), (20, _("20 分钟")), (30, _("30 分钟"))], initial=10
    )
    wants_write = forms.BooleanField(
        label=_("需要修改店铺资料"), required=False, help_text=_("商家允许修改时才有效；涉及钱的操作都不行。")
    )
    password = forms.CharField(
        label=_("您的登录密码"),
        max_length=128,
        strip=False,
        error_messages={"required": _("请填写密码。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CopyForm(forms.Form):
    """The address of a new store."""

    slug = forms.CharField(
        label=_("新店地址"),
        max_length=32,
        help_text=_("小写字母开头，例如 greenhome-copy。"),
        error_messages={"required": _("请填写新店地址。")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
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
