"""Form fields that read what a shopkeeper types."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kit.money import NotAnAmount, major_units, minor_units
from kit.web.format import money


class MoneyField(forms.CharField):
    """An amount typed in yuan ("12.9", "¥1,290"), cleaned to integer minor units (1290)."""

    def __init__(
        self, *, currency: str = "CNY", least_minor: int | None = 0, most_minor: int | None = None, **options: Any
    ) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**options)
        self.currency, self.least_minor, self.most_minor = currency, least_minor, most_minor

    def prepare_value(self, value: Any) -> Any:
        """Show stored minor units as yuan; what a person typed stays as typed."""
        if isinstance(value, int) and not isinstance(value, bool):
            return major_units(value, self.currency).replace(",", "")
        return value

    def clean(self, value: Any) -> int | None:
        """Read the amount. :raises ValidationError: no amount, or outside the limits."""
        text = super().clean(value)
        if text in self.empty_values:
            return None
        try:
            amount = minor_units(text, self.currency)
        except NotAnAmount:
            raise ValidationError(_("请填写金额，最多两位小数，例如 12.90。"), code="not_an_amount") from None
        if self.least_minor is not None and amount < self.least_minor:
            raise ValidationError(
                _("不能低于 %(least)s。") % {"least": money(self.least_minor, self.currency)}, code="too_small"
            )
        if self.most_minor is not None and amount > self.most_minor:
            raise ValidationError(
                _("不能高于 %(most)s。") % {"most": money(self.most_minor, self.currency)}, code="too_large"
            )
        return amount
