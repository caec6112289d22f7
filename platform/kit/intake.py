"""What a sheet would do to a list, row by row, before anything is written: the common form of every small import.

A room compares rows with what it has and answers with findings; the door shows them, and gives them back to the same
room to be done. Goods have an import of their own, which knows columns of strangers and pictures.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NEW, CHANGED, UNCHANGED, WRONG = "new", "changed", "unchanged", "wrong"


@dataclass(frozen=True)
class IntakeRow:
    """A row of the sheet: its number in the file and its texts by our words; an empty one says nothing."""

    number: int
    words: Mapping[str, str]


@dataclass
class Finding:
    """What a row does: ``changes`` are head, before and after; ``wanted`` is what the room needs to do it."""

    number: int
    name: str
    is_new: bool = False
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    wanted: Any = None

    @property
    def kind(self) -> str:
        if self.problems:
            return WRONG
        return NEW if self.is_new else CHANGED if self.changes else UNCHANGED

    def note(self, head: str, was: Any, becomes: Any) -> None:
        """Write down that a value changes, if it does."""
        if was != becomes:
            self.changes.append((head, _shown(was), _shown(becomes)))


@dataclass(frozen=True)
class Intake:
    """A list that sheets may change.

    ``heads`` are our words and their heads, the ones in ``must`` cannot be missing. ``rows`` writes what is there in
    the same columns, so that it can go out, be changed and come in. ``find`` plans, ``do`` writes all or nothing.
    """

    title: Any
    about: Any
    heads: Mapping[str, str]
    must: frozenset[str]
    rows: Callable[[], Sequence[Sequence[Any]]]
    find: Callable[[Sequence[IntakeRow]], list[Finding]]
    do: Callable[..., None]  # findings, by_name, now, source (the file's name)
    back: str  # the name of the list's page
    most: int = 5_000


def seal_of(findings: Sequence[Finding]) -> str:
    """Seal what was shown, so that only that is done."""
    lines = [f"{one.number}:{one.kind}:{one.name}:{one.changes}" for one in findings]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _shown(value: Any) -> str:
    return "" if value is None else str(value)
