"""What is typed about keys and endpoints."""

from datetime import datetime, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.integrations.events import EVENTS
from tenants.integrations.scopes import SCOPES


class KeyForm(forms.Form):
    """A key's name, what it may do, and for how long."""

    name = forms.CharField(
        label=_("名称"),
        max_length=40,
        help_text=_("写明给哪个系统用，例如“仓库 ERP”。"),
        error_messages={"required": _("请填写名称。")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("权限"),
        choices=list(SCOPES.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("只勾需要的，够用就好。"),
        error_messages={"required": _("请至少选一项权限。")},
    )
    days = forms.ChoiceField(
        label=_("使用期限"),
        choices=[("90", _("90 天")), ("365", _("1 年")), ("30", _("30 天")), ("", _("长期有效"))],
        required=False,
        initial="90",
    )

    def expires_at(self, now: datetime) -> datetime | None:
        """Say when the key ends; None for one that does not."""
        days = self.cleaned_data["days"]
        return now + timedelta(days=int(days)) if days else None


class EndpointForm(forms.Form):
    """Where to, and what."""

    url = forms.CharField(
        label=_("回调地址"),
        max_length=500,
        help_text=_("以 https:// 开头的公网网址。"),
        error_messages={"required": _("请填写回调地址。")},
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "placeholder": "https://"}),
    )
    event_types = forms.MultipleChoiceField(
        label=_("通知内容"),
        choices=list(EVENTS.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请至少选一种通知。")},
    )
