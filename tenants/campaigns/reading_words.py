"""What was read of a pasted chain, in words for who pasted it: the desk or a leader."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy

from tenants.campaigns.selectors_drafts import Reading, ambiguous_word
from tenants.campaigns.solitaire.read_row import Doubt, Why
from tenants.campaigns.solitaire.read_solitaire import ReadRow

_KEYCAPS = str.maketrans("", "", "⟨⟩")  # how the reader writes ② and 2️⃣ to itself
SENTENCES = {
    Why.UNREAD: gettext_lazy("看不懂“%(words)s”"),
    Why.WHICH: gettext_lazy("“%(words)s”是哪一个？"),
    Why.HOW_MUCH: gettext_lazy("“%(words)s”是几份？请写成整数份"),
    Why.WHOSE: gettext_lazy("“%(words)s”里的数量是前面的还是后面的？请加空格分开"),
    Why.CHANGE: gettext_lazy("“%(words)s”要改单，请直接改成最后要的数量"),
    Why.NAME_OR_GOODS: gettext_lazy("“%(words)s”是名字还是商品？请在名字后加空格"),
    Why.NOBODY: gettext_lazy("没写名字"),
    Why.NOTHING: gettext_lazy("没写要什么"),
    Why.NO_SUCH_ROW: gettext_lazy("“%(words)s”说的那一行没找到，或那一行也没看懂"),
    Why.NO_NUMBER: gettext_lazy("“%(words)s”没有编号，要下单请在前面加编号"),
    Why.TWICE: gettext_lazy("“%(words)s”和上面一行同号同名，请只留最后要的一行"),
}


@dataclass(frozen=True)
class ShownRow:
    """A row as it was read, its goods and questions in words."""

    read: ReadRow
    wants: list[dict[str, Any]]
    doubts: list[dict[str, Any]]


def shown_rows(reading: Reading) -> list[ShownRow]:
    """Write every row of a chain: what was understood, and what a person is asked about the rest."""
    return [_shown(row, reading) for row in reading.chain.rows]


def _shown(row: ReadRow, reading: Reading) -> ShownRow:
    return ShownRow(
        read=row,
        wants=[
            {"title": _title(reading, want.offer_id), "quantity": want.quantity, "is_assumed": want.is_assumed}
            for want in row.wants
        ],
        doubts=[_asked(row, place, doubt, reading) for place, doubt in enumerate(row.doubts)],
    )


def _asked(row: ReadRow, place: int, doubt: Doubt, reading: Reading) -> dict[str, Any]:
    word = ambiguous_word(reading, doubt.written) if doubt.why == Why.WHICH else ""
    choices: Sequence[UUID] = doubt.choices if word and word in row.written else ()
    return {
        "sentence": str(SENTENCES[doubt.why]) % {"words": doubt.written.translate(_KEYCAPS)},
        "choices": [
            {"value": f"{row.number}:{place}:{choice}", "title": _title(reading, choice)} for choice in choices
        ],
    }


def _title(reading: Reading, item_id: UUID) -> str:
    item = reading.items[item_id]
    return f"{item.sku.product.title} {item.sku.label}".strip()


def with_choice(text: str, which: str, reading: Reading) -> str:
    """Write the chosen goods' title in the place of the word that fits several; the person sees it in the text."""
    number, place, item_id = [*which.split(":"), "", ""][:3]
    row = next((one for one in reading.chain.rows if str(one.number) == number), None)
    item = next((one for one in reading.items.values() if str(one.pk) == item_id), None)
    if row is None or item is None or not place.isdecimal() or int(place) >= len(row.doubts):
        return text
    word = ambiguous_word(reading, row.doubts[int(place)].written)
    title = item.sku.product.title
    if sum(one.sku.product.title == title for one in reading.items.values()) > 1:
        title = f"{title} {item.sku.label}"
    chosen = row.written.replace(word, title, 1) if word else row.written
    return text.replace(row.written, chosen, 1)
