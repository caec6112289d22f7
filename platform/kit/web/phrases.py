"""Finds what is to be translated, in Python files and in templates, without xgettext."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.template.base import Lexer, TokenType
from django.utils.translation import trim_whitespace

from kit.web.catalogues import Phrase

_CALLS = {
    "gettext": 1, "gettext_lazy": 1, "_": 1, "gettext_noop": 1,
    "ngettext": 2, "ngettext_lazy": 2, "pgettext": -1, "pgettext_lazy": -1,
}  # fmt: skip
_CONSTANT = re.compile(r"""_\((?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\)""")
_TRANSLATE = re.compile(r"""^(?:trans|translate)\s+(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")
_CONTEXT = re.compile(r"""\bcontext\s+(?:"([^"]*)"|'([^']*)')""")


def in_file(path: Path) -> Iterator[Phrase]:
    """Yield the phrases of one .py or .html file."""
    source = path.read_text(encoding="utf-8")
    yield from in_python(source) if path.suffix == ".py" else in_template(source)


def in_python(source: str) -> Iterator[Phrase]:
    """Yield the phrases of gettext calls; text put together at run time cannot be found, and is not."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        wanted = _CALLS.get(name, 0)
        if wanted == 1 and texts:
            yield Phrase(texts[0])
        elif wanted == 2 and len(texts) >= 2:
            yield Phrase(texts[0], plural=texts[1])
        elif wanted == -1 and len(texts) >= 2:
            yield Phrase(texts[1], context=texts[0])


def in_template(source: str) -> Iterator[Phrase]:
    """Yield the phrases of {% translate %}, {% blocktranslate %} and _("…") in any tag."""
    singular: list[str] | None = None
    plural: list[str] | None = None
    opening = ""
    for token in Lexer(source).tokenize():
        word = token.contents.split()[0] if token.contents.split() else ""
        if singular is not None:
            if word in ("endblocktranslate", "endblocktrans") and token.token_type == TokenType.BLOCK:
                yield _block_phrase(opening, singular, plural)
                singular = plural = None
            elif word == "plural" and token.token_type == TokenType.BLOCK:
                plural = []
            else:
                (singular if plural is None else plural).append(_as_text(token.token_type, token.contents))
        elif token.token_type == TokenType.BLOCK and word in ("blocktranslate", "blocktrans"):
            singular, opening = [], token.contents
        elif token.token_type in (TokenType.BLOCK, TokenType.VAR):
            yield from _in_tag(token.contents)


def _in_tag(contents: str) -> Iterator[Phrase]:
    match = _TRANSLATE.match(contents)
    if match:
        yield Phrase(_escape(_either(match)), context=_context_of(contents))
    for constant in _CONSTANT.finditer(contents):
        yield Phrase(_escape(_either(constant)))


def _block_phrase(opening: str, singular: list[str], plural: list[str] | None) -> Phrase:
    def joined(pieces: list[str] | None) -> str:
        text = "".join(pieces or [])
        return trim_whitespace(text) if " trimmed" in opening else text

    return Phrase(joined(singular), plural=joined(plural), context=_context_of(opening))


def _as_text(kind: TokenType, contents: str) -> str:
    return f"%({contents})s" if kind == TokenType.VAR else _escape(contents)


def _context_of(contents: str) -> str:
    match = _CONTEXT.search(contents)
    return _either(match) if match else ""


def _either(match: re.Match[str]) -> str:
    return next((group for group in match.groups() if group is not None), "").replace('\\"', '"').replace("\\'", "'")


def _escape(text: str) -> str:
    # Django looks template text up with its percent signs doubled
    return text.replace("%", "%%")
