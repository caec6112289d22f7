"""What may be taken off a basket, as plain values: the pricing reads these and nothing else."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Scope:
    """Which goods count: all, or those of some categories or products; never those excluded.

    A line counts by its product's category and all categories above it (``Line.categories``).
    """

    products: frozenset[UUID] = frozenset()
    categories: frozenset[UUID] = frozenset()
    excluded_products: frozenset[UUID] = frozenset()

    def holds(self, product: UUID, categories: Iterable[UUID]) -> bool:
        """Say whether goods of this product count."""
        if product in self.excluded_products:
            return False
        if not self.products and not self.categories:
            return True
        return product in self.products or not self.categories.isdisjoint(categories)


@dataclass(frozen=True, slots=True)
class NextPiece:
    """第二件半价: of every ``every`` pieces of one product, one costs ``off_ppm`` less."""

    id: UUID
    name: str
    scope: Scope
    every: int
    off_ppm: int


@dataclass(frozen=True, slots=True)
class Tier:
    """Spend ``from_minor``, save ``off_minor``."""

    from_minor: int
    off_minor: int


@dataclass(frozen=True, slots=True)
class SpendAndSave:
    """满减: the highest tier the counted goods of one fulfilment group reach is taken off them."""

    id: UUID
    name: str
    scope: Scope
    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True)
class CouponOffer:
    """A coupon in a member's hand: an amount off, or a share (ppm) up to a cap, of the counted goods."""

    id: UUID
    name: str
    scope: Scope
    threshold_minor: int = 0
    off_minor: int = 0
    off_ppm: int = 0
    cap_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a basket. Prices in minor units a piece.

    :param group: what is fulfilled together (date × delivery × warehouse).
    :param member_minor: this member's own price, where there is one.
    """

    key: Hashable
    group: Hashable
    product: UUID
    quantity: int
    campaign_minor: int
    member_minor: int | None = None
    categories: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Offers:
    """Everything that may come off this basket."""

    next_pieces: tuple[NextPiece, ...] = ()
    spend_and_save: tuple[SpendAndSave, ...] = ()
    coupon: CouponOffer | None = None
    points_minor: int = 0  # what the member's points are worth
    delivery_minor: tuple[tuple[Hashable, int], ...] = ()  # fee of each group
    points_share_ppm: int = 1_000_000  # of what is left after all else, so much may be paid by them
