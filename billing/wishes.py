"""What somebody wants done to a subscription, as it is written on a quote."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from billing.models.changes import Movement


@dataclass(frozen=True, slots=True)
class Wish:
    """A movement and what it needs: a price to move to, an add-on with its quantity, a coupon's code."""

    movement: Movement
    price_id: UUID | None = None
    add_on: str = ""
    quantity: int = 0
    coupon: str = ""
    by_operator: bool = False  # an operator may also switch down, or end, at once

    def written(self) -> dict[str, object]:
        """The wish as it is kept."""
        return {
            "price": str(self.price_id) if self.price_id else None,
            "add_on": self.add_on,
            "quantity": self.quantity,
            "coupon": self.coupon,
            "by_operator": self.by_operator,
        }


def read_wish(movement: str, written: Mapping[str, object]) -> Wish:
    """Return a wish as it was written on a quote."""
    price = written.get("price")
    return Wish(
        movement=Movement(movement),
        price_id=UUID(str(price)) if price else None,
        add_on=str(written.get("add_on") or ""),
        quantity=int(str(written.get("quantity") or 0)),
        coupon=str(written.get("coupon") or ""),
        by_operator=bool(written.get("by_operator")),
    )
