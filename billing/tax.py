"""Tax of one line. Pure. Invoices add lines up; they never tax a total again."""

from dataclasses import dataclass
from fractions import Fraction

from kit.money import PPM, round_half_away


@dataclass(frozen=True, slots=True)
class Taxed:
    """A line's amount, taken apart. Net and tax always make gross."""

    net_minor: int
    tax_minor: int

    @property
    def gross_minor(self) -> int:
        """What is paid."""
        return self.net_minor + self.tax_minor


def included_in(gross_minor: int, *, ppm: int) -> Taxed:
    """Take an amount that includes the tax apart; the gross stays as it is."""
    net = round_half_away(Fraction(gross_minor * PPM, PPM + ppm))
    return Taxed(net_minor=net, tax_minor=gross_minor - net)


def taxed(listed_minor: int, *, ppm: int, inclusive: bool) -> Taxed:
    """Take a listed amount apart, whichever way it is written: with the tax in it, or before the tax is put on top."""
    return (included_in if inclusive else added_to)(listed_minor, ppm=ppm)


def without_tax(listed_minor: int, *, ppm: int, inclusive: bool) -> Fraction:
    """Say exactly what a listed amount is without its tax; whoever sums or divides it rounds once, at the end."""
    return Fraction(listed_minor * PPM, PPM + ppm) if inclusive else Fraction(listed_minor)


def added_to(net_minor: int, *, ppm: int) -> Taxed:
    """Put the tax on top of a net amount."""
    return Taxed(net_minor=net_minor, tax_minor=round_half_away(Fraction(net_minor * ppm, PPM)))
