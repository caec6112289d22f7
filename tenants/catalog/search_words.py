"""What a product is found by: its words, its pinyin and the pinyin's initials."""

import re
from collections.abc import Iterable

from pypinyin import lazy_pinyin

_RUNS = re.compile(r"[\u3400-\u9fff]+|[^\u3400-\u9fff]+")  # Chinese and everything else, apart
_MOST_WORDS = 8


def search_text(*, title: str, others: Iterable[str] = ()) -> str:
    """Write the text that searches look into: "红富士苹果 hongfushipingguo hfspg 6901234"."""
    syllables = lazy_pinyin(title)
    words = [title, "".join(syllables), "".join(syllable[:1] for syllable in syllables), *others]
    return " ".join(dict.fromkeys(word.lower() for word in words if word))


def wanted_words(query: str) -> list[str]:
    """Cut what a person typed into the words that must all be found: by spaces, and where Chinese meets letters.

    "红fs苹果" is 红, fs and 苹果. At most eight count.
    """
    words = query.lower().replace("，", " ").replace(",", " ").split()
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
