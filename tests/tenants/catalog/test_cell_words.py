"""What a cell says is what was written into it, whatever the words hold."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tenants.catalog.services.import_goods.cell_words import (
    grouped,
    groups_in,
    guarded,
    joined,
    listed,
    moment_in,
    moment_written,
    paired,
    pairs_in,
    unguarded,
    weekdays_in,
    weekdays_written,
)

SIGNS = st.text(st.sampled_from("、,，;；：:\\n=@#'ns 甲乙a1清空"), min_size=1, max_size=8).filter(
    lambda text: text.strip()
)
WORDS = SIGNS.map(lambda text: " ".join(text.split(" "))).filter(lambda text: text == text.strip(" ") and text)


@given(st.lists(WORDS, max_size=5))
def test_lists(words: list[str]) -> None:
    assert listed(joined(words)) == words


@given(st.lists(st.tuples(WORDS, WORDS), max_size=4))
def test_pairs(pairs: list[tuple[str, str]]) -> None:
    assert pairs_in(paired(pairs)) == pairs


@given(st.lists(st.tuples(WORDS, st.lists(WORDS, min_size=1, max_size=3)), max_size=3))
def test_groups(groups: list[tuple[str, list[str]]]) -> None:
    wanted = [{"name": name, "values": values} for name, values in groups]
    assert groups_in(grouped(wanted)) == wanted  # type: ignore[arg-type]


@given(SIGNS)
def test_texts_that_a_sheet_would_run(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert guarded(text)[0] not in "=@#"


@given(st.integers(1, 127))
def test_weekdays(days: int) -> None:
    assert weekdays_in(weekdays_written(days)) == days


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)), st.sampled_from(["Asia/Shanghai", "Europe/Berlin"]))  # noqa: DTZ001
def test_moments_even_in_the_hour_that_comes_twice(plain: datetime, timezone: str) -> None:
    at = plain.replace(tzinfo=UTC)
    assert moment_in(moment_written(at, timezone), timezone) == at
