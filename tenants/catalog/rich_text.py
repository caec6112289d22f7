"""A product's story as HTML: a few elements, the product's own pictures, and nothing that runs. Pure.

Cleaned when it is written and again when it is read, so that neither an old row nor a hand in the database can put
more on a page than is allowed today.
"""

import re
from collections.abc import Collection
from html import escape, unescape

import nh3

MOST_LETTERS = 20_000
_TAGS = {"p", "br", "h2", "h3", "strong", "em", "u", "ul", "ol", "li", "blockquote", "img"}
_TWINS = (("div", "p"), ("b", "strong"), ("i", "em"), ("h1", "h2"), ("h4", "h3"), ("h5", "h3"), ("h6", "h3"))
_ANY_TAG = re.compile(
    r"</?(?:p|br|div|h[1-6]|strong|b|em|i|u|ul|ol|li|blockquote|img|span|a|table|script|style)\b", re.I
)
_NO_PICTURE = re.compile(r"<img(?![^>]*\ssrc=)[^>]*>")
_EMPTY = re.compile(r"<(p|h2|h3|li|strong|em|u|blockquote)>(?:\s|&nbsp;)*</\1>")
_ENDS_LINE = re.compile(r"<br>|</(?:p|h2|h3|li|blockquote)>")
_TAG = re.compile(r"<[^>]+>")


def cleaned(typed: str, *, pictures: Collection[str]) -> str:
    """Write what was typed as safe HTML; plain text becomes paragraphs.

    A picture stays if its address is one of ``pictures``; every other element, attribute and comment goes, and with
    scripts and styles what stands in them.
    """
    text = typed.replace("\r\n", "\n").strip()
    if not _ANY_TAG.search(text):
        return _paragraphs(unescape(text) if "&" in text and "<" not in text else text)
    for name, twin in _TWINS:
        text = re.sub(rf"<(/?){name}(?=[\s>/])", rf"<\1{twin}", text, flags=re.I)
    safe = nh3.clean(
        text,
        tags=_TAGS,
        clean_content_tags={"script", "style", "iframe", "object", "svg", "math", "template", "title", "noscript"},
        attributes={"img": {"src", "alt"}},
        attribute_filter=lambda _tag, name, value: value if name != "src" or value in pictures else None,
        url_schemes=set(),
        link_rel=None,
        strip_comments=True,
    )
    safe = _NO_PICTURE.sub("", safe)
    for _level in range(3):  # an emptied list item empties its list's paragraph
        safe = _EMPTY.sub("", safe)
    return safe.strip()


def plain_text(html: str) -> str:
    """Write cleaned HTML as lines of text, for lists, sheets and programs that show no HTML."""
    lines = _TAG.sub("", _ENDS_LINE.sub("\n", html))
    return re.sub(r"\n{3,}", "\n\n", unescape(lines)).strip()


def _paragraphs(text: str) -> str:
    blocks = [block for block in re.split(r"\n\s*\n", text) if block.strip()]
    return "".join(f"<p>{escape(block.strip(), quote=False).replace(chr(10), '<br>')}</p>" for block in blocks)
