"""Cutting a pasted chain into its head and its numbered rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tenants.campaigns.solitaire.quantities import UNITS
from tenants.campaigns.solitaire.spelling import plain
from tenants.campaigns.solitaire.words import Vocabulary, letter_code

_NUMBERED = re.compile(
    rf"^\s*(?:⟨(?P<mark>\d+)⟩[.、,:]?|[(\[](?P<bracket>\d{{1,3}})[)\]]|(?P<point>\d{{1,3}})\s*[.、,:)](?!\d)"
    rf"|(?P<space>\d{{1,3}})\s+(?!{UNITS}))\s*(?P<rest>.*)$"
)
IS_EXAMPLE = re.compile(r"^\s*(例|示例|格式|样例|例如)")
_GIVES_UP = re.compile(r"^\s*\d{1,3}\s*号?\s*(?:的)?\s*(?:取消|不要了|作废|退出|撤销)了?\s*$")
PRICE = re.compile(r"\d\s*元|[¥￥]\s*\d|\d+\.\d")


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    text: str  # respelled, without its number
    written: str  # as pasted


@dataclass(frozen=True, slots=True)
class Chain:
    head: tuple[str, ...]  # what stands above the rows: title, prices, the example
    codes: tuple[tuple[str, str], ...]  # the head's list of goods: ("2", "土鸡蛋 30枚 19.9元")
    rows: tuple[Row, ...]


def cut_rows(text: str, vocabulary: Vocabulary) -> Chain:
    """Cut a chain. A line without a number belongs to the row above it; a numbered list of priced goods is the head."""
    head: list[str] = []
    codes: list[tuple[str, str]] = []
    runs: list[list[Row]] = []
    for written in text.splitlines():
        line = plain(written).strip()
        if not line:
            continue
        found = None if IS_EXAMPLE.match(line) else _NUMBERED.match(line)
        if found:
            row = Row(int(next(filter(None, found.groups()[:4]))), found["rest"].strip(), written.strip())
            if runs and row.number > runs[-1][-1].number:
                runs[-1].append(row)
            else:
                runs.append([row])
        elif IS_EXAMPLE.match(line) or not runs:
            head.append(written.strip())
            if code := letter_code(line):
                codes.append(code)
        elif _GIVES_UP.match(line):
            # a line of its own under the chain: it speaks of another row, not of the one above it
            runs[-1].append(Row(runs[-1][-1].number, line, written.strip()))
        else:
            last = runs[-1][-1]
            runs[-1][-1] = Row(last.number, f"{last.text} {line}", f"{last.written}\n{written.strip()}")
    while runs and _lists_goods(runs[0], vocabulary, followed=len(runs) > 1):
        for row in runs.pop(0):
            head.append(row.written)
            codes.append((str(row.number), row.text))
    return Chain(tuple(head), tuple(codes), tuple(row for run in runs for row in run))


def _lists_goods(run: Sequence[Row], vocabulary: Vocabulary, *, followed: bool) -> bool:
    goods = [row for row in run if _begins_with_goods(row.text, vocabulary)]
    priced = [row for row in goods if PRICE.search(row.text)]
    return len(priced) * 2 > len(run) or (followed and run[0].number == 1 and len(goods) == len(run))


def _begins_with_goods(text: str, vocabulary: Vocabulary) -> bool:
    first = re.split(r"[\s,:/(]", text, maxsplit=1)[0].lower()
    return any(vocabulary.longest_at(first, start) for start in range(len(first)))
