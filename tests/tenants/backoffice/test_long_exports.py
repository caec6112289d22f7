"""A list of any length goes out whole: read by pieces, in the store of the one who asked, and never held."""

import re
import tracemalloc
import zipfile
from datetime import timedelta
from io import BytesIO
from itertools import count
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from kit.ids import new_id
from kit.tenancy import StoreRef, in_store, scope_now
from kit.web import downloads, pieces
from tenants.campaigns.models import CampaignItem
from tenants.orders.models import Order, OrderLine
from tenants.purchasing.models import Supplier
from tests.tenants.shelf import NOON, a_campaign, a_member, a_point, an_order

EXPORT = "/backoffice/orders/export"
_COUNTED = count()


def many_orders(store: StoreRef, wanted: int) -> set[str]:
    """Write orders of one line, as many as wanted, without asking for each."""
    with in_store(store):
        item = CampaignItem.objects.first() or a_campaign(quota=None).items.get()
        model = an_order(item=item, point=a_point(), member=a_member())
        line = model.lines.get()
        numbers = []
        for start in range(0, wanted - 1, 5_000):
            orders, lines = [], []
            for number in range(start, min(start + 5_000, wanted - 1)):
                kept = {field.attname: getattr(model, field.attname) for field in Order._meta.concrete_fields}
                kept |= {"id": new_id(), "number": f"2611{next(_COUNTED):010d}", "key": f"k{new_id()}"}
                kept["placed_at"] = NOON - timedelta(seconds=number // 3)  # several of one moment
                orders.append(Order(**kept))
                kept = {field.attname: getattr(line, field.attname) for field in OrderLine._meta.concrete_fields}
                lines.append(OrderLine(**kept | {"id": new_id(), "order_id": orders[-1].pk}))
            Order.objects.bulk_create(orders)
            OrderLine.objects.bulk_create(lines)
            numbers += [order.number for order in orders]
        return {model.number, *numbers}


def numbers_in(content: bytes) -> list[str]:
    with zipfile.ZipFile(BytesIO(content)) as book:  # the format is held by tests/kit/web/test_xlsx.py
        assert [name for name in book.namelist() if "/sheet" in name] == ["xl/worksheets/sheet1.xml"]
        page = book.read("xl/worksheets/sheet1.xml").decode()
    head, *numbers = re.findall(r'<c r="A\d+"[^>]*><is><t[^>]*>([^<]*)<', page)
    assert head == "订单号"
    return numbers


def test_holds_every_order_and_not_the_first_five_thousand(acme: StoreRef, desk: Client) -> None:
    placed = many_orders(acme, 5_600)

    numbers = numbers_in(b"".join(desk.get(EXPORT)))

    assert (len(numbers), set(numbers)) == (5_600, placed)
    with in_store(acme):
        assert numbers == list(Order.objects.order_by("-placed_at", "id").values_list("number", flat=True))


def test_statements_grow_with_pieces_and_not_with_rows(
    acme: StoreRef, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "PIECE", 40)

    def asked(more: int) -> int:
        many_orders(acme, more)
        with CaptureQueriesContext(connection) as statements:
            b"".join(desk.get(EXPORT))
        return len(statements)

    few, more, most = asked(50), asked(80), asked(120)  # 50, 130 and 250 in all: two, four and seven pieces

    assert (more - few) / 2 == (most - more) / 3 == 2  # a piece's orders and their lines
    assert most < 40


def test_a_long_file_is_sent_while_it_is_written_in_its_store_and_language(
    acme: StoreRef, rival: StoreRef, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "PIECE", 40)
    monkeypatch.setattr(downloads, "_SHORT", 100)
    placed = many_orders(acme, 130)
    many_orders(rival, 100)
    desk.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

    answer: Any = desk.get(EXPORT)

    assert answer.streaming
    assert scope_now() is None
    with in_store(rival):  # whatever is open where it is read
        content = b"".join(answer.streaming_content)
    book: Any = load_workbook(BytesIO(content), read_only=True)
    head, *rows = book.active.iter_rows(values_only=True)
    assert head[:2] == ("Order no.", "Placed")
    assert {row[0] for row in rows} == placed
    assert {row[2] for row in rows} == {"To pick up"}


def test_every_list_of_one_look_is_whole(acme: StoreRef, desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE", 40)
    with in_store(acme):
        Supplier.objects.bulk_create(Supplier(name=f"供应商{number:03d}", created_at=NOON) for number in range(130))

    book: Any = load_workbook(BytesIO(b"".join(desk.get("/backoffice/suppliers?export=xlsx"))))

    names = [row[0] for row in book.active.iter_rows(min_row=2, values_only=True)]
    assert sorted(names) == [f"供应商{number:03d}" for number in range(130)]


@pytest.mark.nightly
def test_sixty_thousand_need_no_more_memory_than_six(acme: StoreRef, desk: Client) -> None:
    def exported() -> tuple[int, set[str]]:
        parts = []
        tracemalloc.start()
        try:
            for part in desk.get(EXPORT):
                parts.append(part)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        content = b"".join(parts)
        return peak - len(content), set(numbers_in(content))

    placed = many_orders(acme, 6_000)
    few, numbers = exported()
    assert numbers == placed
    placed |= many_orders(acme, 54_000)

    most, numbers = exported()

    assert numbers == placed
    assert most < 1.5 * few, (few, most)
