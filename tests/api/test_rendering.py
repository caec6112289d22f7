"""What orjson writes is what the framework's own renderer writes, byte for byte."""

from collections import OrderedDict
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.utils.translation import gettext_lazy
from rest_framework.renderers import JSONRenderer

from api.rendering import QuickJSONRenderer
from api.views import StoreView
from tenants.orders.models import OrderState

_ID = UUID("01a2077b-3353-75bc-a399-8c180865bd9b")


@pytest.mark.parametrize(
    "words",
    [
        {"id": _ID, "ids": [_ID], "名": '五折 "好" \\ / \x07 🍊', "empty": "", "none": None, "yes": True},
        {"money": 9_007_199_254_740_993, "rate": Decimal("0.60"), "ratio": 0.25, "state": OrderState.PAID},
        {"at": datetime(2026, 11, 23, 1, 2, 3, 4, tzinfo=UTC), "on": date(2026, 11, 23), "hour": time(9, 30)},
        {"there": datetime(2026, 11, 23, tzinfo=timezone(timedelta(hours=8))), "long": timedelta(minutes=15)},
        {"said": gettext_lazy("请先登录。"), "pair": (1, 2), "ordered": OrderedDict(b=1, a=2), "keys": {3: "three"}},
        [],
        None,
    ],
)
def test_the_same_bytes(words: Any) -> None:
    plain = JSONRenderer().render(words)

    assert QuickJSONRenderer().render(words).decode() == plain.decode()


def test_a_line_separator_is_left_as_it_is() -> None:
    # The framework's own escapes it, for browsers that once ran JSON as a script
    assert QuickJSONRenderer().render("一\u2028二") == '"一\u2028二"'.encode()


def test_it_writes_every_answer_of_the_api() -> None:
    assert StoreView.renderer_classes == (QuickJSONRenderer,)
