"""What a product is found by: its words, its pinyin and the pinyin's initials."""

import re
import unicodedata
from collections.abc import Iterable

from pypinyin import lazy_pinyin

_RUNS = re.compile(r"[\u3400-\u9fff]+|[^\u3400-\u9fff]+")  # Chinese and everything else, apart
_HAN = re.compile(r"[\u3400-\u9fff]")
_MOST_WORDS = 8
_MOST_READINGS = 5
# Signs that stand in names of goods and places and are read in two ways; a dictionary of words knows the common ones
_READ_ANEW = {
    "长": ("chang", "zhang"), "重": ("zhong", "chong"), "行": ("xing", "hang"), "乐": ("le", "yue"),
    "会": ("hui", "kuai"),
    "单": ("dan", "shan"), "厦": ("xia", "sha"), "柏": ("bai", "bo"), "薄": ("bao", "bo"), "朝": ("chao", "zhao"),
    "藏": ("zang", "cang"), "都": ("du", "dou"), "壳": ("ke", "qiao"), "参": ("shen", "can"), "蛤": ("ha", "ge"),
    "荠": ("qi", "ji"), "粘": ("nian", "zhan"), "熟": ("shu", "shou"), "血": ("xue", "xie"), "六": ("liu", "lu"),
    "蚌": ("bang", "beng"), "便": ("bian", "pian"), "脯": ("fu", "pu"), "茄": ("qie", "jia"), "芥": ("jie", "gai"),
    "露": ("lu", "lou"), "调": ("tiao", "diao"), "削": ("xiao", "xue"),
    "炮": ("pao", "bao"), "虾": ("xia", "ha"), "秘": ("mi", "bi"), "番": ("fan", "pan"),
}  # fmt: skip


def search_text(*, title: str, others: Iterable[str] = ()) -> str:
    """Write the text that searches look into: "红富士苹果 hongfushipingguo hfspg 6901234".

    Signs that are read in two ways count in both: 长豆角 is found by changdoujiao, and by zhangdoujiao.
    """
    title = _plain(title)
    words = [title]
    for syllables in _readings(title):
        words += ["".join(syllables), "".join(_initial(syllable) for syllable in syllables)]
    return " ".join(dict.fromkeys(word.lower() for word in (*words, *map(_plain, others)) if word))


def _readings(title: str) -> list[list[str]]:
    read = lazy_pinyin(title)
    signs = _signs(title)
    found = [read]
    for at, sign in enumerate(signs) if len(signs) == len(read) else ():
        for other in _READ_ANEW.get(sign, ()):
            if read[at] != other and len(found) < _MOST_READINGS:
                found.append([*read[:at], other, *read[at + 1 :]])
    return found


def _signs(title: str) -> list[str]:
    """Cut a title as its reading is cut: each Chinese sign by itself, everything else together."""
    return [part for run in _RUNS.findall(title) for part in (run if _HAN.match(run) else [run])]


def _initial(syllable: str) -> str:
    # what is no Chinese stays whole: 500g and 100% are typed as they are
    return syllable[:1] if syllable.isalpha() else "".join(syllable.split())


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def wanted_words(query: str) -> list[str]:
    """Cut what a person typed into the words that must all be found: by spaces, and where Chinese meets letters.

    "红fs苹果" is 红, fs and 苹果. At most eight count.
    """
    words = _plain(query).lower().replace("，", " ").replace(",", " ").split()
    return [run for word in words for run in _RUNS.findall(word)][:_MOST_WORDS]


def grams_of(text: str) -> list[str]:
    """Cut a search text into the pieces its index holds: every one, two and three letters that stand together."""
    pieces: set[str] = set()
    for word in text.lower().split():
        for length in (1, 2, 3):
            pieces.update(word[at : at + length] for at in range(len(word) - length + 1))
    return sorted(pieces)


def grams_wanted(words: Iterable[str]) -> list[str]:
    """Cut wanted words into the longest pieces the index holds; a text that lacks one of them holds no such word."""
    pieces: set[str] = set()
    for word in words:
        length = min(3, len(word))
        pieces.update(word[at : at + length] for at in range(len(word) - length + 1))
    return sorted(pieces)
