"""Chains as neighbours write them, and what is read out of them."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.campaigns.solitaire.read_row import Why
from tenants.campaigns.solitaire.read_solitaire import MOST_CHARACTERS, ReadRow, read_solitaire
from tenants.campaigns.solitaire.words import Offered

APPLES, EGGS, LAMB, ORANGES, GREEN, TOMATOES = (UUID(int=n) for n in range(1, 7))
GOODS = [
    Offered(APPLES, "山东烟台红富士苹果", "5斤装"),
    Offered(EGGS, "农家散养土鸡蛋", "30枚/板"),
    Offered(LAMB, "内蒙古羊肉卷", "500g/盒"),
    Offered(ORANGES, "四川不知火丑橘", "2.5kg/箱", ("丑八怪",)),
    Offered(GREEN, "鲜活青苹果", "3斤"),
    Offered(TOMATOES, "本地小番茄", "500g", ("圣女果",)),
]
ALL = {APPLES: 1, EGGS: 1, LAMB: 1, ORANGES: 1, GREEN: 1, TOMATOES: 1}


def _row(words: str, goods: list[Offered] = GOODS) -> ReadRow:
    rows = read_solitaire(f"1. {words}", goods).rows
    assert len(rows) == 1
    return rows[0]


def test_a_line_of_its_own_gives_up_the_row_it_names() -> None:
    rows = read_solitaire("1. 王姐 鸡蛋2\n2. 李哥 鸡蛋1\n1号取消\n3. 小陈 鸡蛋1", GOODS).rows

    assert [(row.number, row.is_cancelled) for row in rows] == [(1, True), (2, False), (2, True), (3, False)]
    assert all(row.is_clear or row.is_cancelled for row in rows)


@pytest.mark.parametrize(
    ("words", "name", "wants"),
    [
        ("小雨妈妈 红富士2份 鸡蛋1", "小雨妈妈", {APPLES: 2, EGGS: 1}),
        ("李阿姨🌸 鸡蛋两板 羊肉卷一盒", "李阿姨🌸", {EGGS: 2, LAMB: 1}),
        ("陈先生:鸡蛋x2,羊肉卷x3", "陈先生", {EGGS: 2, LAMB: 3}),
        ("陈先生：鸡蛋×２，羊肉卷×３", "陈先生", {EGGS: 2, LAMB: 3}),
        ("陈先生 鸡蛋*2；羊肉卷＊3", "陈先生", {EGGS: 2, LAMB: 3}),
        ("小美红富士苹果2份", "小美", {APPLES: 2}),
        ("王姐 丑橘+1", "王姐", {ORANGES: 1}),
        ("苹果妈妈 鸡蛋1", "苹果妈妈", {EGGS: 1}),
        ("周周 2份鸡蛋3份羊肉卷", "周周", {EGGS: 2, LAMB: 3}),
        ("周周 来两箱丑橘，一盒羊肉卷", "周周", {ORANGES: 2, LAMB: 1}),
        ("吴 羊肉卷丑橘各2", "吴", {LAMB: 2, ORANGES: 2}),
        ("吴 羊肉卷、丑橘各一份，鸡蛋3板", "吴", {LAMB: 1, ORANGES: 1, EGGS: 3}),
        ("郑 每样一份", "郑", ALL),
        ("楚 一箱丑八怪,谢谢团长", "楚", {ORANGES: 1}),
        ("孙 10斤红富士苹果", "孙", {APPLES: 2}),
        ("何 鸡蛋60枚", "何", {EGGS: 2}),
        ("何 小番茄1公斤", "何", {TOMATOES: 2}),
        ("胡 小番茄3斤", "胡", {TOMATOES: 3}),
        ("朱 圣女果十二份", "朱", {TOMATOES: 12}),
        ("朱 我要鸡蛋2板，已付", "朱", {EGGS: 2}),
        ("🍎果果🍎 羊肉卷 2 盒 🙏🙏", "🍎果果🍎", {LAMB: 2}),
        ("Lucy.Wang 鸡蛋1板+羊肉卷2盒", "Lucy.Wang", {EGGS: 1, LAMB: 2}),
        ("A栋老李 土鸡蛋1", "A栋老李", {EGGS: 1}),
        ("王一 青苹果1", "王一", {GREEN: 1}),
        ("十三姨 农家散养土鸡蛋 2板", "十三姨", {EGGS: 2}),
    ],
)
def test_what_is_plain_is_read(words: str, name: str, wants: dict[UUID, int]) -> None:
    row = _row(words)
    assert row.is_clear, row.doubts
    assert row.name == name
    assert {want.offer_id: want.quantity for want in row.wants} == wants


@pytest.mark.parametrize(
    ("words", "why", "written"),
    [
        ("张三 苹果2", Why.WHICH, "苹果2"),
        ("赵六 羊肉卷半斤", Why.HOW_MUCH, "羊肉卷半斤"),
        ("赵六 红富士3斤", Why.HOW_MUCH, "红富士3斤"),
        ("赵六 鸡蛋1.5板", Why.HOW_MUCH, "鸡蛋1.5板"),
        ("尤 鸡蛋0", Why.HOW_MUCH, "鸡蛋0"),
        ("许 鸡蛋200", Why.HOW_MUCH, "鸡蛋200"),
        ("陈 鸡蛋2羊肉卷", Why.WHOSE, "鸡蛋2羊肉卷"),
        ("杨 榴莲2", Why.UNREAD, "榴莲"),
        ("杨 鸡蛋2 榴莲1", Why.UNREAD, "榴莲"),
        ("秦 鸡蛋1 改成2", Why.CHANGE, "鸡蛋1 改成2"),
        ("秦 不要羊肉卷了 鸡蛋1", Why.CHANGE, "不要羊肉卷了 鸡蛋1"),
        ("红富士苹果 2", Why.NOBODY, "1. 红富士苹果 2"),
        ("韩", Why.NOTHING, "1. 韩"),
        ("韩 2份", Why.HOW_MUCH, "2份"),
        ("爱吃羊肉卷 鸡蛋1", Why.NAME_OR_GOODS, "爱吃羊肉卷"),
        ("钱 鸡蛋1 2", Why.HOW_MUCH, "2"),
    ],
)
def test_what_is_not_plain_is_asked(words: str, why: Why, written: str) -> None:
    row = _row(words)
    assert not row.is_clear
    assert (why, written) in [(doubt.why, doubt.written) for doubt in row.doubts]


def test_an_ambiguous_word_offers_its_choices_and_the_rest_is_read() -> None:
    row = _row("张三 苹果2 鸡蛋1")
    assert [doubt.choices for doubt in row.doubts] == [(APPLES, GREEN)]
    assert {want.offer_id: want.quantity for want in row.wants} == {EGGS: 1}


def test_goods_of_one_title_are_told_apart_by_their_label_alone() -> None:
    small, big = Offered(APPLES, "番茄", "500g/份"), Offered(EGGS, "番茄", "1kg/份")

    assert [doubt.why for doubt in _row("王姐 番茄1份", [small, big]).doubts] == [Why.WHICH]
    for words, meant, quantity in (
        ("王姐 番茄500g 2份", APPLES, 2),
        ("王姐 番茄 1KG两份", EGGS, 2),
        ("王姐 番茄 1kg/份1份", EGGS, 1),
        ("王姐 番茄500g", APPLES, 1),
    ):
        row = _row(words, [small, big])
        assert [(want.offer_id, want.quantity) for want in row.wants] == [(meant, quantity)], words
        assert row.is_clear


def test_no_amount_is_one_and_says_so() -> None:
    row = _row("朱 鸡蛋 羊肉卷2")
    assert [(want.offer_id, want.quantity, want.is_assumed) for want in row.wants] == [
        (EGGS, 1, True),
        (LAMB, 2, False),
    ]


def test_phones_and_rooms_are_no_amounts() -> None:
    row = _row("冯 186 1234 5678 5栋2单元301 圣女果3")
    assert (row.phone, row.room) == ("18612345678", "5栋2单元301")
    assert {want.offer_id: want.quantity for want in row.wants} == {TOMATOES: 3}
    row = _row("王姐 3-501 丑橘+1")
    assert row.room == "3-501"
    assert {want.offer_id: want.quantity for want in row.wants} == {ORANGES: 1}


def test_with_one_thing_on_offer_a_number_is_enough() -> None:
    only = [Offered(EGGS, "农家散养土鸡蛋", "30枚/板")]
    for words in ("王姐 2", "王姐 +2", "王姐两板", "王姐 要2份"):
        row = _row(words, only)
        assert row.is_clear, words
        assert (row.name, [want.quantity for want in row.wants]) == ("王姐", [2])


def test_a_list_of_goods_above_the_rows_gives_codes() -> None:
    chain = read_solitaire(
        """#接龙
