"""Spreadsheets nobody should send, and everybody does: each is read as it was meant, or refused with a sentence."""

import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.utils.translation import override
from openpyxl import Workbook
from PIL import Image

from tenants.catalog.services.encode_picture import MOST_PIXELS, NotAPicture, PictureTooLarge, check_picture
from tenants.catalog.services.import_goods.columns import REASON_HEAD, Rules, own_columns
from tenants.catalog.services.import_goods.more_columns import Place
from tenants.catalog.services.import_goods.problems import problems_file
from tenants.catalog.services.import_goods.refusals import EmptySheet, NotASheet, SheetTooLarge
from tenants.catalog.services.import_goods.rows import GoodsRow, read_rows
from tenants.catalog.services.import_goods.sheet import read_sheet
from tests.tenants.catalog.sheets import a_csv, a_row, an_xlsx

MEGABYTE = 1024 * 1024
CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.'
    'sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def a_hand_made_xlsx(rows: str, *, strings: bytes = b"") -> bytes:
    """Write the least an .xlsx can be, with these rows' XML."""
    relation = (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/%s" Target="%s"/></Relationships>'
    )
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr("_rels/.rels", relation % ("officeDocument", "xl/workbook.xml"))
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets>'
            "</workbook>",
        )
        archive.writestr("xl/_rels/workbook.xml.rels", relation % ("worksheet", "worksheets/sheet1.xml"))
        body = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
        archive.writestr("xl/worksheets/sheet1.xml", body)
        if strings:
            archive.writestr("xl/sharedStrings.xml", strings)
    return target.getvalue()


def goods_in(content: bytes, name: str = "商品.xlsx") -> list[GoodsRow]:
    sheet = read_sheet(content, file_name=name)
    place = Place("CNY", "Asia/Shanghai")
    return read_rows(sheet=sheet, columns=own_columns(sheet.head), rules=Rules(), place=place)


def refusal_of(content: bytes, name: str = "商品.xlsx") -> str:
    with override("zh-hans"), pytest.raises((NotASheet, SheetTooLarge, EmptySheet)) as refused:
        read_sheet(content, file_name=name)
    return str(refused.value)


class TestFifty:
    """50,000 rows."""

    ROW = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in ("库尔勒香梨", "500g/份", "12.9"))

    def test_thousand_rows_are_refused_by_a_sentence_before_they_fill_the_memory(self) -> None:
        content = a_hand_made_xlsx(f"<row>{self.ROW}</row>" * 50_000)
        tracemalloc.start()
        try:
            sentence = refusal_of(content)
            _now, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

        assert "一次最多 5,000 行" in sentence
        # what 5,000 rows take, far from the 50,000 that were sent
        assert peak < 24 * MEGABYTE, peak

    def test_thousand_lines_of_a_csv_too(self) -> None:
        assert "一次最多 5,000 行" in refusal_of(a_csv([a_row(f"梨{n}") for n in range(50_000)]), "商品.csv")

    def test_thousand_empty_rows_below_the_goods_are_no_goods(self) -> None:
        head = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in ("商品名称", "规格", "售价"))
        rows = f"<row>{head}</row><row>{self.ROW}</row>" + "<row><c/></row>" * 50_000
        assert [goods.title for goods in goods_in(a_hand_made_xlsx(rows))] == ["库尔勒香梨"]


