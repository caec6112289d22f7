"""What must be true of a store's rows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """Something that must be true of every row, and the statement that finds the rows of which it is not."""

    name: str
    promise: str
    violations: str