【周五团】今晚 8 点截单，明天下午到
1. 土鸡蛋30枚 19.9元
2. 红富士苹果5斤 25元
例 1. 昵称 品名 数量

1. 卫 ①2份 ②x1
2. 蒋 1号2份
3️⃣ 沈  2号 3
""",
        GOODS,
    )
    assert chain.codes == {"1": EGGS, "2": APPLES}
    assert chain.head[0] == "#接龙"
    assert [{want.offer_id: want.quantity for want in row.wants} for row in chain.rows] == [
        {EGGS: 2, APPLES: 1},
        {EGGS: 2},
        {APPLES: 3},
    ]
    assert all(row.is_clear for row in chain.rows)


def test_letters_as_codes() -> None:
    chain = read_solitaire("A. 羊肉卷 35\nB、丑橘 39.9\n\n1、张 A2 B1\n2、李 b3", GOODS)
    assert [{want.offer_id: want.quantity for want in row.wants} for row in chain.rows] == [
        {LAMB: 2, ORANGES: 1},
        {ORANGES: 3},
    ]


def test_rows_that_speak_of_other_rows() -> None:
    chain = read_solitaire(
        "1. 张 鸡蛋2\n2. 李 同上\n3. 王 羊肉卷1\n4. 赵 同1号\n5. 3号取消\n6. 钱 取消\n7. 孙 取消9号\n8. 周 同7号", GOODS
    )
    rows = {row.number: row for row in chain.rows}
    assert [want.quantity for want in rows[2].wants] == [2]
    assert rows[2].is_clear
    assert rows[4].is_clear
    assert {want.offer_id for want in rows[4].wants} == {EGGS}
    assert rows[3].is_cancelled
    assert rows[6].is_cancelled
    assert [doubt.why for doubt in rows[7].doubts] == [Why.NO_SUCH_ROW]
    assert [doubt.why for doubt in rows[8].doubts] == [Why.NO_SUCH_ROW]


def test_numbers_in_every_dress() -> None:
    chain = read_solitaire(
        "1. 张 鸡蛋1\n2、李 鸡蛋1\n3）王 鸡蛋1\n(4) 赵 鸡蛋1\n⑤ 钱 鸡蛋1\n6️⃣ 孙 鸡蛋1\n７．周 鸡蛋1\n8 吴 鸡蛋1", GOODS
    )
    assert [row.number for row in chain.rows] == list(range(1, 9))
    assert all(row.is_clear for row in chain.rows)


def test_a_row_may_run_over_several_lines() -> None:
    (row,) = read_solitaire("1. 张三\n鸡蛋 2 板\n羊肉卷1盒", GOODS).rows
    assert {want.offer_id: want.quantity for want in row.wants} == {EGGS: 2, LAMB: 1}
    assert row.written == "1. 张三\n鸡蛋 2 板\n羊肉卷1盒"


def test_a_text_without_rows_is_all_head() -> None:
    chain = read_solitaire("今天有什么好吃的？\n\n没有的话我明天再来", GOODS)
    assert chain.rows == ()
    assert len(chain.head) == 2


@given(st.text(alphabet="1234567890.、 张李鸡蛋羊肉卷苹果份斤x+各同上取消号①\n", max_size=200))
def test_whatever_is_pasted_is_answered_alike_and_never_invented(text: str) -> None:
    chain = read_solitaire(text, GOODS)
    assert chain == read_solitaire(text, GOODS)
    for row in chain.rows:
        assert all(1 <= want.quantity <= 99 for want in row.wants)
        assert not row.is_clear or (row.name and row.wants)


@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    read_solitaire(text, GOODS)


def test_only_so_much_of_a_text_counts() -> None:
    assert read_solitaire("1. 张 鸡蛋1\n" + " " * MOST_CHARACTERS + "\n2. 李 鸡蛋1", GOODS).rows[-1].number == 1
