"""The numbers of a chart, checked and ready for {% chart %} and for the table under it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kit.web.format import money, number


@dataclass(frozen=True)
class Series:
    """One line, one set of bars, or the ring's slices. Money in minor units."""

    name: Any
    values: Sequence[int | None]


@dataclass(frozen=True)
class Chart:
    """A chart: ``line`` over time, ``bar`` upright, ``bars`` lying (rankings), ``pie`` a ring of one series."""

    kind: Literal["line", "bar", "bars", "pie"]
    labels: Sequence[Any]
    series: Sequence[Series]
    currency: str = ""  # set: the values are minor units of it
    unit: Any = ""

    def __post_init__(self) -> None:
        for series in self.series:
            if len(series.values) != len(self.labels):
                raise ValueError(f"{series.name}: {len(series.values)} values for {len(self.labels)} labels")

    def spec(self) -> dict[str, Any]:
        """Give what static/kit/charts.js draws."""
        return {
            "kind": self.kind,
            "labels": [str(label) for label in self.labels],
            "series": [{"name": str(series.name), "values": list(series.values)} for series in self.series],
            "currency": self.currency,
            "unit": str(self.unit),
        }

    def rows(self) -> list[tuple[str, list[str]]]:
        """Give the same numbers as rows of a table."""
        return [
            (str(label), [self._written(series.values[index]) for series in self.series])
            for index, label in enumerate(self.labels)
        ]

    def _written(self, value: int | None) -> str:
        return money(value, self.currency) if self.currency else number(value) + (str(self.unit) if value else "")
