"""Form fields of the back office alone."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kit.web.format import percent
from tenants.catalog.services.encode_picture import MOST_BYTES, PictureTooLarge

_PPM_A_PERCENT = 10_000


class _Several(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Take all files of the name, not the last one."""
        return files.getlist(name) if hasattr(files, "getlist") else []


class PicturesField(forms.FileField):
    """Some pictures chosen or taken at once, cleaned to what they are; the story checks what is in them."""

    def __init__(self, **options: Any) -> None:
        attrs = {"accept": "image/jpeg,image/png,image/webp"}
        super().__init__(required=False, widget=_Several(attrs=attrs), **options)

    def clean(self, uploads: Any, initial: Any = None) -> list[bytes]:
        """Read them. :raises ValidationError: one is larger than a picture may be."""
        files = [file for file in uploads or () if file]
        if any(file.size > MOST_BYTES for file in files):
            raise ValidationError(str(PictureTooLarge.sentence), code="too_large")
        return [file.read() for file in files]


class PercentField(forms.CharField):
    """A percentage as people type it ("8", "8.5%"), cleaned to parts per million (80000)."""

    def __init__(self, *, most_ppm: int, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**options)
        self.most_ppm = most_ppm

    def prepare_value(self, value: Any) -> Any:
        """Show stored parts per million as a percentage; what a person typed stays as typed."""
        if isinstance(value, int) and not isinstance(value, bool):
            return percent(value).removesuffix("%")
        return value

    def clean(self, value: Any) -> int | None:
        """Read the percentage. :raises ValidationError: no number, finer than 0.01 %, or outside the limits."""
        text = super().clean(value)
        if text in self.empty_values:
            return None
        try:
            exact = Decimal(text.strip().removesuffix("%").removesuffix("％").strip())
        except ArithmeticError:
            raise ValidationError(_("请填写百分比，例如 8 或 8.5。"), code="not_a_percentage") from None
        if not exact.is_finite() or exact != round(exact, 2):
            raise ValidationError(_("请填写百分比，最多两位小数，例如 8.5。"), code="not_a_percentage")
        ppm = int(exact * _PPM_A_PERCENT)
        if not 0 <= ppm <= self.most_ppm:
            raise ValidationError(_("要在 0 到 %(most)s 之间。") % {"most": percent(self.most_ppm)}, code="outside")
        return ppm