class TestBombs:
    def test_a_sheet_that_unpacks_to_a_hundred_times_its_size_is_not_unpacked(self) -> None:
        content = a_hand_made_xlsx(" " * (90 * MEGABYTE))
        assert len(content) < MEGABYTE
        tracemalloc.start()
        try:
            assert "解开后太大" in refusal_of(content)
            _now, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 4 * MEGABYTE, peak

    def test_a_million_shared_strings_are_counted_before_they_are_made(self) -> None:
        strings = f'<sst xmlns="{MAIN}">'.encode() + b"<si><t>a</t></si>" * 1_000_000 + b"</sst>"
        tracemalloc.start()
        try:
            assert "解开后太大" in refusal_of(a_hand_made_xlsx("", strings=strings))
            _now, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 8 * MEGABYTE + len(strings), peak

    def test_a_million_cells_in_one_row_are_counted_before_they_are_made(self) -> None:
        content = a_hand_made_xlsx("<row>" + "<c/>" * 1_000_000 + "</row>")
        assert len(content) < MEGABYTE
        tracemalloc.start()
        try:
            assert "解开后太大" in refusal_of(content)
            _now, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 4 * MEGABYTE, peak

    def test_a_million_cells_beside_the_goods_are_left_out_of_the_answer(self) -> None:
        heavy = replace(read_sheet(an_xlsx([a_row("梨")]), file_name="商品.xlsx"), is_heavy=True)
        answer = problems_file(content=b"is not opened", sheet=heavy, wrong={2: ["售价要大于 0。"]})
        again = read_sheet(answer, file_name="商品.xlsx")
        assert again.head[-1] == REASON_HEAD
        assert (again.rows[0].cells[0], again.rows[0].cells[len(again.head) - 1]) == ("梨", "售价要大于 0。")

    def test_an_entity_that_grows_is_not_followed(self) -> None:
        target = BytesIO()
        with ZipFile(BytesIO(a_hand_made_xlsx(""))) as source, ZipFile(target, "w") as copy:
            for entry in source.infolist():
                body = source.read(entry)
                if entry.filename.endswith("sheet1.xml"):
                    body = (
                        b'<!DOCTYPE a [<!ENTITY a "' + b"a" * 1000 + b'"><!ENTITY b "' + b"&a;" * 1000 + b'">'
                        b'<!ENTITY c "' + b"&b;" * 1000 + b'">]>'
                        b'<worksheet xmlns="'
                        + MAIN.encode()
                        + b'"><sheetData><row><c t="inlineStr"><is><t>&c;</t></is>'
                        b"</c></row></sheetData></worksheet>"
                    )
                copy.writestr(entry, body)
        assert ".xlsx 或 .csv" in refusal_of(target.getvalue())


