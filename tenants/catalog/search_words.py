"""What a product is found by: its words, its pinyin and the pinyin's initials."""

from collections.abc import Iterable

from pypinyin import lazy_pinyin


def search_text(*, title: str, others: Iterable[str] = ()) -> str:
    """Write the text that searches look into: "红富士苹果 hongfushipingguo hfspg 6901234"."""
    syllables = lazy_pinyin(title)
    words = [title, "".join(syllables), "".join(syllable[:1] for syllable in syllables), *others]
    return " ".join(dict.fromkeys(word.lower() for word in words if word))


def wanted_words(query: str) -> list[str]:
    """Cut what a person typed into the words that must all be found. At most eight count."""
    return query.lower().replace("，", " ").replace(",", " ").split()[:8]
