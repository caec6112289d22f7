"""What is read off the scale."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.backoffice.forms_stock import day
from tenants.orders.models import OrderLine

_MOST_GRAMS = 10_000_000
_WHOLE = {"inputmode": "numeric", "autocomplete": "off"}


class WeighingDay(forms.Form):
    """Which pickup day is weighed."""

    date = day(_("提货日"))

    def wanted(self, *, otherwise: dt.date) -> dt.date:
        """Say which day; a day that is none is the usual one."""
        chosen: dt.date | None = self.cleaned_data["date"] if self.is_valid() else None
        return chosen or otherwise


class WeighingForm(forms.Form):
    """A box a line; an empty one is weighed later."""

    def __init__(self, data: Any = None, *, lines: Sequence[OrderLine]) -> None:
        super().__init__(data)
        self.lines = lines
        for line in lines:
            self.fields[f"grams_{line.pk}"] = forms.IntegerField(
                label=_("实际克数"),
                required=False,
                min_value=1,
                max_value=_MOST_GRAMS,
                widget=forms.TextInput(attrs=_WHOLE),
                error_messages={"invalid": _("请填写整数。")},
            )

    def weighed(self) -> list[tuple[OrderLine, int]]:
        """Say what was typed."""
        typed = [(line, self.cleaned_data.get(f"grams_{line.pk}")) for line in self.lines]
        return [(line, grams) for line, grams in typed if grams]

    def rows(self) -> list[dict[str, Any]]:
        """Lines beside their boxes, for the page."""
        return [{"line": line, "field": self[f"grams_{line.pk}"]} for line in self.lines]