class TestDisguises:
    OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504

    @pytest.mark.parametrize("name", ["旧.xls", "其实是旧的.xlsx", "其实是旧的.csv"])
    def test_an_old_xls_by_any_name_is_told_apart(self, name: str) -> None:
        assert "请在 Excel 里另存为不加密的 .xlsx" in refusal_of(self.OLE, name)

    def test_a_sheet_with_a_password_too(self) -> None:
        content = self.OLE + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 512
        assert "加了密码" in refusal_of(content)

    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (b"%PDF-1.7 nonsense", "商品.xlsx"),
            (b"PK\x03\x04 not a zip", "商品.xlsx"),
            (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x00\x01\xff\xfe\xfd", "商品.csv"),
            (an_xlsx([a_row()])[:-400], "商品.xlsx"),
        ],
    )
    def test_what_is_no_sheet_is_refused(self, content: bytes, name: str) -> None:
        assert ".xlsx 或 .csv" in refusal_of(content, name)

    def test_parts_with_a_password_or_packed_in_another_way_are_refused(self) -> None:
        locked, strange = bytearray(an_xlsx([a_row()])), bytearray(an_xlsx([a_row()]))
        for at in _all_of(locked, b"PK\x01\x02"):
            locked[at + 8] |= 1
            strange[at + 10] = 99
        assert "加了密码" in refusal_of(bytes(locked))
        assert ".xlsx 或 .csv" in refusal_of(bytes(strange))

    @pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"])
    def test_parts_broken_on_the_way_are_refused(self, part: str) -> None:
        content = bytearray(an_xlsx([a_row()]))
        with ZipFile(BytesIO(bytes(content))) as archive:
            begin = archive.getinfo(part).header_offset + 30 + len(part) + 20
        content[begin : begin + 30] = b"\xff" * 30
        assert ".xlsx 或 .csv" in refusal_of(bytes(content))

    def test_parts_that_say_nothing_of_a_workbook_are_refused(self) -> None:
        for part in ("[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
            target = BytesIO()
            with ZipFile(BytesIO(an_xlsx([a_row()]))) as source, ZipFile(target, "w") as copy:
                for entry in source.infolist():
                    copy.writestr(entry, b"<html/>" if entry.filename == part else source.read(entry))
            assert ".xlsx 或 .csv" in refusal_of(target.getvalue()), part

    def test_a_csv_called_xlsx_is_said_to_be_no_xlsx(self) -> None:
        assert ".xlsx 或 .csv" in refusal_of(a_csv([a_row()]), "商品.xlsx")

    @pytest.mark.parametrize("content", [b"", b"  \r\n\r\n", a_csv([]), b",,,\r\n,,,\r\n"])
    def test_an_empty_one_is_said_to_be_empty(self, content: bytes) -> None:
        sentence = refusal_of(content, "商品.csv")
        assert "空文件" in sentence or "没有商品" in sentence


def _all_of(content: bytearray, sign: bytes) -> list[int]:
    return [at for at in range(len(content)) if content.startswith(sign, at)]


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
    def test_of_every_program_are_read(self, encoding: str) -> None:
        rows = goods_in(a_csv([a_row("库尔勒香梨", price="9.9")], encoding=encoding), "商品.csv")
        assert [(one.title, one.price_minor, one.problems) for one in rows] == [("库尔勒香梨", 990, [])]

    def test_that_are_none_are_refused(self) -> None:
        broken = "商品名称,规格,售价\r\n".encode() + b"\xff\xff\x80\xff,500g,9.9\r\n"
        assert ".xlsx 或 .csv" in refusal_of(broken, "商品.csv")

    @pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
    def test_with_any_separator(self, sign: str) -> None:
        text = sign.join(["商品名称", "规格", "售价"]) + "\r\n" + sign.join(["香梨", "500g", '"12.9"'])
        assert [(one.title, one.price_minor) for one in goods_in(text.encode(), "商品.csv")] == [("香梨", 1290)]


def a_book(rows: Sequence[Any], *, merged: str = "") -> bytes:
    book = Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append(list(row))
    if merged:
        sheet.merge_cells(merged)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


class TestCells:
    HEAD = ("商品名称", "规格", "售价", "库存")

    def test_merged_over_rows_are_asked_to_be_split(self) -> None:
        rows = [list(self.HEAD), ["香梨", "500g", 9.9, 5], ["", "1kg", 18, 5]]
        goods = goods_in(a_book(rows, merged="A2:A3"))
        assert goods[0].problems == []
        assert "合并过的单元格请拆开" in goods[1].problems[0]
        assert goods[1].number == 3

    def test_merged_prices_are_asked_to_be_split_too(self) -> None:
        rows = [list(self.HEAD), ["香梨", "500g", 9.9, 5], ["香梨", "1kg", None, 5], ["香梨", "2kg", None, 5]]
        first, second, third = goods_in(a_book(rows, merged="C2:C3"))
        assert (first.problems, third.problems) == ([], [])  # an empty cell of its own says nothing, as ever
        assert "“售价”是空的（合并过的单元格请拆开" in second.problems[0]

    def test_merged_side_by_side_are_asked_to_be_split_too(self) -> None:
        goods = goods_in(a_book([list(self.HEAD), ["香梨", "500g", 9.9, None]], merged="C2:D2"))
        assert "“库存”是空的" in goods[0].problems[0]

    def test_in_columns_nobody_reads_may_be_merged(self) -> None:
        rows = [[*self.HEAD, "备注"], ["香梨", "500g", 9.9, 5, "甜"], ["苹果", "500g", 9.9, 5, None]]
        assert [one.problems for one in goods_in(a_book(rows, merged="E2:E3"))] == [[], []]

    def test_of_hidden_sheets_are_not_read_and_of_hidden_rows_are_told(self) -> None:
        book = Workbook()
        old, new = book.worksheets[0], book.create_sheet("新价目")
        old.sheet_state = "hidden"
        for sheet, title in ((old, "旧梨"), (new, "新梨"), (new, "藏梨")):
            if sheet.max_row == 1:
                sheet.append(list(self.HEAD))
            sheet.append([title, "500g", 9.9, 5])
        new.row_dimensions[new.max_row].hidden = True
        target = BytesIO()
        book.save(target)
        shown, hidden = goods_in(target.getvalue())
        assert (shown.title, shown.remarks) == ("新梨", [])
        assert (hidden.title, hidden.remarks) == ("藏梨", ["这一行在表格里是隐藏的，也会导入。"])

    def test_merged_titles_above_the_head_are_passed_over(self) -> None:
        rows = [["本周价目表"], ["2026 年 11 月"], [*self.HEAD], ["香梨", "500g", 9.9, 5]]
        goods = goods_in(a_book(rows, merged="A1:D1"))
        assert [(one.number, one.title, one.price_minor) for one in goods] == [(4, "香梨", 990)]

    @pytest.mark.parametrize(
        "text", ["12.9", " 12.9 ", "１２．９", "¥12.9", "￥ 12.90元", "12.9/斤", "1 2.9", "12.9\u200b", "\ufeff12.9"]
    )
    def test_with_numbers_as_text(self, text: str) -> None:
        assert goods_in(a_book([list(self.HEAD), ["香梨", "500g", text, "１ ２００"]]))[0].price_minor == 1290
        assert goods_in(a_book([list(self.HEAD), ["香梨", "500g", text, "１ ２００"]]))[0].stock == 1200

    @pytest.mark.parametrize("value", [date(2026, 1, 2), datetime(2026, 1, 2, 8), "十二", "12.9.1", "-3", "1e3", "∞"])  # noqa: DTZ001
    def test_with_no_amount_in_the_price_say_so(self, value: Any) -> None:
        problems = goods_in(a_book([list(self.HEAD), ["香梨", "500g", value, 5]]))[0].problems
        assert any("不是能用的金额" in problem for problem in problems), problems

    @pytest.mark.parametrize("text", ["12,9", "12，9", "1,2,3", "1,2345", "¥12,90元", ",", "1_000", "9" * 400])
    def test_with_commas_that_part_no_thousands_are_no_numbers(self, text: str) -> None:
        goods = goods_in(a_book([[*self.HEAD, "会员价", "起购数量"], ["香梨", "500g", text, text, text, text]]))[0]
        assert (goods.price_minor, goods.stock) == (None, None)
        assert len(goods.problems) == 4

    def test_with_commas_that_part_thousands_are(self) -> None:
        goods = goods_in(a_book([list(self.HEAD), ["香梨", "500g", "1,290.5", "12，000"]]))[0]
        assert (goods.price_minor, goods.stock, goods.problems) == (129_050, 12_000, [])

    @pytest.mark.parametrize("cell", ["<c><v>1e400</v></c>", "<c><v>-1e400</v></c>", '<c t="b"><v>1</v></c>'])
    def test_with_a_number_that_is_none_say_so(self, cell: str) -> None:
        text = '<c t="inlineStr"><is><t>%s</t></is></c>'
        head = "".join(text % head for head in self.HEAD)
        content = a_hand_made_xlsx(f"<row>{head}</row><row>{text % '梨'}{text % '500g'}{cell}{cell}</row>")
        (goods,) = goods_in(content)
        assert (goods.price_minor, goods.stock, len(goods.problems)) == (None, None, 2)

    def test_with_the_number_of_a_day_are_days(self) -> None:
        rows = [[*self.HEAD, "开始销售"], ["香梨", "500g", 9.9, 5, 46_347.5], ["苹果", "500g", 9.9, 5, "11 月 20 日"]]
        first, second = goods_in(a_book(rows))
        assert first.more["sale_from"].isoformat() == "2026-11-21T12:00:00+08:00"
        assert "要写成 2026-11-20 08:00" in second.problems[0]

    def test_with_formulas_count_by_their_saved_results_only(self) -> None:
        problems = goods_in(a_book([list(self.HEAD), ["香梨", "500g", "=3*4", 5]]))[0].problems
        assert "是公式，但表格里没有存计算结果" in problems[0]

    def test_with_errors_are_named(self) -> None:
        problems = goods_in(a_book([list(self.HEAD), ["香梨", "500g", "#DIV/0!", 5]]))[0].problems
        assert "#DIV/0!" in problems[0]

    def test_that_begin_like_formulas_are_refused_as_names(self) -> None:
        problems = goods_in(a_csv([a_row("=HYPERLINK(1)")]), "商品.csv")[0].problems
        assert "不能以 = 或 @ 开头" in problems[0]


class TestPictures:
    def test_of_more_than_forty_megapixels_are_refused_before_they_are_drawn(self) -> None:
        side = int(MOST_PIXELS**0.5) + 100
        target = BytesIO()
        Image.new("1", (side, side)).save(target, "PNG")
        assert len(target.getvalue()) < MEGABYTE
        tracemalloc.start()
        try:
            with pytest.raises(PictureTooLarge):
                check_picture(target.getvalue())
            _now, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 4 * MEGABYTE, peak

    @pytest.mark.parametrize(
        "content",
        [
            b"GIF89a" + b"\x00" * 60,
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"\xff\xd8\xff\xe0 no jpeg",
            b"MZ\x90",
        ],
    )
    def test_that_lie_about_what_they_are_are_refused(self, content: bytes) -> None:
        with pytest.raises(NotAPicture):
            check_picture(content)

    def test_that_lie_about_their_size_are_refused(self) -> None:
        target = BytesIO()
        Image.new("RGB", (60, 40)).save(target, "PNG")
        png = bytearray(target.getvalue())
        png[16:24] = (70_000).to_bytes(4, "big") * 2  # the head says 4.9 thousand million pixels
        with pytest.raises((NotAPicture, PictureTooLarge)):
            check_picture(bytes(png))
