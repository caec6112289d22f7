"""Goods from a spreadsheet: all of them arrive, or none, and the last ones can be taken back."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum
from openpyxl import load_workbook

from control.merchants.limits import PlanLimitReached
from control.merchants.models import Merchant
from kit.ports.storage import read_file
from kit.tenancy import StoreRef, in_control
from tenants.catalog.models import CatalogImport, Category, ImportState, Product, ProductState, Sku
from tenants.catalog.selectors import products_matching
from tenants.catalog.services.import_goods.columns import Rules, guess_columns
from tenants.catalog.services.import_goods.receive_sheet import agree_columns, receive_sheet, sheet_of
from tenants.catalog.services.import_goods.template import template_file
from tenants.inventory.models import MoveKind, Stock, StockMove
from tenants.inventory.services.check_import import check_import
from tenants.inventory.services.export_stocked_goods import export_stocked_goods
from tenants.inventory.services.run_import import AnotherImportRuns, NotChecked, run_import, start_import
from tenants.inventory.services.undo_import import NotTheLast, undo_import
from tests.tenants.catalog.sheets import WHOLESALE, a_csv, a_picture, a_row, an_xlsx
from tests.tenants.shelf import NOON

BY = "老板"
HEAD = ["商品名称", "规格", "售价", "分类"]


@pytest.fixture(autouse=True)
def shop(in_acme: StoreRef, settings: Any, tmp_path: Path) -> StoreRef:
    settings.MEDIA_ROOT = tmp_path
    return in_acme


def received(content: bytes, name: str = "商品.xlsx") -> CatalogImport:
    source = receive_sheet(content=content, file_name=name, by_name=BY, now=NOON)
    return check_import(import_id=source.pk, now=NOON) if source.columns else source


def imported(content: bytes, name: str = "商品.xlsx") -> CatalogImport:
    source = received(content, name)
    start_import(import_id=source.pk, now=NOON)
    return run_import(import_id=source.pk, now=NOON)


def table_of(source: CatalogImport) -> Any:
    return load_workbook(BytesIO(read_file(source.problems_key))).active


def counts(source: CatalogImport) -> tuple[int, int, int, int]:
    return source.made, source.changed, source.unchanged, source.rows_wrong


class TestOwnTemplate:
    def test_arrives_as_products_with_skus_stock_and_categories(self) -> None:
        done = imported(template_file())

        assert (done.state, done.made) == (ImportState.DONE, 4)
        grapes = Product.objects.get(title="阳光玫瑰葡萄")
        assert [(sku.label, sku.price_minor, sku.code) for sku in grapes.skus.all()] == [
            ("500g/盒", 1990, "SM0500"),
            ("1kg/盒", 3690, "SM1000"),
        ]
        assert grapes.category is not None
        assert (grapes.category.name, grapes.storage, grapes.state) == ("水果", "冷藏", ProductState.ON_SALE)
        assert Stock.objects.get(sku__code="SM0500").on_hand == 60
        assert {move.ref_id for move in StockMove.objects.all()} == {done.pk}

    def test_a_path_makes_its_categories_and_goes_out_and_in_without_a_change(self) -> None:
        imported(a_csv([["菠菜", "一把", "3.9", "蔬菜 / 叶菜"], ["土豆", "一袋", "5", "蔬菜"]], head=HEAD), "菜.csv")
        spinach = Product.objects.get(title="菠菜")
        assert spinach.category is not None
        assert spinach.category.parent is not None
        assert (spinach.category.name, spinach.category.parent.name) == ("叶菜", "蔬菜")
        assert Category.objects.count() == 2

        exported = b"".join(export_stocked_goods(query="", state="", category_id=None))

        assert counts(received(exported, "导出.xlsx")) == (0, 0, 2, 0)

    def test_a_path_of_four_levels_is_wrong(self) -> None:
        source = received(a_csv([["菠菜", "一把", "3.9", "一/二/三/四"]], head=HEAD), "菜.csv")
        assert counts(source) == (0, 0, 0, 1)

    def test_changes_nothing_the_second_time(self) -> None:
        imported(template_file())

        again = received(template_file())

        assert counts(again) == (0, 0, 4, 0)

    def test_finds_goods_by_pinyin_afterwards(self) -> None:
        imported(template_file())

        for words in ("yangguangmeigui", "ygmg", "玫瑰 葡萄", "SM1000"):
            assert [product.title for product in products_matching(query=words)] == ["阳光玫瑰葡萄"], words


class TestReimport:
    def test_updates_by_code_whatever_the_name(self) -> None:
        imported(an_xlsx([a_row(code="A1", stock=5)]))

        done = imported(an_xlsx([a_row("烟台红富士", "一斤装", "13.5", code="A1", stock=8)]))

        assert counts(done) == (0, 1, 0, 0)
        sku = Sku.objects.select_related("product").get()
        assert (sku.product.title, sku.label, sku.price_minor) == ("烟台红富士", "一斤装", 1350)
        assert products_matching(query="yantai").count() == 1
        assert Stock.objects.get().on_hand == 8

    def test_updates_by_name_and_label_and_leaves_empty_cells_alone(self) -> None:
        imported(an_xlsx([a_row(cost="9", subtitle="脆甜", stock=5)]))

        imported(an_xlsx([a_row(price="13.5")]))

        sku = Sku.objects.select_related("product").get()
        assert (sku.price_minor, sku.cost_minor, sku.product.subtitle) == (1350, 900, "脆甜")
        assert Stock.objects.get().on_hand == 5

    def test_keeps_the_books_of_stock(self) -> None:
        imported(an_xlsx([a_row(stock=5)]))
        imported(an_xlsx([a_row(stock=2)]))

        sums = StockMove.objects.aggregate(on_hand=Sum("on_hand_delta"))
        assert sums["on_hand"] == Stock.objects.get().on_hand == 2
        assert sorted(StockMove.objects.values_list("kind", flat=True)) == [MoveKind.ADJUST, MoveKind.RECEIVE]

    def test_lets_two_skus_swap_codes(self) -> None:
        imported(an_xlsx([a_row(label="小", code="A"), a_row(label="大", code="B")]))

        imported(an_xlsx([a_row(label="大", code="A"), a_row(label="小", code="B")]))

        assert dict(Sku.objects.values_list("code", "label")) == {"A": "大", "B": "小"}

    def test_refuses_a_count_below_what_orders_hold(self) -> None:
        imported(an_xlsx([a_row(stock=5)]))
        Stock.objects.update(reserved=3)

        source = received(an_xlsx([a_row(stock=2)]))

        assert counts(source) == (0, 0, 1, 1)
        assert "3 件" in source.remarks[0][1]

    def test_puts_goods_from_the_store_room_back_on_the_shelf(self) -> None:
        imported(an_xlsx([a_row()]))
        Product.objects.update(state=ProductState.OFF_SHELF)

        done = imported(an_xlsx([a_row()]))

        assert (counts(done), Product.objects.get().state) == ((0, 1, 0, 0), ProductState.ON_SALE)


class TestWrongRows:
    WRONG = (
        (a_row(title=""), "商品名称"),
        (a_row(price=""), "售价"),
        (a_row(price="十二块九"), "售价"),
        (a_row(price="-1"), "售价"),
        (a_row(price="0"), "售价"),
        (a_row(stock="-3"), "库存"),
        (a_row(stock="2.5"), "库存"),
        (a_row(strike="9.9"), "划线价"),
        (a_row(title="很" * 81), "太长"),
        (a_row(title="=HYPERLINK(1)"), "="),
        (a_row(title="@SUM(1)"), "@"),
        (a_row(price="#REF!"), "#REF!"),
    )

    @pytest.mark.parametrize(("row", "reason"), WRONG)
    def test_come_back_with_the_reason(self, row: list[Any], reason: str) -> None:
        source = received(a_csv([a_row("香梨"), row]), "商品.csv")

        assert source.state == ImportState.REFUSED
        assert source.rows_wrong == 1
        assert reason in source.remarks[0][1]

    def test_let_nothing_in(self) -> None:
        source = received(an_xlsx([a_row("香梨"), a_row(price="免费")]))

        with pytest.raises(NotChecked):
            start_import(import_id=source.pk, now=NOON)
        assert not Product.objects.exists()
        assert not Category.objects.exists()

    def test_stand_coloured_in_the_same_workbook(self) -> None:
        picture = a_picture()
        source = received(an_xlsx([a_row("香梨"), a_row(price="免费")], pictures={"L2": picture}))

        sheet = table_of(source)
        assert sheet.cell(1, 13).value == "错误原因"
        assert "免费" in sheet.cell(3, 13).value
        assert sheet.cell(3, 1).fill.fgColor.rgb == "FFFDE2E1"
        assert sheet.cell(2, 13).value is None
        assert len(sheet._images) == 1

    def test_come_back_in_the_same_encoding(self) -> None:
        source = received(a_csv([a_row("香梨"), a_row(price="免费")], encoding="gb18030"), "商品.csv")

        lines = read_file(source.problems_key).decode("gb18030").splitlines()
        assert lines[0].endswith(",错误原因")
        assert "免费" in lines[2].rpartition("金额")[0].rpartition(',"')[2]

    def test_can_be_mended_in_the_returned_file(self) -> None:
        source = received(an_xlsx([a_row("香梨"), a_row(price="免费")]))
        table = table_of(source)
        table.cell(3, 4).value = 9.9
        mended = BytesIO()
        table.parent.save(mended)

        done = imported(mended.getvalue())

        assert (done.state, done.made) == (ImportState.DONE, 2)

    def test_of_the_same_goods_are_pointed_out(self) -> None:
        source = received(an_xlsx([a_row(price="9"), a_row(price="10"), a_row(price="9")]))

        assert source.rows_wrong == 1
        assert source.remarks == [[3, "商品名称和规格与第 2 行相同，但内容不一样，请只留一行。"]]

    def test_name_a_formula_that_was_never_computed(self) -> None:
        source = received(an_xlsx([a_row(price="=F2*1.3")]))

        assert "公式" in source.remarks[0][1]

    def test_name_a_picture_that_is_none(self) -> None:
        content = an_xlsx([a_row()], pictures={"L2": a_picture(form="GIF")})

        source = received(content)

        assert source.state == ImportState.REFUSED
        assert "图片" in source.remarks[0][1]
        assert len(table_of(source)._images) == 0


class TestPictures:
    def test_arrive_with_their_product(self) -> None:
        imported(an_xlsx([a_row(), a_row("香梨")], pictures={"L3": a_picture(size=(1600, 800))}))

        picture = Product.objects.get(title="香梨").pictures.get()
        assert (picture.width, picture.height) == (1200, 600)
        assert read_file(picture.file_key).startswith(b"RIFF")
        assert not Product.objects.get(title="红富士苹果").pictures.exists()

    def test_are_not_added_to_a_product_that_has_one(self) -> None:
        content = an_xlsx([a_row()], pictures={"L2": a_picture()})
        imported(content)

        assert counts(received(content)) == (0, 0, 1, 0)


class TestForeignSheet:
    def test_of_458_market_goods_arrives_whole(self) -> None:
        source = received(WHOLESALE.read_bytes(), "价格.csv")
        assert source.state == ImportState.UPLOADED
        sheet = sheet_of(source)
        columns = guess_columns(sheet.head, [row.cells for row in sheet.rows])
        assert columns == {
            "category": 0, "title": 1, "label": 2, "unit": 3, "cost_low": 4, "cost": 5, "cost_high": 6
        }  # fmt: skip
        rules = Rules(percent_ppm=300_000, ending="9", opening_stock=20, last_row_wins=True)
        agree_columns(import_id=source.pk, columns=columns, rules=rules, by_name=BY, now=NOON)

        checked = check_import(import_id=source.pk, now=NOON)
        assert (checked.state, checked.rows_total, checked.rows_wrong, checked.made) == (
            ImportState.CHECKED,
            458,
            0,
            457,
        )
        start_import(import_id=source.pk, now=NOON)
        run_import(import_id=source.pk, now=NOON)

        assert Product.objects.count() == 430  # one name came twice, once with invisible marks
        assert Sku.objects.filter(price_minor__lte=0).count() == 0
        assert all(price % 100 == 90 for price in Sku.objects.values_list("price_minor", flat=True))
        titles = set(Product.objects.values_list("title", flat=True))
        assert {
            "丑橘（不知火、春见）",
            "19号草莓",
            "208甜瓜",
            "二月红/中华红",
            "赣南脐橙Φ65-Φ95",
            "沈农2号（龙果）",
        } <= titles
        greens = Product.objects.get(title="木耳菜")
        assert sorted(greens.skus.values_list("label", flat=True)) == ["1斤", "水菜/斤", "特菜/斤"]
        bamboo = Sku.objects.get(product__title="冬笋")
        assert (bamboo.cost_minor, bamboo.price_minor) == (325, 490)
        assert Stock.objects.aggregate(all=Sum("on_hand"))["all"] == 457 * 20

    def test_is_known_the_second_time(self) -> None:
        source = received(WHOLESALE.read_bytes(), "价格.csv")
        columns = {"title": 1, "label": 2, "unit": 3, "cost": 5, "cost_low": 4, "cost_high": 6}
        rules = Rules(percent_ppm=300_000, ending="9", last_row_wins=True)
        agree_columns(import_id=source.pk, columns=columns, rules=rules, by_name=BY, now=NOON)

        again = received(WHOLESALE.read_bytes(), "下周价格.csv")

        assert again.state == ImportState.CHECKED
        assert again.columns == columns


class TestRun:
    def test_happens_once(self) -> None:
        done = imported(an_xlsx([a_row(stock=5)]))

        run_import(import_id=done.pk, now=NOON)

        assert StockMove.objects.count() == 1

    def test_refuses_a_second_import_beside_a_running_one(self) -> None:
        first, second = received(an_xlsx([a_row()])), received(an_xlsx([a_row("香梨")]))
        start_import(import_id=first.pk, now=NOON)

        with pytest.raises(AnotherImportRuns):
            start_import(import_id=second.pk, now=NOON)

    def test_that_fails_half_way_leaves_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        source = received(an_xlsx([a_row()], pictures={"L2": a_picture()}))
        start_import(import_id=source.pk, now=NOON)
        monkeypatch.setattr("tenants.inventory.services.run_import.set_counts", _fail)

        with pytest.raises(RuntimeError):
            run_import(import_id=source.pk, now=NOON)

        assert not Product.objects.exists()
        source.refresh_from_db()
        assert source.state == ImportState.CHECKED

    def test_respects_the_plan(self, shop: StoreRef) -> None:
        with in_control():
            Merchant.objects.filter(pk=shop.merchant_id).update(limits={"skus": 1})

        with pytest.raises(PlanLimitReached):
            received(an_xlsx([a_row(), a_row("香梨")]))


class TestUndo:
    def test_takes_what_nobody_ordered_off_the_shelf(self) -> None:
        imported(an_xlsx([a_row("旧货")]))
        done = imported(an_xlsx([a_row("香梨"), a_row("青枣"), a_row("旧货", price="8")]))
        sold = Sku.objects.get(product__title="青枣")
        StockMove.objects.create(sku=sold, kind=MoveKind.TAKE, on_hand_delta=-1, at=NOON)

        assert undo_import(import_id=done.pk, by_name=BY, now=NOON) == (1, 1)

        off = Product.objects.filter(state=ProductState.OFF_SHELF).values_list("title", flat=True)
        assert list(off) == ["香梨"]

    def test_is_for_the_last_import_only(self) -> None:
        first = imported(an_xlsx([a_row()]))
        imported(an_xlsx([a_row("香梨")]))

        with pytest.raises(NotTheLast):
            undo_import(import_id=first.pk, by_name=BY, now=NOON)

    def test_happens_once(self) -> None:
        done = imported(an_xlsx([a_row()]))
        undo_import(import_id=done.pk, by_name=BY, now=NOON)

        with pytest.raises(NotTheLast):
            undo_import(import_id=done.pk, by_name=BY, now=NOON)


def _fail(**_asked: Any) -> int:
    raise RuntimeError
