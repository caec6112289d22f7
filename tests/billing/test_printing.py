"""How a paper is set: columns of the same kind stand under each other in every store's section."""

from datetime import UTC, datetime

import pypdfium2

from billing.printing import Paper, PaperColumn, Section, TotalRow, print_paper

COLUMNS = [PaperColumn("项目", wide=True), PaperColumn("PERIOD"), PaperColumn("AMOUNT", right=True)]


def left_edges(printed: bytes, word: str) -> list[int]:
    """Where each occurrence of a word begins, in points."""
    text = pypdfium2.PdfDocument(printed)[0].get_textpage()
    search, edges = text.search(word), []
    while (found := search.get_next()) is not None:
        edges.append(round(text.get_charbox(found[0])[0]))
    return edges


def test_sections_of_short_and_long_words_have_the_same_columns() -> None:
    paper = Paper(
        lang="zh",
        title="服务账单",
        number="LL2026-000001",
        seller="邻里 Linli",
        state="已支付",
        tone="good",
        facts=[("付款方", "绿家生鲜")],
        sections=[
            Section("总部", COLUMNS, [["订阅费", "2026-12-20 – 2027-01-19", "¥12,980.00"]]),
            Section("合伙人", COLUMNS, [["订阅费", "12-01", "¥1.00"]]),
            Section("没有行的店", COLUMNS, []),
        ],
        totals=[TotalRow("合计", "¥12,981.00", strong=True)],
        footer="邻里",
        dated=datetime(2026, 12, 20, tzinfo=UTC),
    )

    printed = print_paper(paper)

    for column in ("PERIOD", "AMOUNT"):
        edges = left_edges(printed, column)
        assert len(edges) == 3
        assert len(set(edges)) == 1
