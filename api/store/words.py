"""Forms that several resources share: money, a page of a list, the example values of the description."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from api.parsing import StrictSerializer, WholeNumberField
from kit.tenancy import current_store

MOST_MINOR = 10**13  # a hundred thousand million yuan: more than any order


class MoneySerializer(serializers.Serializer[Any]):
    """An amount in the currency's smallest unit (分 for CNY)."""

    amount = serializers.IntegerField()
    currency = serializers.CharField()


class MoneyWordsSerializer(StrictSerializer):
    """An amount as a caller writes it."""

    amount = WholeNumberField(min_value=0, max_value=MOST_MINOR)
    currency = serializers.CharField(max_length=3)

    def validate_currency(self, currency: str) -> str:
        if currency != current_store().currency:
            raise serializers.ValidationError(_("本店只收 %(currency)s。") % {"currency": current_store().currency})
        return currency


class NamedSerializer(serializers.Serializer[Any]):
    """Something by its id and name."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class ReasonSerializer(StrictSerializer):
    """Why."""

    reason = serializers.CharField(max_length=100, allow_blank=True, required=False, default="")


def list_of(row: type[serializers.Serializer[Any]], name: str) -> type[serializers.Serializer[Any]]:
    """Make the form of a page of rows."""
    return type(
        f"{name}Serializer",
        (serializers.Serializer,),
        {"items": row(many=True), "next": serializers.CharField(allow_null=True), "__doc__": f"A page: {name}."},
    )
