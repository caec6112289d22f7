"""Many of a kind are gone through, each in a transaction of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

log = structlog.get_logger(__name__)


class Turns:
    """Lets one that fails keep none of the others from its turn; the first failure is raised when all had theirs."""

    def __init__(self) -> None:
        self._first: Exception | None = None

    @contextmanager
    def one(self, what: str, key: object) -> Iterator[None]:
        """Give one its turn."""
        try:
            yield
        except Exception as error:  # whatever it is: the next one is another matter
            log.exception("turn_failed", what=what, key=str(key))
            self._first = self._first or error

    def over(self) -> None:
        """Tell of the first failure, now that nobody waits any more."""
        if self._first:
            raise self._first
