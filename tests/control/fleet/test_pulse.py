"""A run that makes everybody else wait stops itself."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from control.fleet.models import MigrationState
from control.fleet.pulse import FLOOR, Pulse, ask_the_register, p95
from control.fleet.services.migrate_fleet import migrate_fleet
from tests.control.fleet.conftest import SCHEMAS
from tests.control.fleet.releases import ADD_BIRTHDAY, released
from tests.control.fleet.test_migrate import LATER


class _Answers(Pulse):
    """A pulse whose answers take as long as the test says; no real time passes."""

    def __init__(self, *, at_rest: float, then: float) -> None:
        self.clock = self._ticks()
        self.takes = at_rest
        super().__init__(ask=lambda: None, now=lambda: next(self.clock))
        self.rest()
        self.takes = then

    def _ticks(self) -> Iterator[float]:
        time = 0.0
        while True:
            yield time
            time += self.takes


@pytest.mark.parametrize(
    ("at_rest", "then", "raised"),
    [
        (0.1, 0.1, False),
        (0.1, 0.149, False),
        (0.1, 0.151, True),
        (0.001, FLOOR * 0.9, False),  # fifty times as long, and still too quick for anybody to notice
        (0.001, FLOOR * 1.1, True),
    ],
)
def test_is_raised_by_half_and_above_the_floor(at_rest: float, then: float, raised: bool) -> None:
    pulse = _Answers(at_rest=at_rest, then=then)
    for _n in range(30):
        pulse.feel()

    assert pulse.is_raised is raised


def test_a_few_slow_answers_are_no_pulse() -> None:
    pulse = _Answers(at_rest=0.01, then=5)
    for _n in range(5):
        pulse.feel()

    assert not pulse.is_raised


def test_no_answer_counts_as_a_slow_one() -> None:
    pulse = Pulse(ask=lambda: 1 / 0)
    for _n in range(30):
        pulse.feel()

    assert pulse.is_raised


def test_the_nearest_rank() -> None:
    assert p95([float(n) for n in range(1, 101)]) == 95
    assert p95([3.0]) == 3
    assert p95([]) == 0


def test_a_raised_pulse_stops_the_run_and_the_rest_is_left(
    schemas: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised = Pulse(ask=lambda: None)
    monkeypatch.setattr(Pulse, "is_raised", property(lambda _pulse: True))
    with released(tmp_path, ADD_BIRTHDAY):
        report = migrate_fleet(now=LATER, workers=1, pulse=raised)

        assert report.stopped == "latency"
        assert report.count(MigrationState.DONE) == 1
        assert len(report.untried) == SCHEMAS - 1
        assert not report.is_whole

        monkeypatch.setattr(Pulse, "is_raised", property(lambda _pulse: False))
        assert migrate_fleet(now=LATER, workers=2, pulse=Pulse(partial(ask_the_register))).is_whole
