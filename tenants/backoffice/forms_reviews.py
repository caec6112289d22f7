"""What the shop types about reviews."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.reviews.models import HideReason
from tenants.reviews.services.answer_review import MOST_REPLY


class ReviewFilters(forms.Form):
    """The filter above the list."""

    q = forms.CharField(
        label=_("商品或评价内容"), required=False, max_length=40, widget=forms.TextInput(attrs={"type": "search"})
    )


class ReplyForm(forms.Form):
    """The shop's answer."""

    reply = forms.CharField(
        label=_("商家回复"),
        max_length=MOST_REPLY,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("请填写回复，最多 500 字。"), "max_length": _("请填写回复，最多 500 字。")},
    )


class HideForm(forms.Form):
    """Why a review is hidden."""

    reason = forms.ChoiceField(
        label=_("隐藏原因"),
        choices=HideReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择隐藏原因。差评不能隐藏，可以回复说明。")},
    )
