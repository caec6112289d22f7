"""A crowd of merchants, mixed plans and mixed fates: however often the clock runs, the books are the same.

The usual run lives six weeks of eight merchants; the nightly one a year of a hundred. ``LINLI_CROWD=24,365`` asks for
another crowd.
"""

import os
from datetime import timedelta

import pytest

from billing.books import check
from billing.services.measure_days import measure_days
from kit.tenancy import in_control
from tests.billing.crowd import Crowd
from tests.billing.world import World, undone

MERCHANTS, DAYS = (int(part) for part in os.environ.get("LINLI_CROWD", "100,365").split(","))
HOURS, DAY_BY_DAY, ONE_JUMP = timedelta(hours=1), timedelta(days=1), None


def lived(world: World, *, merchants: int, days: int, step: timedelta | None) -> tuple[str, dict[str, object]]:
    crowd = Crowd.gathered(world, merchants)
    crowd.live(days=days, step=step)
    with in_control():
        measure_days(now=crowd.first.now)
    assert [finding for finding in check(crowd.first.now) if finding.invariant not in ("B7", "S1", "C5")] == []
    return crowd.seal(), crowd.picture()


def same(world: World, monkeypatch: pytest.MonkeyPatch, merchants: int, days: int, *steps: timedelta | None) -> str:
    nothing = dict.fromkeys(("staff", "skus", "leaders", "cities", "domains"), 0)
    for module in ("confirm_change", "quote_change"):  # the stores are narrow: nothing in them to count
        monkeypatch.setattr(f"billing.services.{module}.use_of_merchant", lambda *_which: nothing)
    monkeypatch.setattr("billing.books._usage_of", lambda _store: [])
    seen = []
    for step in steps:
        with undone():
            seen.append(lived(world, merchants=merchants, days=days, step=step))
    for seal, picture in seen[1:]:
        assert picture == seen[0][1]
        assert seal == seen[0][0]
    return seen[0][0]


def test_however_often_the_clock_runs_the_books_are_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    same(world, monkeypatch, 8, 45, timedelta(days=15), ONE_JUMP)


@pytest.mark.nightly
def test_a_year_of_a_hundred_hour_by_hour_day_by_day_and_in_one_jump(
    world: World, monkeypatch: pytest.MonkeyPatch, record_property: pytest.FixtureRequest
) -> None:
    seal = same(world, monkeypatch, MERCHANTS, DAYS, HOURS, DAY_BY_DAY, ONE_JUMP)
    record_property("seal", seal)  # type: ignore[operator]
