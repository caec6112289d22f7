"""The one place that knows the time. Doors and tasks ask it; stories are told.

The demo may be moved in time: every process then adds the offset written in the file LINLI_CLOCK_FILE.
Tests set a time for the code inside ``at``.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

_told: ContextVar[datetime | None] = ContextVar("told_time", default=None)
_REREAD_AFTER = 0.5  # seconds: a moved clock reaches every process within this
_offset: tuple[float, timedelta] = (0.0, timedelta())


def now() -> datetime:
    """Say what time it is, in UTC, as this deployment sees it."""
    told = _told.get()
    if told is not None:
        return told
    return datetime.now(UTC) + _moved_by()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let the code inside believe it is ``moment`` (an aware time)."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    token = _told.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _told.reset(token)


def move(offset: timedelta) -> None:
    """Move this deployment's clock. Only a demo has a clock file. :raises RuntimeError: there is none."""
    path = _clock_file()
    if path is None:
        raise RuntimeError("this deployment's clock cannot be moved")
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(str(int(offset.total_seconds())))
    os.replace(fresh, path)
    global _offset
    _offset = (0.0, timedelta())


def _clock_file() -> Path | None:
    name = getattr(settings, "LINLI_CLOCK_FILE", "")
    return Path(name) if name else None


def _moved_by() -> timedelta:
    global _offset
    path = _clock_file()
    if path is None:
        return timedelta()
    read_at, offset = _offset
    if time.monotonic() - read_at > _REREAD_AFTER:
        try:
            offset = timedelta(seconds=int(path.read_text() or 0))
        except (FileNotFoundError, ValueError):
            offset = timedelta()
        _offset = (time.monotonic(), offset)
    return offset
