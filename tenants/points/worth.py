"""What points are worth, and when they end. Pure."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

_FEN = 100  # a yuan is so many minor units


@dataclass(frozen=True, slots=True)
class PointsOffer:
    """What one member could spend now: ``free`` points, of which ``per_yuan`` take a yuan off, up to a share."""

    free: int
    per_yuan: int
    max_share_ppm: int

    @property
    def worth_minor(self) -> int:
        """What all of them would take off, in minor units."""
        return self.free * _FEN // self.per_yuan

    def points_for(self, off_minor: int) -> int:
        """Say how many points so many minor units cost: a part of one counts whole."""
        return -(-off_minor * self.per_yuan // _FEN)


def earned_by(*, kept_minor: int, per_yuan: int) -> int:
    """Say how many points the money kept of an order earns: whole ones."""
    return kept_minor * per_yuan // _FEN


def returned_for(*, points: int, shares: list[tuple[int, int, int]]) -> int:
    """Say how many of an order's spent points have come back, when of each line (its share of the discount in minor
    units, its net amount, what was refunded of that) is known: all of them with the last of the money.

    It never falls as refunds grow, so the difference to what came back before is what comes back now.
    """
    if all(refunded >= net for _off, net, refunded in shares):
        return points
    off = sum(one for one, _net, _refunded in shares)
    back = sum(one * refunded // net if net else 0 for one, net, refunded in shares)
    return points * back // off


def kept_since(*, now: datetime, years_kept: int, zone: str) -> datetime:
    """Say from when on points are still good: the first moment of a year of the store's own calendar."""
    local = now.astimezone(ZoneInfo(zone))
    return datetime(local.year - years_kept, 1, 1, tzinfo=ZoneInfo(zone))
