"""What is typed about many products at once."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.catalog.selectors import categories_to_choose, tags_to_choose
from tenants.catalog.services.change_many import LIMITS, Wish

_STAYS = ("", _("不改"))


def _limit(label: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=0,
        max_value=1_000_000,
        help_text=_("不填不改，填 0 就是不限。"),
        error_messages={"invalid": _("请填整数。"), "min_value": _("请填整数。")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class ManyForm(forms.Form):
    """A category to go into, a tag to wear or to lose, limits."""

    category = forms.TypedChoiceField(label=_("移到分类"), required=False, coerce=UUID, empty_value=None)
    add_tag = forms.TypedChoiceField(label=_("加上标签"), required=False, coerce=UUID, empty_value=None)
    remove_tag = forms.TypedChoiceField(label=_("去掉标签"), required=False, coerce=UUID, empty_value=None)
    limit_per_order = _limit(_("每单限购"))
    limit_per_day = _limit(_("每人每天限购"))
    limit_lifetime = _limit(_("每人总限购"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: dict[str, Any] = self.fields
        fields["category"].choices = [_STAYS, *categories_to_choose()]
        tags = tags_to_choose()
        for name in ("add_tag", "remove_tag"):
            fields[name].choices = [_STAYS, *tags]

    def wish(self) -> Wish:
        """Say what was typed, once it is valid."""
        typed = self.cleaned_data
        limits = {name: typed[name] or None for name in LIMITS if typed[name] is not None}
        return Wish(typed["category"], typed["add_tag"], typed["remove_tag"], limits)
