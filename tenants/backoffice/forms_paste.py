"""A chain out of the group chat, as it is pasted."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kit.ids import new_id
from tenants.campaigns.solitaire.read_solitaire import MOST_CHARACTERS
from tenants.leaders.models import PickupPoint


class PasteForm(forms.Form):
    """The text, and where its goods are fetched."""

    text = forms.CharField(
        label=_("群里的接龙"),
        max_length=MOST_CHARACTERS,
        help_text=_("整段复制粘贴，包括标题和价格。看不懂的会标出来，不会乱猜。"),
        error_messages={"required": _("请粘贴群里的接龙。")},
        widget=forms.Textarea(attrs={"rows": 10}),
    )
    pickup_point_id = forms.ModelChoiceField(
        label=_("自提点"),
        queryset=PickupPoint.objects.none(),
        empty_label=None,
        error_messages={"required": _("请选自提点。"), "invalid_choice": _("请选自提点。")},
    )
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"key": str(new_id())})
        points: Any = self.fields["pickup_point_id"]
        points.queryset = PickupPoint.objects.filter(is_open=True).order_by("name")
        points.label_from_instance = lambda point: f"{point.name} · {point.district}{point.address}"
