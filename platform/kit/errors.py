"""How the house says no: one base class, one sentence, no HTTP."""

from enum import Enum
from typing import Any, ClassVar


class Kind(Enum):
    """What sort of no this is. Only doors know which HTTP status it becomes."""

    INVALID = "invalid"  # the words themselves are wrong
    MISSING = "missing"  # there is no such thing, or it is not yours
    CONFLICT = "conflict"  # the world moved, or it was done already
    FORBIDDEN = "forbidden"  # you may not
    PAYMENT = "payment"  # it must be paid first
    TOO_MANY = "too_many"  # slower, please


class Refused(Exception):
    """A story said no, with a sentence a shopkeeper can act on.

    Subclasses live beside the function that raises them and set ``code`` (stable, machine-readable),
    ``kind`` and ``sentence``. ``facts`` travel to the caller as extra fields of the answer; ``fields`` maps an
    input's name to the sentences that belong beside it.
    """

    code: ClassVar[str] = "refused"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: Any = "不能这样做。"  # may be a lazy translation

    def __init__(
        self,
        sentence: Any = None,
        *,
        fields: dict[str, list[Any]] | None = None,
        **facts: Any,
    ) -> None:
        if sentence is not None:
            self.sentence = sentence
        self.fields = fields or {}
        self.facts = facts
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.sentence)
