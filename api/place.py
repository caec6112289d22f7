"""Where something is, as a caller says it: both degrees or neither, and each a number on the globe."""

from decimal import Decimal
from math import isfinite
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

_DEGREES = _("经度和纬度要填数字。")


class DegreesField(serializers.FloatField):
    """A latitude (``most`` 90) or longitude (180) that may be left out."""

    def __init__(self, most: int) -> None:
        super().__init__(min_value=-most, max_value=most, allow_null=True, required=False, default=None)

    def to_internal_value(self, data: Any) -> float:
        told = float(super().to_internal_value(data))
        if not isfinite(told):  # "nan" is less than no bound and more than none
            raise serializers.ValidationError(_DEGREES)
        return told


def whole_place(attrs: dict[str, Any]) -> dict[str, Any]:
    """Let words through whose ``lat`` and ``lng`` are both there or both not. :raises ValidationError: one is alone."""
    if (attrs["lat"] is None) != (attrs["lng"] is None):
        raise serializers.ValidationError({"lat": [_("经度和纬度要一起填。")]})
    return attrs


def degrees(told: float | None) -> Decimal | None:
    """Write degrees as they are kept: to a tenth of a metre."""
    return None if told is None else Decimal(f"{told:.6f}")
