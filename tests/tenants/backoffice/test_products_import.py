"""表格导入: from the upload to the goods, through the pages."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from kit.tenancy import StoreRef, in_store
from tenants.catalog.models import CatalogImport, ImportState, Product, ProductState
from tenants.inventory.models import Stock
from tests.tenants.backoffice.goods import limit_skus, text_of
from tests.tenants.catalog.sheets import WHOLESALE, a_csv, a_picture, a_row, an_xlsx

PAGE = "/backoffice/imports"
OLD_XLS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
MARKET = {
    "prices_from": "cost",
    "percent": "30",
    "ending": "9",
    "opening_stock": "20",
    "duplicates": "last",
    "column_category": "0",
    "column_title": "1",
    "column_label": "2",
    "column_unit": "3",
    "column_cost_low": "4",
    "column_cost": "5",
    "column_cost_high": "6",
}


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def upload(desk: Client) -> Callable[..., Any]:
    """Upload a sheet and follow to wherever that leads."""

    def uploaded(content: bytes, name: str = "商品.xlsx") -> Any:
        return desk.post(PAGE, {"sheet": SimpleUploadedFile(name, content)}, follow=True)

    return uploaded


def last(store: StoreRef) -> CatalogImport:
    with in_store(store):
        found: CatalogImport = CatalogImport.objects.latest("created_at", "id")
        return found


class TestUpload:
    def test_of_our_template_is_checked_and_imported(
        self, acme: StoreRef, desk: Client, upload: Callable[..., Any]
    ) -> None:
        content = desk.get(f"{PAGE}/template").content
        assert load_workbook(BytesIO(content)).sheetnames == ["商品", "填写说明"]

        page = text_of(upload(content))
        assert "检查通过，可以导入" in page
        assert "将新增 4 个规格" in page

        answer = desk.post(f"{PAGE}/{last(acme).pk}/start", follow=True)
        assert "导入完成" in text_of(answer)
        with in_store(acme):
            assert Product.objects.count() == 3

    REFUSED = (
        (b"", "商品.xlsx", "空文件"),
        (b"\n\n", "商品.csv", "空文件"),
        (a_csv([]), "商品.csv", "表格里没有商品"),
        (an_xlsx([]), "商品.xlsx", "表格里没有商品"),
        (OLD_XLS, "商品.xls", "另存为不加密的 .xlsx"),
        (b"%PDF-1.7 nonsense", "商品.pdf", ".xlsx 或 .csv"),
        (b"PK\x03\x04 not a zip", "商品.xlsx", ".xlsx 或 .csv"),
        (a_picture(), "商品.csv", ".xlsx 或 .csv"),
        (b"a,b\x00c\n1,2\n", "商品.csv", ".xlsx 或 .csv"),
        (b"PK\x03\x04" + b"\x00" * (10 * 1024 * 1024), "商品.xlsx", "5,000 行、10 MB"),
        (a_csv([a_row(f"香梨{number}") for number in range(5001)]), "商品.csv", "5,000 行、10 MB"),
        (an_xlsx([a_row(f"香梨{number}") for number in range(5001)]), "商品.xlsx", "5,000 行、10 MB"),
    )

    @pytest.mark.parametrize(("content", "name", "sentence"), REFUSED)
    def test_of_anything_else_is_refused_in_plain_words(
        self, acme: StoreRef, upload: Callable[..., Any], content: bytes, name: str, sentence: str
    ) -> None:
        answer = upload(content, name)

        assert answer.status_code == 422
        assert sentence in text_of(answer)
        with in_store(acme):
            assert not CatalogImport.objects.exists()

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
    def test_reads_every_encoding_merchants_send(
        self, acme: StoreRef, upload: Callable[..., Any], encoding: str
    ) -> None:
        upload(a_csv([a_row("库尔勒香梨")], encoding=encoding), "商品.csv")

        assert last(acme).state == ImportState.CHECKED

    def test_with_a_head_twice_is_refused_by_its_name(self, acme: StoreRef, upload: Callable[..., Any]) -> None:
        answer = upload(an_xlsx([["香梨", "500g", "9.9", "19.9"]], head=["商品名称", "规格", "售价", "售价"]))
        assert "表头“售价”有两列" in answer.content.decode()
        with in_store(acme):
            assert not CatalogImport.objects.exists()

    def test_over_the_plan_shows_the_way_to_a_larger_one(self, acme: StoreRef, upload: Callable[..., Any]) -> None:
        limit_skus(acme, 1)

        answer = upload(an_xlsx([a_row(), a_row("香梨")]))

        assert answer.status_code == 402
        assert "看看可升级的套餐" in text_of(answer)


class TestDryRun:
    def test_shows_each_cell_that_changes_before_it_is_done(
        self, acme: StoreRef, desk: Client, upload: Callable[..., Any]
    ) -> None:
        upload(an_xlsx([a_row(brand="")]))
        desk.post(f"{PAGE}/{last(acme).pk}/start")
        exported = load_workbook(BytesIO(desk.get("/backoffice/products/export").content))
        sheet: Any = exported.active
        heads = {cell.value: cell.column for cell in sheet[1]}
        sheet.cell(2, heads["会员价"]).value = "11.8"
        changed = BytesIO()
        exported.save(changed)

        page = text_of(upload(changed.getvalue()))

        assert "改动的地方（1 处）" in page
        assert "会员价" in page
        assert "11.80" in page


class TestWrongRows:
    def test_come_back_in_a_file_and_nothing_is_imported(
        self, acme: StoreRef, desk: Client, upload: Callable[..., Any]
    ) -> None:
        page = text_of(upload(an_xlsx([a_row("香梨"), a_row(price="免费")]), "我的商品.xlsx"))

        assert "有 1 行要改，这次一件商品都没有导入" in page
        answer = desk.get(f"{PAGE}/{last(acme).pk}/problems")
        assert "%E6%88%91%E7%9A%84%E5%95%86%E5%93%81" in answer["Content-Disposition"]
        book: Any = load_workbook(BytesIO(answer.content))
        assert "免费" in book.active.cell(3, 13).value
        assert desk.post(f"{PAGE}/{last(acme).pk}/start").status_code == 409
        with in_store(acme):
            assert not Product.objects.exists()

    def test_have_no_file_when_there_are_none(self, acme: StoreRef, desk: Client, upload: Callable[..., Any]) -> None:
        upload(an_xlsx([a_row()]))

        assert desk.get(f"{PAGE}/{last(acme).pk}/problems").status_code == 404


class TestColumns:
    def test_are_asked_once(self, acme: StoreRef, desk: Client, upload: Callable[..., Any]) -> None:
        asked = upload(WHOLESALE.read_bytes(), "新发地.csv")
        assert "对一下列" in text_of(asked)
        assert asked.context["form"]["column_title"].value() == 1

        desk.post(f"{PAGE}/{last(acme).pk}/columns", MARKET)
        desk.post(f"{PAGE}/{last(acme).pk}/start")
        with in_store(acme):
            assert Product.objects.count() == 430
            assert Stock.objects.filter(on_hand=20).count() == 457

        again = upload(WHOLESALE.read_bytes(), "新发地二.csv")
        assert "完全一样" in text_of(again)

    WRONG = (
        ({"column_title": ""}, "哪一列是商品名称"),
        ({"column_cost": ""}, "哪一列是成本价"),
        ({"prices_from": "price"}, "哪一列是售价"),
        ({"percent": ""}, "请填写加价的百分比"),
        ({"percent": "很多"}, "请填写百分比"),
        ({"column_label": "1"}, "已经选给别的内容"),
        ({"column_title": "99"}, "99"),
        ({"opening_stock": "-1"}, "不能小于 0"),
    )

    @pytest.mark.parametrize(("change", "sentence"), WRONG)
    def test_that_make_no_sense_are_pointed_out(
        self, acme: StoreRef, desk: Client, upload: Callable[..., Any], change: dict[str, str], sentence: str
    ) -> None:
        upload(WHOLESALE.read_bytes(), "新发地.csv")

        answer = desk.post(f"{PAGE}/{last(acme).pk}/columns", {**MARKET, **change})

        assert answer.status_code == 422
        assert sentence in text_of(answer)


class TestProgress:
    def test_moves_and_sends_the_page_on_at_the_end(
        self, acme: StoreRef, desk: Client, upload: Callable[..., Any]
    ) -> None:
        upload(an_xlsx([a_row(), a_row("香梨")]))
        source = last(acme)
        with in_store(acme):
            CatalogImport.objects.filter(pk=source.pk).update(state=ImportState.RUNNING, rows_done=1)

        assert "1 / 2 行" in text_of(desk.get(f"{PAGE}/{source.pk}/progress"))
        assert f"{PAGE}/{source.pk}/progress" in text_of(desk.get(f"{PAGE}/{source.pk}"))
        with in_store(acme):
            CatalogImport.objects.filter(pk=source.pk).update(state=ImportState.DONE)
        assert desk.get(f"{PAGE}/{source.pk}/progress")["HX-Redirect"] == f"{PAGE}/{source.pk}"


class TestUndo:
    def test_takes_the_new_goods_off_the_shelf(self, acme: StoreRef, desk: Client, upload: Callable[..., Any]) -> None:
        upload(an_xlsx([a_row(), a_row("香梨")]))
        desk.post(f"{PAGE}/{last(acme).pk}/start")

        answer = desk.post(f"{PAGE}/{last(acme).pk}/undo", follow=True)

        assert "下架 2 个新商品" in text_of(answer)
        with in_store(acme):
            assert set(Product.objects.values_list("state", flat=True)) == {ProductState.OFF_SHELF}
        assert desk.post(f"{PAGE}/{last(acme).pk}/undo").status_code == 409


class TestNextDoor:
    @pytest.mark.parametrize("what", ["", "/columns", "/progress", "/problems"])
    def test_is_never_seen(self, acme: StoreRef, rival: StoreRef, desk: Client, what: str) -> None:
        with in_store(rival):
            from tenants.catalog.services.import_goods.receive_sheet import receive_sheet
            from tests.tenants.shelf import NOON

            foreign = receive_sheet(content=an_xlsx([a_row()]), file_name="a.xlsx", by_name="隔壁", now=NOON)

        assert desk.get(f"{PAGE}/{foreign.pk}{what}").status_code == 404
