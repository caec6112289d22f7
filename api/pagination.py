"""Lists by cursor: a page starts after the last row of the one before, wherever new rows have come in since."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api.parsing import StrictSerializer

USUAL_PAGE = 20
LARGEST_PAGE = 100
_BAD_CURSOR = _("翻页位置不对，请从第一页重新开始。")
Row = TypeVar("Row")


class CursorField(serializers.CharField):
    """Reads a cursor back into the place it marks. It is opaque to callers, and checked all the same."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=300, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        try:
            return json.loads(base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
        except (ValueError, binascii.Error, RecursionError):
            raise serializers.ValidationError(_BAD_CURSOR) from None


class PageQuery(StrictSerializer):
    """The words every list understands."""

    cursor = CursorField(required=False, default=None)
    limit = serializers.IntegerField(required=False, default=USUAL_PAGE, min_value=1, max_value=LARGEST_PAGE)


def id_after(cursor: Any) -> UUID | None:
    """Read the cursor of a list whose rows are found again by their id. :raises ValidationError:"""
    if cursor is None:
        return None
    try:
        return UUID(cursor[0])
    except (TypeError, ValueError, IndexError, KeyError, AttributeError):
        raise serializers.ValidationError({"cursor": [_BAD_CURSOR]}) from None


def place_after(cursor: Any) -> tuple[datetime, UUID] | None:
    """Read the cursor of a list ordered by time and id. :raises ValidationError:"""
    if cursor is None:
        return None
    try:
        at, last = cursor
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError("a time without a zone")
        return moment, UUID(last)
    except (TypeError, ValueError, AttributeError):
        raise serializers.ValidationError({"cursor": [_BAD_CURSOR]}) from None


def ranked_after(cursor: Any) -> tuple[int, UUID] | None:
    """Read the cursor of a list ordered by rank and id. :raises ValidationError:"""
    if cursor is None:
        return None
    try:
        rank, last = cursor
        return int(rank), UUID(last)
    except (TypeError, ValueError, AttributeError):
        raise serializers.ValidationError({"cursor": [_BAD_CURSOR]}) from None


def number_after(cursor: Any) -> int | None:
    """Read the cursor of a list whose rows are numbered. :raises ValidationError:"""
    if cursor is None:
        return None
    try:
        number = int(cursor[0])
    except (TypeError, ValueError, IndexError, KeyError):
        raise serializers.ValidationError({"cursor": [_BAD_CURSOR]}) from None
    if not 0 <= number < 2**31:
        raise serializers.ValidationError({"cursor": [_BAD_CURSOR]})
    return number


def cursor_at(*place: Any) -> str:
    """Write the cursor of a place in a list."""
    text = json.dumps([str(part) for part in place], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def page_of(
    rows: Sequence[Row], *, limit: int, place: Callable[[Row], Sequence[Any]], shape: Callable[[Row], Any]
) -> dict[str, Any]:
    """Shape a page. Ask the story for one row more than ``limit``: that row says whether there is a next page."""
    shown = rows[:limit]
    return {
        "items": [shape(row) for row in shown],
        "next": cursor_at(*place(shown[-1])) if len(rows) > limit else None,
    }
