"""Which days the operator's figures are of, and what they are held against."""

from datetime import date, datetime, timedelta

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from billing.calendar import add_months, local_day
from billing.measures import ZONE
from control.console.figures import Stretch

_DAY = {"type": "date"}
_LONGEST = 1_100  # days: three years
USUAL = 30


class StretchForm(forms.Form):
    """From, to, compared with. What makes no sense is left out, so that a mistyped address shows the usual days."""

    since = forms.DateField(label=_("从"), required=False, widget=forms.DateInput(attrs=_DAY))
    until = forms.DateField(label=_("到"), required=False, widget=forms.DateInput(attrs=_DAY))
    against = forms.ChoiceField(
        label=_("对比"),
        required=False,
        choices=[("previous", _("上一段时间")), ("year", _("去年同期")), ("none", _("不对比"))],
    )
    currency = forms.ChoiceField(label=_("币种"), required=False)

    def __init__(self, query: QueryDict, *, now: datetime, currencies: list[str]) -> None:
        self.today = local_day(now, ZONE)
        words = query.copy()
        words.setdefault("since", f"{self.today - timedelta(days=USUAL - 1)}")
        words.setdefault("until", f"{self.today}")
        words.setdefault("against", "previous")
        words.setdefault("currency", currencies[0])
        super().__init__(words)
        self.fields["currency"].choices = [(code, code) for code in currencies]  # type: ignore[attr-defined]
        self.known = currencies
        self.is_valid()

    @property
    def stretch(self) -> Stretch:
        """The days asked for, none of them in the future."""
        until = min(self.cleaned_data.get("until") or self.today, self.today)
        since = self.cleaned_data.get("since") or until - timedelta(days=USUAL - 1)
        return Stretch(max(min(since, until), until - timedelta(days=_LONGEST)), until)

    @property
    def compared(self) -> Stretch | None:
        """The days to compare with, or None."""
        how = self.cleaned_data.get("against")
        if how == "year":
            return self.stretch.before("year")
        return self.stretch.before("previous") if how == "previous" else None

    @property
    def money(self) -> str:
        """The currency of the figures."""
        return self.cleaned_data.get("currency") or self.known[0]

    def shortcuts(self) -> list[tuple[object, date, date]]:
        """Offer the stretches that are asked for most."""
        month = self.today.replace(day=1)
        return [
            (_("近 30 天"), self.today - timedelta(days=USUAL - 1), self.today),
            (_("本月"), month, self.today),
            (_("上月"), add_months(month, -1), month - timedelta(days=1)),
            (_("近 12 个月"), add_months(month, -11), self.today),
        ]
