"""Every list goes out as a sheet; suppliers, leaders and stock counts come in by one."""

from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from control.people.models import Person
from kit.tenancy import StoreRef, in_store
from tenants.inventory.models import MoveKind, Stock, StockMove
from tenants.journal.models import JournalEntry
from tenants.leaders.models import Leader, PickupPoint
from tenants.purchasing.models import Supplier, SupplierState
from tests.factories.reviews import a_review
from tests.tenants.backoffice.conftest import SignIn, statements_of
from tests.tenants.backoffice.goods import text_of
from tests.tenants.shelf import NOON, a_campaign, a_leader, a_point, a_sku

FORMULA = "=cmd|' /C calc'!A0\x0b"


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def sheet_in(answer: Any) -> list[list[Any]]:
    assert answer.status_code == 200
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    sheet: Any = load_workbook(BytesIO(answer.content)).active
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


class TestExport:
    @pytest.fixture
    def rows(self, acme: StoreRef) -> Callable[[], None]:
        def made() -> None:
            with in_store(acme):
                a_campaign(name=FORMULA)
                a_review(words=FORMULA)
                Supplier.objects.create(name=f"{FORMULA}{Supplier.objects.count()}", created_at=NOON)

        return made

    @pytest.mark.parametrize(
        "address", ["leaders", "campaigns", "reviews", "coupons", "promotions", "suppliers", "stock", "areas", "takes"]
    )
    def test_of_every_list_is_a_sheet_without_formulas_in_a_pages_statements(
        self, desk: Client, rows: Callable[[], None], address: str
    ) -> None:
        rows()
        page = f"/backoffice/{address}?export=xlsx"
        few, before = len(sheet_in(desk.get(page))), statements_of(desk, page)
        for _time in range(3):
            rows()

        assert statements_of(desk, page) == before
        more = len(sheet_in(desk.get(page)))
        assert more > few or address in ("coupons", "promotions", "areas", "takes")

    def test_holds_what_the_list_shows(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            a_point(leader=a_leader(name="李姐"), name="东门")
            a_leader(name="王姐")

        page = text_of(desk.get("/backoffice/leaders?q=李姐"))
        head, *rows = sheet_in(desk.get("/backoffice/leaders?q=李姐&export=xlsx"))

        assert "?q=%E6%9D%8E%E5%A7%90&export=xlsx" in desk.get("/backoffice/leaders?q=李姐").content.decode().replace(
            "&amp;", "&"
        )
        assert "导出" in page
        assert head[:5] == ["团长", "手机号", "自提点", "订单", "累计成交"]
        assert [row[:1] + row[2:4] for row in rows] == [["李姐", "东门", 0]]


def a_sheet(rows: list[list[Any]]) -> SimpleUploadedFile:
    book = Workbook()
    page: Any = book.active
    for row in rows:
        page.append(row)
    target = BytesIO()
    book.save(target)
    return SimpleUploadedFile("表.xlsx", target.getvalue())


def uploaded(desk: Client, what: str, rows: list[list[Any]]) -> str:
    answer = desk.post(f"/backoffice/sheets/{what}", {"sheet": a_sheet(rows)}, follow=True)
    return answer.content.decode()


def seal_in(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"')[0]


def confirmed(desk: Client, what: str, page: str) -> Any:
    return desk.post(f"/backoffice/sheets/{what}/check", {"seen": seal_in(page)}, follow=True)


def template(desk: Client, what: str) -> list[list[Any]]:
    return sheet_in(desk.get(f"/backoffice/sheets/{what}/template"))


SUPPLIERS = [["供应商名称", "联系人", "手机号", "许可证到期日"], ["绿源", "老陈", "13800000001", "2027-01-31"], ["=鲜"]]
LEADERS = [
    ["团长", "手机号", "自提点名称", "城市", "详细地址", "纬度", "经度", "提货时间"],
    ["李姐", "138 0000 0001", "东门", "上海", "一路 1 号", "31.23", "121.47", "16:00–20:00"],
    ["李姐", "13800000001", "西门", "上海", "二路 2 号", "31.24", "121.48", "16:00–20:00"],
]


class TestComingIn:
    def test_suppliers_are_seen_first_and_written_after(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            Supplier.objects.create(name="绿源", contact="小陈", created_at=NOON)
        rows = [SUPPLIERS[0], SUPPLIERS[1], ["新鲜屋", "", "", ""]]

        page = uploaded(desk, "suppliers", rows)

        assert "小陈" in page
        assert "老陈" in page
        with in_store(acme):
            assert list(Supplier.objects.values_list("name", "contact")) == [("绿源", "小陈")]
        assert "已导入：新增 1 行，更新 1 行" in text_of(confirmed(desk, "suppliers", page))
        with in_store(acme):
            assert set(Supplier.objects.values_list("name", "contact")) == {("绿源", "老陈"), ("新鲜屋", "")}
            assert JournalEntry.objects.filter(what="supplier.saved").count() == 2

    def test_leaders_come_with_their_points_in_one_piece(self, acme: StoreRef, desk: Client) -> None:
        page = uploaded(desk, "leaders", LEADERS)
        confirmed(desk, "leaders", page)

        with in_store(acme):
            leader = Leader.objects.get()
            points = PickupPoint.objects.order_by("latitude").values_list("name", "latitude")
            assert (leader.name, leader.phone) == ("李姐", "13800000001")
            assert list(points) == [("东门", Decimal("31.23")), ("西门", Decimal("31.24"))]

    def test_stock_is_counted_with_a_move_that_names_the_file(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            sku = a_sku(title="菠菜", label="一把", in_stock=10)
        page = uploaded(desk, "stock", [["商品", "规格", "实有"], ["菠菜", "一把", "１ ２"]])
        assert "10" in page

        confirmed(desk, "stock", page)

        with in_store(acme):
            assert Stock.objects.get(sku=sku).on_hand == 12
            move = StockMove.objects.filter(sku=sku).latest("at", "id")
            assert (move.kind, move.on_hand_delta) == (MoveKind.ADJUST, 2)
            assert "表.xlsx" in move.reason

    @pytest.mark.parametrize("what", ["suppliers", "leaders", "stock"])
    def test_what_goes_out_comes_in_without_a_change(self, acme: StoreRef, desk: Client, what: str) -> None:
        with in_store(acme):
            Supplier.objects.create(name="=绿源", state=SupplierState.STOPPED, created_at=NOON)
            a_point(leader=a_leader(), is_open=False)
            a_leader(name="没有点的")
            a_sku(title="@菠菜")
            a_sku(title="@菠菜")  # of one name: told apart by their numbers
        rows = template(desk, what)
        assert len(rows) == 3 - (what == "suppliers")

        page = uploaded(desk, what, rows)

        assert "表格和现在的内容完全一样" in page

    WRONG = (
        ("suppliers", ["供应商名称", "许可证到期日"], ["绿源", "明年"], "要写成 2026-12-31"),
        ("suppliers", ["供应商名称", "状态"], ["绿源", "好"], "合作中 或 已停用"),
        ("leaders", ["团长", "手机号"], ["李姐", "12"], "正确的手机号"),
        ("leaders", LEADERS[0], [*LEADERS[1][:5], "北", "121", "16:00"], "纬度和经度要填数字"),
        ("leaders", LEADERS[0], [*LEADERS[1][:5], "nan", "121", "16:00"], "纬度和经度要填数字"),
        ("leaders", LEADERS[0], [*LEADERS[1][:5], "31", "-inf", "16:00"], "纬度和经度要填数字"),
        ("leaders", LEADERS[0], [*LEADERS[1][:5], "31", "180.1", "16:00"], "纬度和经度要填数字"),
        ("stock", ["商品", "实有"], ["没有的", "3"], "店里没有这个商品"),
        ("stock", ["商品", "实有"], ["菠菜", "2.5"], "之间的整数"),
        ("stock", ["商品", "实有"], ["菠菜", "-1"], "之间的整数"),
        ("stock", ["商品", "实有"], ["菠菜", "=1+1"], "是公式"),
        ("stock", ["商品", "实有"], ["菠菜", "4"], "订单已占用 5 件"),
    )

    @pytest.mark.parametrize(("what", "head", "row", "sentence"), WRONG)
    def test_a_wrong_row_is_said_and_given_back_and_nothing_is_written(
        self, acme: StoreRef, desk: Client, what: str, head: list[str], row: list[str], sentence: str
    ) -> None:
        with in_store(acme):
            sku = a_sku(title="菠菜", in_stock=10)
            Stock.objects.filter(sku=sku).update(reserved=5)

        page = uploaded(desk, what, [head, row])

        assert sentence in page
        assert 'name="seen"' not in page
        back: Any = load_workbook(BytesIO(desk.get(f"/backoffice/sheets/{what}/problems").content)).active
        assert back.cell(1, len(head) + 1).value == "错误原因"
        assert sentence in back.cell(2, len(head) + 1).value
        desk.post(f"/backoffice/sheets/{what}/check", {"seen": "x"})
        with in_store(acme):
            assert not Supplier.objects.exists()
            assert not Leader.objects.exists()
            assert Stock.objects.get(sku=sku).on_hand == 10

    def test_a_head_twice_is_refused_by_its_name(self, desk: Client) -> None:
        assert "表头“实有”有两列" in uploaded(desk, "stock", [["商品", "实有", "实有"], ["菠菜", "3", "4"]])

    def test_a_sheet_that_would_do_something_else_by_now_is_shown_again(self, acme: StoreRef, desk: Client) -> None:
        page = uploaded(desk, "suppliers", SUPPLIERS[:2])
        with in_store(acme):
            Supplier.objects.create(name="绿源", contact="小陈", created_at=NOON)

        answer = confirmed(desk, "suppliers", page)

        assert answer.status_code == 409
        assert "请再看一遍" in text_of(answer)
        with in_store(acme):
            assert Supplier.objects.get().contact == "小陈"

    def test_a_sheet_without_its_columns_names_them(self, desk: Client) -> None:
        answer = desk.post("/backoffice/sheets/leaders", {"sheet": a_sheet([["团长", "地址"], ["李姐", "东门"]])})

        assert answer.status_code == 422
        assert "表格里没有“手机号”这一列" in text_of(answer)

    def test_is_not_for_clerks_nor_for_unknown_lists(
        self, acme: StoreRef, desk: Client, sign_in: SignIn, clerk: Person
    ) -> None:
        assert sign_in(clerk).get("/backoffice/sheets/stock").status_code == 403
        assert desk.get("/backoffice/sheets/orders").status_code == 404
        assert desk.get("/backoffice/sheets/stock/check").status_code == 404

    def test_a_hundred_rows_cost_as_many_reads_as_one(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            for number in range(5):
                a_sku(title=f"菜{number}")
        uploaded(desk, "stock", template(desk, "stock")[:2])
        before = statements_of(desk, "/backoffice/sheets/stock/check")
        uploaded(desk, "stock", template(desk, "stock"))

        assert statements_of(desk, "/backoffice/sheets/stock/check") == before
