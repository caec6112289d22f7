"""The catalogue goes out as a sheet and comes in as it was; one cell changed is one change."""

from collections.abc import Callable
from datetime import datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from kit.ports.storage import keep_file, read_file
from kit.tenancy import StoreRef, current_store, in_store
from tenants.catalog.models import CatalogImport, Category, ImportState, Product, ProductPicture, ProductState, Sku, Tag
from tenants.catalog.services.drafts import ProductDraft, Selling, SkuDraft, Weighed
from tenants.catalog.services.import_goods.columns import ALL_HEADS
from tenants.catalog.services.import_goods.receive_sheet import receive_sheet
from tenants.inventory.models import Stock
from tenants.inventory.services.check_import import check_import
from tenants.inventory.services.export_stocked_goods import export_stocked_goods
from tenants.inventory.services.run_import import run_import, start_import
from tenants.inventory.services.save_stocked_product import save_stocked_product
from tests.tenants.shelf import NOON

BY = "老板"
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def shop(in_acme: StoreRef, settings: Any, tmp_path: Path) -> StoreRef:
    settings.MEDIA_ROOT = tmp_path
    return in_acme


@pytest.fixture
def rich() -> Product:
    """Make a product of which nothing is left empty, beside plain ones whose words a sheet could misread."""
    tags = [Tag.objects.create(name=name, color="#0b7a3b") for name in ("当季", "爆款、好")]
    skus = [
        SkuDraft(label="原味 / 份", options=["原味", "份、小"], price_minor=1290, strike_minor=1590, cost_minor=900,
                 code="=A1", strike_source="厂家建议零售价", member_price_minor=1190, unit="份", weight_grams=520,
                 limit_per_order=4, opening_stock=70),
        SkuDraft(label="原味 / 箱", options=["原味", "箱"], price_minor=11_900, base_label="原味 / 份", factor=12,
                 unit="箱"),
    ]  # fmt: skip
    draft = ProductDraft(
        title="12. 山楂（去核）",
        subtitle="@老板 自己也吃",
        new_category="水果/当季",
        brand="#山里A",
        origin="清空",
        storage="冷藏",
        description="<h2>产地</h2><p>沂蒙山，\n现摘</p>",
        parameters=[("净含量：每份", "500g、±5"), ("备注", "=1+1\\n")],
        state=ProductState.DRAFT,
        tag_ids=[tag.pk for tag in tags],
        spec_groups=[("口味", ["原味", "微辣"]), ("规格", ["份、小", "箱"])],
        skus=skus,
        selling=Selling(
            limit_per_order=6, limit_per_day=8, limit_lifetime=20, min_quantity=2, step_quantity=2, lead_days=3,
            sale_from=datetime(2026, 11, 20, 8, 0, 30, tzinfo=SHANGHAI),
            sale_until=datetime(2026, 12, 20, 22, 0, tzinfo=SHANGHAI),
            sale_weekdays=0b0010101, sale_time_from=time(8), sale_time_until=time(20, 30),
        ),
    )  # fmt: skip
    product = save_stocked_product(draft=draft, now=NOON, by_name=BY)
    picture = ProductPicture.objects.create(
        product=product, file_key=keep_file(content=b"w", room="goods", suffix="webp"), width=9, height=9
    )
    Sku.objects.filter(product=product, code="=A1").update(picture=picture)
    for state in (ProductState.ON_SALE, ProductState.OFF_SHELF):  # of one name, and without a code
        twin = ProductDraft(title="重名", skus=[SkuDraft(label="份", price_minor=100)], state=state)
        save_stocked_product(draft=twin, now=NOON, by_name=BY)
    pork = SkuDraft(label="约1斤", price_minor=3000, weighed=Weighed(3000, 500, 500))
    save_stocked_product(draft=ProductDraft(title="五花肉", skus=[pork]), now=NOON, by_name=BY)
    return product


def exported() -> bytes:
    return b"".join(export_stocked_goods(query="", state="", category_id=None))


