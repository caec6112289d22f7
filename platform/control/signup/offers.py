"""What the public site says about prices: the editions and what a year with each would cost.

The page only needs these shapes; where the figures come from is decided in ``editions``.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from kit.money import rate_of

MONTHS = 12


@dataclass(frozen=True)
class Edition:
    """A plan as the price page shows it. Money in fen, rates in parts per million."""

    code: str
    name: Any
    for_whom: Any
    month_minor: int
    year_minor: int
    fee_ppm: int
    included_year_minor: int  # turnover of a year that carries no fee
    cities: int | None  # None: no limit
    leaders: int | None
    goods: int | None
    staff: int | None
    is_advised: bool = False
    is_trial: bool = False


@dataclass(frozen=True)
class YearWith:
    """What one edition costs in a year of a given turnover."""

    edition: Edition
    subscription_minor: int
    fee_minor: int
    is_cheapest: bool = False

    @property
    def total_minor(self) -> int:
        return self.subscription_minor + self.fee_minor


def editions() -> list[Edition]:
    """List the editions now on sale, cheapest first."""
    return [
        Edition(
            code="trial", name=_("试用"), for_whom=_("先跑一期团看看"), month_minor=0, year_minor=0, fee_ppm=0,
            included_year_minor=0, cities=3, leaders=300, goods=None, staff=15, is_trial=True,
        ),
        Edition(
            code="starter", name=_("启航"), for_whom=_("一座城、几十位团长"), month_minor=29_800, year_minor=298_000,
            fee_ppm=6_000, included_year_minor=30_000_000, cities=1, leaders=30, goods=500, staff=3,
        ),
        Edition(
            code="growth", name=_("成长"), for_whom=_("几座城、上百位团长"), month_minor=98_000, year_minor=980_000,
            fee_ppm=4_000, included_year_minor=300_000_000, cities=3, leaders=300, goods=None, staff=15,
            is_advised=True,
        ),
        Edition(
            code="chain", name=_("连锁"), for_whom=_("总部带城市合伙人"), month_minor=298_000, year_minor=2_980_000,
            fee_ppm=2_000, included_year_minor=1_500_000_000, cities=None, leaders=None, goods=None, staff=None,
        ),
    ]  # fmt: skip


def years_with(*, orders_a_month: int, average_minor: int, among: list[Edition]) -> list[YearWith]:
    """Work out a year's cost with each paid edition; the fee is taken on the turnover above the included part."""
    turnover = orders_a_month * average_minor * MONTHS
    years = [
        YearWith(
            edition=edition,
            subscription_minor=edition.year_minor,
            fee_minor=rate_of(max(0, turnover - edition.included_year_minor), edition.fee_ppm),
        )
        for edition in among
        if not edition.is_trial
    ]
    least = min(year.total_minor for year in years)
    return [
        YearWith(year.edition, year.subscription_minor, year.fee_minor, is_cheapest=year.total_minor == least)
        for year in years
    ]
