"""What a parcel costs: so much for the first weight, so much for each whole or begun step above it. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from kit.web.format import money
from tenants.delivery.models import FreightZone

USUAL_GRAMS = 500  # of a piece whose weight nobody typed


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goods of one day weigh together; of ``guessed`` pieces nobody typed a weight."""

    grams: int
    guessed: int = 0


@dataclass(frozen=True, slots=True)
class FreightStep:
    """One step of the way to a fee: what it is for, and how much it adds (minor units, a free parcel takes off)."""

    sentence: str
    amount_minor: int = 0


@dataclass(frozen=True, slots=True)
class Freight:
    """What sending a parcel to a zone costs, and why. An order keeps it: later changes of the table do not move it."""

    zone: str
    grams: int
    guessed: int
    first_grams: int
    first_minor: int
    step_grams: int
    step_minor: int
    free_from_minor: int | None = None
    is_free: bool = False

    @property
    def steps(self) -> int:
        """How many steps it weighs above the first weight, the last one begun counted whole."""
        return -(-max(self.grams - self.first_grams, 0) // self.step_grams)

    @property
    def full_minor(self) -> int:
        """What it costs where nothing is free."""
        return self.first_minor + self.steps * self.step_minor

    @property
    def fee_minor(self) -> int:
        return 0 if self.is_free else self.full_minor

    @property
    def kept(self) -> dict[str, Any]:
        """What an order keeps of it."""
        return asdict(self)

    def explained(self, currency: str) -> list[FreightStep]:
        """Tell step by step how the fee comes about: the steps' amounts sum to it."""
        weight = _("%(zone)s，商品共重 %(weight)s") % {"zone": self.zone, "weight": weight_text(self.grams)}
        if self.guessed:
            words = {"n": self.guessed, "each": weight_text(USUAL_GRAMS)}
            weight += _("（%(n)d 件没填重量，每件按 %(each)s 算）") % words
        told = [
            FreightStep(weight),
            FreightStep(_("首重 %(weight)s") % {"weight": weight_text(self.first_grams)}, self.first_minor),
        ]
        if self.steps:
            words = {"n": self.steps, "weight": weight_text(self.step_grams)}
            told.append(FreightStep(_("续重 %(n)d × %(weight)s") % words, self.steps * self.step_minor))
        if self.is_free and self.free_from_minor is not None:
            free = _("满 %(from)s 免运费") % {"from": money(self.free_from_minor, currency)}
            told.append(FreightStep(free, -self.full_minor))
        return told


def freight_to(zone: FreightZone, *, parcel: Parcel, goods_minor: int) -> Freight:
    """Say what sending goods of so much, after discounts, to a zone costs."""
    return Freight(
        zone=zone.name,
        grams=parcel.grams,
        guessed=parcel.guessed,
        first_grams=zone.first_grams,
        first_minor=zone.first_minor,
        step_grams=zone.step_grams,
        step_minor=zone.step_minor,
        free_from_minor=zone.free_from_minor,
        is_free=zone.free_from_minor is not None and goods_minor >= zone.free_from_minor,
    )


def freight_kept(kept: Mapping[str, Any] | None) -> Freight | None:
    """Read what an order kept."""
    return Freight(**kept) if kept else None


def weight_text(grams: int) -> str:
    """Write a weight as people say it: 500 g, 2.5 kg."""
    kilos, rest = divmod(grams, 1000)
    if not kilos:
        return f"{rest} g"
    return f"{kilos}.{rest:03d}".rstrip("0").rstrip(".") + " kg"
