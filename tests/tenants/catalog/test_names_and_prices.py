"""Names as markets write them, prices as shops write them, sheets as nobody should."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.catalog.pricing import ENDINGS, price_from
from tenants.catalog.search_words import search_text
from tenants.catalog.services.import_goods.archive import open_archive
from tenants.catalog.services.import_goods.columns import fingerprint, guess_columns, head_row_of
from tenants.catalog.services.import_goods.names import clean_name
from tenants.catalog.services.import_goods.refusals import NotASheet


class TestCleanName:
    @pytest.mark.parametrize(
        ("raw", "clean"),
        [
            ("丑橘(不知火、春见）", "丑橘（不知火、春见）"),
            ("沈农2号（龙果", "沈农2号（龙果）"),
            ("圆白菜)陆地", "圆白菜陆地"),
            ("香梨（）", "香梨"),
            ("\ufeff\ufeff木耳菜", "木耳菜"),
            ("  红富士\u3000 苹果 ", "红富士 苹果"),
            ("12. 红富士", "红富士"),
            ("3、香梨", "香梨"),
            ("①青枣", "青枣"),
            ("19号草莓", "19号草莓"),
            ("208甜瓜", "208甜瓜"),
            ("123（沙果）", "123（沙果）"),
            ("2号6号草莓", "2号6号草莓"),
            ("3.5斤装苹果", "3.5斤装苹果"),
            ("二月红/中华红", "二月红/中华红"),
            ("红玉/", "红玉"),
            ("赣南脐橙Ф65-Ф95", "赣南脐橙Φ65-Φ95"),
            ("ＡＢＣ１２３苹果", "ABC123苹果"),
            ("Apple (red", "Apple (red)"),
            ("", ""),
        ],
    )
    def test_repairs_what_is_broken_and_keeps_what_is_meant(self, raw: str, clean: str) -> None:
        assert clean_name(raw) == clean

    @given(st.text(alphabet="苹果（）()[]1. \ufeff\u200b/", max_size=40))
    def test_leaves_no_bracket_open_and_nothing_unseen(self, raw: str) -> None:
        clean = clean_name(raw)

        for opening, closing in ("（）", "()"):
            assert clean.count(opening) == clean.count(closing)
        assert not set(clean) & {"\ufeff", "\u200b"}


class TestPriceFrom:
    @pytest.mark.parametrize(
        ("cost", "percent_ppm", "ending", "price"),
        [
            (300, 300_000, "9", 390),
            (301, 300_000, "9", 490),
            (342, 0, "9", 390),
            (342, 0, "5", 350),
            (351, 0, "5", 450),
            (342, 0, "0", 400),
            (400, 0, "0", 400),
            (333, 300_000, "", 433),
            (1290, -100_000, "9", 1190),
            (1, 0, "9", 90),
        ],
    )
    def test_rounds_up_to_the_ending(self, cost: int, percent_ppm: int, ending: str, price: int) -> None:
        assert price_from(cost, percent_ppm=percent_ppm, ending=ending) == price

    @given(st.integers(0, 10**8), st.integers(0, 5_000_000), st.sampled_from(sorted(ENDINGS)))
    def test_never_misses_the_margin_by_more_than_an_ending(self, cost: int, percent_ppm: int, ending: str) -> None:
        price = price_from(cost, percent_ppm=percent_ppm, ending=ending)

        assert 0 <= price * 1_000_000 - cost * (1_000_000 + percent_ppm) < 100 * 1_000_000

    def test_knows_no_endings_without_cents(self) -> None:
        assert price_from(342, percent_ppm=0, ending="9", currency="JPY") == 342


class TestColumns:
    def test_find_the_head_under_a_title(self) -> None:
        rows = [["今日报价单", "", ""], ["2026-11-22", "", ""], ["品名", "单位", "批发价（元）"], ["香梨", "斤", "3.5"]]

        at = head_row_of(rows)

        assert at == 2
        assert guess_columns(rows[at], rows[3:]) == {"title": 0, "unit": 1, "cost": 2}

    def test_are_guessed_from_content_when_the_heads_say_nothing(self) -> None:
        rows = [["1", "香梨", "3.5"], ["2", "青枣", "4.2"]]

        assert guess_columns(["a", "b", "c"], rows) == {"title": 1, "price": 2}

    def test_are_the_same_sheet_with_our_reasons_beside(self) -> None:
        assert fingerprint(["品名", "售价"]) == fingerprint([" 品名 ", "售价", "错误原因"])
        assert fingerprint(["品名", "售价"]) != fingerprint(["售价", "品名"])


class TestOpenArchive:
    def test_refuses_what_unpacks_to_too_much(self) -> None:
        bomb = BytesIO()
        with ZipFile(bomb, "w", ZIP_DEFLATED) as archive:
            archive.writestr("xl/workbook.xml", b"<workbook/>")
            archive.writestr("xl/worksheets/sheet1.xml", b" " * (90 * 1024 * 1024))
        assert len(bomb.getvalue()) < 200_000

        with pytest.raises(NotASheet):
            open_archive(bomb.getvalue())


class TestSearchText:
    def test_holds_words_pinyin_and_initials(self) -> None:
        assert search_text(title="红富士", others=["A1", ""]) == "红富士 hongfushi hfs a1"
