"""What callers may send: JSON of bounded size and depth, and no field we do not know."""

import json
from typing import IO, Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

MOST_BYTES = 65_536  # the largest honest body, an order of a hundred lines, is under ten thousand
MOST_DEPTH = 20


class StrictJSONParser(BaseParser):
    """Reads a JSON object. :raises ParseError: it is none. :raises RequestDataTooBig: it is too long."""

    media_type = "application/json"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        # One byte more than allowed is read: a body without a length, or with a false one, is bounded too.
        raw = stream.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise RequestDataTooBig
        try:
            body = json.loads(raw.decode(), parse_constant=_no_such_number, object_pairs_hook=_each_name_once)
        except (ValueError, RecursionError):
            raise ParseError from None
        if not isinstance(body, dict) or _is_deeper_than(body, MOST_DEPTH):
            raise ParseError
        return body


class StrictSerializer(serializers.Serializer[Any]):
    """The words a caller may use; any other word is refused, because a typing error must not pass in silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (strange := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError({name[:60]: [_("没有这个字段。")] for name in strange})
        return super().to_internal_value(data)


MOST_PIECES = 9999
_WHOLE = _("数量要填 1 到 9999 的整数。")


class WholeNumberField(serializers.IntegerField):
    """A JSON number without a fraction: neither "3" nor 3.0 nor true."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class PiecesField(WholeNumberField):
    """How many of something somebody wants, with one sentence for whatever is none."""

    def __init__(self) -> None:
        said: dict[str, Any] = dict.fromkeys(
            ("required", "null", "invalid", "min_value", "max_value", "max_string_length"), _WHOLE
        )
        super().__init__(min_value=1, max_value=MOST_PIECES, error_messages=said)


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    body = dict(pairs)
    if len(body) != len(pairs):
        raise ValueError("a name twice")
    return body


def _no_such_number(name: str) -> NoReturn:
    raise ValueError(name)


def _is_deeper_than(body: Any, depth: int) -> bool:
    level = [body]
    for _step in range(depth):
        level = [
            below
            for value in level
            for below in (value.values() if isinstance(value, dict) else value)
            if isinstance(below, dict | list)
        ]
        if not level:
            return False
    return True
