"""The one clock: told in tests, moved in a demo, real otherwise."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from kit import clock

NOON = datetime(2027, 1, 1, 4, 0, tzinfo=UTC)


def test_can_be_told_the_time() -> None:
    with clock.at(NOON.astimezone(timezone(timedelta(hours=8)))):
        assert clock.now() == NOON
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=2)


def test_refuses_a_time_without_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"), clock.at(datetime(2027, 1, 1)):  # noqa: DTZ001 - that is the point
        pass


def test_only_a_demos_clock_can_be_moved(settings: object) -> None:
    with pytest.raises(RuntimeError):
        clock.move(timedelta(days=1))


def test_a_moved_clock_goes_on_from_there(settings: object, tmp_path: Path) -> None:
    settings.LINLI_CLOCK_FILE = str(tmp_path / "clock")  # type: ignore[attr-defined]

    clock.move(timedelta(days=40))

    assert abs(clock.now() - datetime.now(UTC) - timedelta(days=40)) < timedelta(seconds=2)