def checked(content: bytes) -> CatalogImport:
    source = receive_sheet(content=content, file_name="导出.xlsx", by_name=BY, now=NOON)
    return check_import(import_id=source.pk, now=NOON)


def with_cells(content: bytes, cells: dict[tuple[int, str], Any]) -> bytes:
    book = load_workbook(BytesIO(content))
    sheet: Any = book.active
    places = {cell.value: cell.column for cell in sheet[1]}
    for (row, word), value in cells.items():
        sheet.cell(row, places[ALL_HEADS[word]]).value = value
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def row_of(content: bytes, title: str, label: str) -> int:
    sheet: Any = load_workbook(BytesIO(content)).active
    return next(row for row in range(2, sheet.max_row + 1) if sheet.cell(row, 1).value.endswith(title)
                and sheet.cell(row, 3).value == label)  # fmt: skip


def written(product: Product) -> Any:
    return (
        Product.objects.filter(pk=product.pk).values().get(),
        sorted(Tag.objects.filter(products=product).values_list("name", flat=True)),
        list(Sku.objects.filter(product=product).order_by("position").values()),
        sorted(Stock.objects.filter(sku__product=product).values_list("sku_id", "on_hand")),
    )


def test_what_goes_out_comes_in_without_a_change(rich: Product) -> None:
    before = written(rich)

    source = checked(exported())

    assert source.remarks == []
    assert (source.made, source.changed, source.unchanged, source.rows_wrong) == (0, 0, 5, 0)
    assert source.changes == []
    assert written(rich) == before


CHANGES: tuple[tuple[str, Any, Callable[[Product, Sku], Any], Any], ...] = (
    ("title", "北京山楂", lambda product, _sku: product.title, "北京山楂"),
    ("subtitle", "清空", lambda product, _sku: product.subtitle, ""),
    ("label", "原味小份", lambda _product, sku: sku.label, "原味小份"),
    ("price", 13.5, lambda _product, sku: sku.price_minor, 1350),
    ("strike", "清空", lambda _product, sku: sku.strike_minor, None),
    ("cost", "8.8", lambda _product, sku: sku.cost_minor, 880),
    ("stock", 71, lambda _product, sku: Stock.objects.get(sku=sku).on_hand, 71),
    ("category", "水果", lambda product, _sku: Category.objects.get(products=product).parent_id, None),
    ("origin", "临沂", lambda product, _sku: product.origin, "临沂"),
    ("storage", "冷冻", lambda product, _sku: product.storage, "冷冻"),
    ("code", "SZ-1", lambda _product, sku: sku.code, "SZ-1"),
    ("state", "在售", lambda product, _sku: product.state, ProductState.ON_SALE),
    ("brand", "沂蒙", lambda product, _sku: product.brand, "沂蒙"),
    ("tags", "当季、新品", lambda product, _sku: sorted(tag.name for tag in product.tags.all()), ["当季", "新品"]),
    ("min_quantity", 4, lambda product, _sku: product.min_quantity, 4),
    ("step_quantity", "１", lambda product, _sku: product.step_quantity, 1),
    ("limit_order", "清空", lambda product, _sku: product.limit_per_order, None),
    ("limit_day", "9", lambda product, _sku: product.limit_per_day, 9),
    ("limit_lifetime", "30", lambda product, _sku: product.limit_lifetime, 30),
    ("lead_days", "0", lambda product, _sku: product.lead_days, 0),
    ("sale_from", datetime(2026, 11, 21, 9, 30), lambda product, _sku: product.sale_from,  # noqa: DTZ001 a cell
     datetime(2026, 11, 21, 9, 30, tzinfo=SHANGHAI)),
    ("sale_until", "2026/12/1", lambda product, _sku: product.sale_until, datetime(2026, 12, 1, tzinfo=SHANGHAI)),
    ("sale_weekdays", "每天", lambda product, _sku: product.sale_weekdays, 127),
    ("sale_time_from", "9:00", lambda product, _sku: product.sale_time_from, time(9)),
    ("sale_time_until", time(21), lambda product, _sku: product.sale_time_until, time(21)),
    ("parameters", "净含量:1kg", lambda product, _sku: product.parameters, [{"name": "净含量", "value": "1kg"}]),
    ("story", "<p>一段话</p><script>x</script>", lambda product, _sku: product.story, "<p>一段话</p>"),
    ("spec_groups", "口味：原味、麻辣\n规格：份\\、小、箱", lambda product, _sku: product.spec_groups[0]["values"],
     ["原味", "麻辣"]),
    ("options", "微辣、份\\、小", lambda _product, sku: sku.options, ["微辣", "份、小"]),
    ("strike_source", "本店十月售价", lambda _product, sku: sku.strike_source, "本店十月售价"),
    ("member_price", "11", lambda _product, sku: sku.member_price_minor, 1100),
    ("sku_unit", "盒", lambda _product, sku: sku.unit, "盒"),
    ("weight_grams", "530", lambda _product, sku: sku.weight_grams, 530),
    ("sku_limit", "清空", lambda _product, sku: sku.limit_per_order, None),
    ("sku_picture", "清空", lambda _product, sku: sku.picture_id, None),
)  # fmt: skip


