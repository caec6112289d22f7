"""Reading a list's columns beside its cells."""

from collections.abc import Sequence
from typing import Any

from django import template

from kit.web.lists import Column

register = template.Library()


@register.simple_tag
def column_label(columns: Sequence[Column], place: int) -> Any:
    """Name the column in which a cell stands, for the card that a row becomes on a phone."""
    return columns[place].label if place < len(columns) else ""
