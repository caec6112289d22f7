"""Chains as they really come out of a group: what is not beyond doubt is asked, nothing is read past."""

import pytest

from tenants.campaigns.solitaire.read_row import Why
from tenants.campaigns.solitaire.read_solitaire import ReadRow, read_solitaire
from tests.tenants.campaigns.test_solitaire import EGGS, GOODS, LAMB, ORANGES

SHORT = {EGGS: "蛋", LAMB: "羊", ORANGES: "橘"}
CODED = "1. 土鸡蛋30枚 19.9元\n2. 羊肉卷 35元\n\n"


def said(row: ReadRow) -> str:
    """Write a row as it was read: "王姐 蛋2 羊1", with ? where a person is asked, and "-" where it is given up."""
    if row.is_cancelled:
        return f"{row.name} -".strip()
    mark = "" if row.is_clear else " ?"
    return " ".join([row.name, *(f"{SHORT[want.offer_id]}{want.quantity}" for want in row.wants)]) + mark


def read(text: str) -> list[str]:
    return [said(row) for row in read_solitaire(text, GOODS).rows]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        # numbers in keycaps beyond nine
        ("🔟 王姐 鸡蛋1", ["王姐 蛋1"]),
        ("1️⃣0️⃣ 王姐 鸡蛋1\n1️⃣1️⃣ 李 鸡蛋2", ["王姐 蛋1", "李 蛋2"]),
        ("1. 王姐 鸡蛋2️⃣", ["王姐 蛋2"]),
        ("1. 王姐 鸡蛋❷ 羊肉卷⑵", ["王姐 蛋2 羊2"]),
        (CODED + "1. 王姐 ①③", ["王姐 蛋1 ?"]),
        # full width, signs, invisible marks
        ("1️⃣ 王姐 鸡蛋＋1", ["王姐 蛋1"]),
        ("1. 王姐 鸡蛋➕1", ["王姐 蛋1"]),
        ("1. 王姐 鸡蛋 x 2 羊肉卷 X 3", ["王姐 蛋2 羊3"]),
        ("1. 王姐 2x鸡蛋 3 x 羊肉卷", ["王姐 蛋2 羊3"]),
        ("1. 王姐\u202e 鸡\u200b蛋2", ["王姐 蛋2"]),
        # names that hold numbers
        ("1. 小13 鸡蛋2", ["小13 蛋2"]),
        ("1. Lucy88 2板鸡蛋", ["Lucy88 蛋2"]),
        ("1. 520宝贝 羊肉卷2", ["520宝贝 羊2"]),
        ("1. 王姐2 羊肉卷", ["王姐2 羊1 ?"]),
        ("1. 王姐两份鸡蛋", ["王姐 蛋2"]),
        # amounts that are none
        ("1. 王姐 鸡蛋2 羊肉卷-1", ["王姐 蛋2 ?"]),
        ("1. 王姐 鸡蛋-1", ["王姐 ?"]),
        ("1. 王姐 鸡蛋2-3板", ["王姐 蛋2 ?"]),
        ("1. 王姐 鸡蛋2-3", ["王姐 蛋2 ?"]),
        ("1. 王姐 鸡蛋2#", ["王姐 蛋2 ?"]),
        ("1. 王姐 鸡蛋两三板", ["王姐 蛋2 ?"]),
        ("1. 王姐 鸡蛋1或2", ["王姐 蛋1 ?"]),
        ("1. 王姐 鸡蛋1/2板", ["王姐 蛋1 ?"]),
        ("1. 王姐 鸡蛋一百零八板", ["王姐 蛋1 ?"]),
        ("1. 王姐 鸡蛋19.9元", ["王姐 ?"]),
        ("1. 王姐 鸡蛋2+1", ["王姐 蛋2 ?"]),
        ("1. 王姐 鸡蛋2板送一板", ["王姐 蛋2 ?"]),
        # units it is not sold by
        ("1. 王姐 鸡蛋一打", ["王姐 ?"]),
        ("1. 王姐 鸡蛋2个", ["王姐 ?"]),
        ("1. 王姐 羊肉卷2箱", ["王姐 ?"]),
        ("1. 王姐 羊肉卷2个 鸡蛋60枚", ["王姐 羊2 蛋2"]),
        # rooms and phones
        ("1. 13号楼王姐 鸡蛋2", ["王姐 蛋2"]),
        ("1. 王姐 3#501 鸡蛋2", ["王姐 蛋2"]),
        ("1. 王姐 13812345678鸡蛋2", ["王姐 蛋2"]),
        ("1. 王姐 138123456789鸡蛋2", ["王姐 蛋2 ?"]),
        # notes
        ("1. 王姐 鸡蛋(要大的)2板", ["王姐 蛋2 ?"]),
        ("1. 王姐 鸡蛋2板【放门口】羊肉卷1", ["王姐 蛋2 羊1 ?"]),
        ("1. 王姐 鸡蛋2？", ["王姐 蛋2 ?"]),
        ("1. 王姐 鸡蛋2 帮李姐也带1", ["王姐 蛋2 ?"]),
        # given up
        ("1. 取消王姐 鸡蛋1", ["取消王姐 蛋1 ?"]),
        ("1. 王姐 鸡蛋1❌", ["王姐 蛋1 ?"]),
        ("1. 王姐 鸡蛋1 ×", ["王姐 蛋1 ?"]),
        ("1. 王姐 鸡蛋1\n2. 李 鸡蛋2\n3. 取消", ["王姐 蛋1", "李 蛋2", "-"]),
        ("1. 王姐 鸡蛋1\n5. 王姐 取消", ["王姐 蛋1 ?", "王姐 -"]),
        ("1. 王姐 鸡蛋1\n2. 李 羊肉卷1\n3. 赵 鸡蛋2取消", ["王姐 蛋1", "李 羊1", "赵 蛋2 ?"]),
        ("1. 王姐 鸡蛋1\n2. 赵 羊肉卷 1 不要了", ["王姐 蛋1", "赵 羊1 ?"]),
        ("1. 王姐 鸡蛋1\n2. 李 羊肉卷2 1号取消", ["王姐 蛋1", "李 羊2 ?"]),
        # rows that speak of others
        ("1. 王姐 鸡蛋2\n2. 赵 羊肉卷1\n3. 李 跟王姐一样", ["王姐 蛋2", "赵 羊1", "李 蛋2"]),
        ("1. 王姐 鸡蛋2\n2. 李 跟孙姐一样", ["王姐 蛋2", "李 ?"]),
        ("1. 王姐 鸡蛋2\n2. 李 13812345678 同上🙏谢谢", ["王姐 蛋2", "李 蛋2"]),
        ("1. 王姐 鸡蛋2\n2. 李：同上", ["王姐 蛋2", "李 蛋2"]),
        ("1. 王姐 鸡蛋2\n2. 李 同上 羊肉卷1", ["王姐 蛋2", "李 羊1 ?"]),
        ("1. 王姐 鸡蛋2\n2. 李 同上+1", ["王姐 蛋2", "李 ?"]),
        ("1. 王姐 鸡蛋2\n2. 李 一样一份", ["王姐 蛋2", "李 ?"]),
        ("1. 王姐 同2号\n2. 李 鸡蛋2", ["王姐 ?", "李 蛋2"]),
        # numbers twice, with gaps, and none
        ("1. 王姐 鸡蛋1\n5. 李 鸡蛋2\n3. 赵 羊肉卷1", ["王姐 蛋1", "李 蛋2", "赵 羊1"]),
        ("1. 王姐 鸡蛋1\n2. 李 鸡蛋2\n2. 赵 鸡蛋3", ["王姐 蛋1", "李 蛋2", "赵 蛋3"]),
        ("1. 王姐 鸡蛋1\n2. 李 鸡蛋2\n2. 李 鸡蛋3", ["王姐 蛋1", "李 蛋2", "李 蛋3 ?"]),
        ("1. 王姐 鸡蛋1\n2. 李 羊肉卷2\n1. 王姐 鸡蛋1\n2. 李 羊肉卷2\n3. 赵 鸡蛋1",
         ["王姐 蛋1", "李 羊2", "王姐 蛋1 ?", "李 羊2 ?", "赵 蛋1"]),
        ("团购开始\n王姐 鸡蛋2\n1. 李 鸡蛋1", ["李 蛋1", " ?"]),
        ("一、王姐 鸡蛋2", [" ?"]),
        ("土鸡蛋 19.9元一板\n1. 李 鸡蛋1", ["李 蛋1"]),
    ],
)  # fmt: skip
def test_is_read_as_it_is_meant_or_asked(text: str, rows: list[str]) -> None:
    assert read(text) == rows


def test_words_before_and_behind_same_as_above_are_not_lost() -> None:
    first, second = read_solitaire("1. 王姐 鸡蛋2\n2. 李 13812345678 3-501 同上", GOODS).rows
    assert (second.name, second.phone, second.room) == ("李", "13812345678", "3-501")
    assert [want.quantity for want in second.wants] == [want.quantity for want in first.wants]


def test_what_has_no_number_is_handed_back_word_for_word() -> None:
    (row,) = read_solitaire("王姐 鸡蛋2", GOODS).rows
    assert [(doubt.why, doubt.written) for doubt in row.doubts] == [(Why.NO_NUMBER, "王姐 鸡蛋2")]