@pytest.mark.parametrize(("word", "cell", "read", "wanted"), CHANGES, ids=[change[0] for change in CHANGES])
def test_one_cell_changed_is_one_change(
    rich: Product, word: str, cell: Any, read: Callable[[Product, Sku], Any], wanted: Any
) -> None:
    content = exported()
    row = row_of(content, "山楂（去核）", "原味 / 份")

    source = checked(with_cells(content, {(row, word): cell}))

    assert source.remarks == []
    assert [(change[0], change[2]) for change in source.changes] == [(row, ALL_HEADS[word])]
    start_import(import_id=source.pk, now=NOON)
    assert run_import(import_id=source.pk, now=NOON).state == ImportState.DONE
    product = Product.objects.get(pk=rich.pk)
    sku = Sku.objects.filter(product=rich).order_by("position")[0]
    got = read(product, sku)
    assert got == wanted
    if word not in ("label", "options"):  # the other SKU's base is told by its label
        assert checked(exported()).changes == []


def test_every_column_of_the_export_is_tried() -> None:
    tried = {change[0] for change in CHANGES}
    # the base and its factor, goods by weight: below; pictures lie in cells, names and ids are only told
    assert set(ALL_HEADS) - tried == {
        "picture", "picture_names", "sku_id", "base", "factor", "weighed_per", "weighed_price", "estimated_grams"
    }  # fmt: skip


def test_a_box_takes_another_number_of_pieces(rich: Product) -> None:
    content = exported()
    row = row_of(content, "山楂（去核）", "原味 / 箱")

    source = checked(with_cells(content, {(row, "factor"): 20}))
    assert [change[2:] for change in source.changes] == [["一件等于几件", "12", "20"]]
    start_import(import_id=source.pk, now=NOON)
    run_import(import_id=source.pk, now=NOON)

    box = Sku.objects.get(product=rich, label="原味 / 箱")
    assert (box.factor, box.base_sku.label if box.base_sku else "") == (20, "原味 / 份")


def test_a_price_by_weight_is_the_price_of_its_estimate(rich: Product) -> None:
    content = exported()
    row = row_of(content, "五花肉", "约1斤")

    source = checked(with_cells(content, {(row, "weighed_price"): "32"}))
    assert [change[2] for change in source.changes] == ["售价", "每斤或每公斤价"]
    start_import(import_id=source.pk, now=NOON)
    run_import(import_id=source.pk, now=NOON)

    assert Sku.objects.get(product__title="五花肉").price_minor == 3200


