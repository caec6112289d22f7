"""Translation catalogues, read and written without the gettext tools: a bare machine has none.

A .po file here holds only what we use: msgctxt, msgid, msgid_plural, msgstr. The .mo beside it is what Django reads.
"""

import ast
import re
import struct
from dataclasses import dataclass, field
from pathlib import Path

_HEADER = (
    "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\nLanguage: en\n"
    "Plural-Forms: nplurals=2; plural=(n != 1);\n"
)
_LINE = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr(?:\[(\d)\])?)?\s*(".*")$')


@dataclass(frozen=True, order=True)
class Phrase:
    """What stands in a source file to be translated."""

    text: str
    plural: str = ""
    context: str = ""


@dataclass
class Catalogue:
    """One app's translations into one language."""

    words: dict[Phrase, list[str]] = field(default_factory=dict)

    def missing(self) -> list[Phrase]:
        """List the phrases without a translation (a plural needs both forms)."""
        return [phrase for phrase, said in self.words.items() if not all(said) or len(said) != _forms(phrase)]


def read(path: Path) -> Catalogue:
    """Read a .po file; a file that is not there is an empty catalogue."""
    catalogue = Catalogue()
    if not path.exists():
        return catalogue
    for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
        parts = _parts(block)
        if parts.get("msgid"):
            phrase = Phrase(parts["msgid"], parts.get("msgid_plural", ""), parts.get("msgctxt", ""))
            said = (
                [parts.get("msgstr[0]", ""), parts.get("msgstr[1]", "")] if phrase.plural else [parts.get("msgstr", "")]
            )
            catalogue.words[phrase] = said
    return catalogue


def write(path: Path, catalogue: Catalogue) -> None:
    """Write the .po file, sorted, so that two people's additions seldom meet in one place."""
    blocks = ['msgid ""\nmsgstr ""\n' + "\n".join(_quoted(line + "\n") for line in _HEADER.splitlines())]
    for phrase in sorted(catalogue.words):
        said = catalogue.words[phrase]
        lines = [f"msgctxt {_quoted(phrase.context)}"] if phrase.context else []
        lines.append(f"msgid {_quoted(phrase.text)}")
        if phrase.plural:
            lines.append(f"msgid_plural {_quoted(phrase.plural)}")
            lines += [f"msgstr[{form}] {_quoted(words)}" for form, words in enumerate(said)]
        else:
            lines.append(f"msgstr {_quoted(said[0])}")
        blocks.append("\n".join(lines))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def compiled(catalogue: Catalogue) -> bytes:
    """Give the .mo bytes (GNU's format, little-endian, no hash table) of what is translated."""
    entries = {b"": _HEADER.encode()}
    for phrase, said in catalogue.words.items():
        if all(said):
            start = f"{phrase.context}\x04" if phrase.context else ""
            entries[(start + "\0".join(filter(None, (phrase.text, phrase.plural)))).encode()] = "\0".join(said).encode()
    keys = sorted(entries)
    table_at, count = 28, len(keys)
    offset = table_at + 16 * count
    tables: list[bytes] = []
    body = b""
    for texts in (keys, [entries[key] for key in keys]):
        for text in texts:
            tables.append(struct.pack("<II", len(text), offset + len(body)))
            body += text + b"\0"
    head = struct.pack("<IIIIIII", 0x950412DE, 0, count, table_at, table_at + 8 * count, 0, offset)
    return head + b"".join(tables) + body


def _parts(block: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    current = ""
    for line in block.splitlines():
        match = _LINE.match(line.strip())
        if not match:
            continue
        current = match[1] or current
        parts[current] = parts.get(current, "") + str(ast.literal_eval(match[3]))
    return parts


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _forms(phrase: Phrase) -> int:
    return 2 if phrase.plural else 1