def test_a_whole_product_comes_in_new_with_units_of_one_stock() -> None:
    Tag.objects.create(name="当季", color="#0b7a3b")
    head = [ALL_HEADS[word] for word in ("title", "label", "price", "tags", "brand", "base", "factor", "stock")]
    rows = [["冰糖橙", "箱", "99", "当季、新品", "褚橙", "份", "10", ""], ["冰糖橙", "份", "10", "", "", "", "", "55"]]
    text = "\r\n".join(",".join(row) for row in [head, *rows])
    source = receive_sheet(content=text.encode("gb18030"), file_name="新.csv", by_name=BY, now=NOON)
    source = check_import(import_id=source.pk, now=NOON)
    start_import(import_id=source.pk, now=NOON)
    run_import(import_id=source.pk, now=NOON)

    box = Sku.objects.select_related("base_sku", "product").get(label="箱")
    assert box.base_sku is not None
    assert (box.base_sku.label, box.factor, box.product.brand) == ("份", 10, "褚橙")
    assert sorted(tag.name for tag in box.product.tags.all()) == ["当季", "新品"]
    assert Stock.objects.get(sku=box.base_sku).on_hand == 55


WRONG = (
    ({"limit_day": "1"}, "每天限购不能比每单限购还少"),
    ({"sale_until": "2026-11-01"}, "结束要晚于开始"),
    ({"sale_weekdays": "周八"}, "“销售日”的“周八”读不懂"),
    ({"parameters": "净含量500g"}, "每行一个，写成 净含量：500g"),
    ({"member_price": "15"}, "会员价要低于售价"),
    ({"options": "甜、箱"}, "这一行和规格组对不上"),
    ({"weighed_per": "500"}, "按重量卖要把"),
    ({"factor": "3"}, "先选换算到哪个规格"),
    ({"sku_picture": "no.webp"}, "不是这个商品的图片"),
    ({"sku_id": "12"}, "“系统编号”不能改"),
    ({"lead_days": "一周"}, "要填 0 到 90 的整数"),
    ({"state": "卖着"}, "要填 在售、已下架 或 草稿"),
)


@pytest.mark.parametrize(("cells", "sentence"), WRONG, ids=[next(iter(cells)) for cells, _sentence in WRONG])
def test_a_wrong_cell_is_said_in_its_row_and_given_back(rich: Product, cells: dict[str, Any], sentence: str) -> None:
    content = exported()
    row = row_of(content, "山楂（去核）", "原味 / 份")

    source = checked(with_cells(content, {(row, word): value for word, value in cells.items()}))

    assert source.state == ImportState.REFUSED
    assert any(number == row and sentence in said for number, said in source.remarks), source.remarks
    table: Any = load_workbook(BytesIO(read_file(source.problems_key))).active
    assert sentence in table.cell(row, len(ALL_HEADS) + 1).value


def test_two_rows_of_a_product_that_want_different_things_are_wrong(rich: Product) -> None:
    content = exported()
    first, second = (row_of(content, "山楂（去核）", label) for label in ("原味 / 份", "原味 / 箱"))

    source = checked(with_cells(content, {(first, "origin"): "临沂", (second, "origin"): "泰安"}))

    assert source.state == ImportState.REFUSED
    assert "写得不一样" in source.remarks[0][1]


def test_a_row_that_was_copied_has_to_lose_its_number(rich: Product) -> None:
    content = exported()
    row, other = row_of(content, "五花肉", "约1斤"), row_of(content, "山楂（去核）", "原味 / 份")
    number: Any = load_workbook(BytesIO(content)).active
    copied = number.cell(other, len(ALL_HEADS)).value

    source = checked(with_cells(content, {(row, "sku_id"): copied}))

    assert "系统编号和第" in source.remarks[0][1]


def test_another_stores_numbers_mean_nothing_here(rich: Product) -> None:
    content = exported()
    with in_store(current_store(), as_owner=True):  # a store cannot take back what its stock moves tell
        Sku.objects.update(base_sku=None, factor=1)
        Product.objects.all().delete()

    source = checked(content)

    # the two of one name cannot be told apart any more
    assert (source.made, source.changed) == (4, 0) or source.state == ImportState.REFUSED
