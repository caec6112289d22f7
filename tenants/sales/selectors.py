"""Everything a basket is priced and judged by, read in one statement."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Case,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, JSONObject

from kit.tenancy.kept import kept
from tenants.campaigns.reach import hidden_at, is_sold_at, reaches_of
from tenants.campaigns.selectors import Offer, items_on_offer, offer_of
from tenants.inventory.selectors import sourcing_rule
from tenants.leaders.models import Leader, LeaderState, PickupPoint, Rest
from tenants.leaders.rests import rest_sentence, rests_at
from tenants.members.models import Member
from tenants.orders.models import LIVE_STATES, Order, OrderLine
from tenants.promotions.offers import NextPiece, SpendAndSave
from tenants.promotions.selectors import offers_in, running_promotions
from tenants.sales.limits import Held, has_limit_a_person, held_of

# In the order of the columns, as rows are made of them
_POINT = ("id", "leader_id", "name", "city", "district", "address", "latitude", "longitude", "opening_hours", "area_id")
_REST = {"first": "first_on", "last": "last_on", "leader": "leader__name"}
_LEADER = ("id", "member_id", "name", "phone")


@dataclass(frozen=True, slots=True)
class BasketFacts:
    """What is true of a basket at one moment. ``point`` is the one asked for, if it takes orders.

    ``bought`` is what the member holds already of items with a limit, ``held`` of their products (today, and ever)
    where those have one; ``placed_id`` the order of the same key. ``is_member``: member prices count.
    """

    offers: Mapping[UUID, Offer] = field(default_factory=dict)
    bought: Mapping[UUID, int] = field(default_factory=dict)
    held: Mapping[UUID, Held] = field(default_factory=dict)
    is_member: bool = False
    may_split: bool = False  # an order may come from several warehouses
    elsewhere: frozenset[UUID] = frozenset()  # items that are not sold at the point asked for
    hidden: frozenset[UUID] = frozenset()  # items that the leader of the point asked for keeps off it
    resting: Mapping[UUID, str] = field(default_factory=dict)  # items fetched on a day it rests, and the sentence
    point: PickupPoint | None = None
    next_pieces: tuple[NextPiece, ...] = ()
    spend_and_save: tuple[SpendAndSave, ...] = ()
    placed_id: UUID | None = None

    @property
    def pickup_days(self) -> set[date]:
        """The days on which these goods are fetched."""
        return {offer.item.campaign.pickup_date for offer in self.offers.values()}

    @property
    def is_limited(self) -> bool:
        """Say whether some item may be had only so often by one member."""
        return any(
            offer.item.per_member_limit is not None or has_limit_a_person(offer.item.sku.product)
            for offer in self.offers.values()
        )


def basket_facts(
    *,
    item_ids: Collection[UUID],
    member: Member | None,
    pickup_point_id: UUID | None,
    now: datetime,
    key: str = "",
) -> BasketFacts:
    """Read all that a basket is priced by. One statement for a plain one.

    One more where none of the items is there, where a product is limited by person, where several warehouses have it.
    """
    rows = _rows(
        item_ids=list(item_ids),
        member_id=member.pk if member else None,
        pickup_point_id=pickup_point_id,
        now=now,
        key=key or None,
    )
    if not rows:
        placed = Order.objects.filter(member=member, key=key) if member and key else Order.objects.none()
        return BasketFacts(
            point=_open_points(pickup_point_id).select_related("leader").first(),
            placed_id=placed.values_list("pk", flat=True).first(),
        )
    first = rows[0]
    pieces, saves = offers_in(first.promotions)
    offers = {row.id: offer_of(row) for row in rows}
    point = _point_of(first.point)
    return BasketFacts(
        offers=offers,
        bought={row.id: row.bought for row in rows},
        held=_held(rows, member, now),
        is_member=member is not None,
        may_split=len(_places(offers)) > 1 and sourcing_rule().may_split,
        elsewhere=frozenset(row.id for row in rows if point and not is_sold_at(row.reaches, point)),
        hidden=frozenset(row.id for row in rows if row.is_hidden),
        resting={row.id: _rest(row.rest) for row in rows if row.rest},
        point=point,
        next_pieces=pieces,
        spend_and_save=saves,
        placed_id=first.placed,
    )


@kept
def _rows(
    *,
    item_ids: Sequence[UUID],
    member_id: UUID | None,
    pickup_point_id: UUID | None,
    now: datetime,
    key: str | None,
) -> QuerySet[Any]:
    orders = Order.objects.filter(member=member_id, key=key) if member_id and key else Order.objects.none()
    points = _open_points(pickup_point_id)
    promotions = JSONObject(id="id", kind="kind", name="name", scope="scope", rule="rule")
    rows: QuerySet[Any] = items_on_offer(item_ids).annotate(
        bought=_bought(member_id),
        reaches=reaches_of("campaign"),
        point=Subquery(points.values(json=_as_json(_POINT, _LEADER))[:1]),
        is_hidden=hidden_at(pickup_point_id) if pickup_point_id else Value(False),
        rest=Subquery(_rests(pickup_point_id).values(json=JSONObject(**_REST))[:1]),
        placed=Subquery(orders.values("pk")[:1]),
        promotions=ArraySubquery(running_promotions(now).values(json=promotions)),
    )
    return rows


def _held(rows: Iterable[Any], member: Member | None, now: datetime) -> dict[UUID, Held]:
    limited = {row.sku.product_id for row in rows if has_limit_a_person(row.sku.product)}
    return held_of(member=member, product_ids=limited, now=now) if member and limited else {}


def _places(offers: Mapping[UUID, Offer]) -> set[UUID]:
    return {place.warehouse_id for offer in offers.values() for place in offer.stocks}


def _open_points(pickup_point_id: UUID | None) -> QuerySet[PickupPoint]:
    if pickup_point_id is None:
        return PickupPoint.objects.none()
    points = PickupPoint.objects.filter(pk=pickup_point_id, is_open=True, leader__state=LeaderState.ACTIVE)
    return points.exclude(area__is_open=False)


def _rests(pickup_point_id: UUID | None) -> QuerySet[Rest]:
    day = OuterRef("campaign__pickup_date")
    return rests_at(pickup_point_id, day=day) if pickup_point_id else Rest.objects.none()


def _rest(told: Mapping[str, str]) -> str:
    return rest_sentence(told["leader"], date.fromisoformat(told["first"]), date.fromisoformat(told["last"]))


def _bought(member_id: UUID | None) -> Any:
    if member_id is None:
        return Value(0)
    lines = OrderLine.objects.filter(
        campaign_item=OuterRef("pk"), order__member=member_id, order__state__in=LIVE_STATES
    )
    held = Sum(F("quantity") - F("withdrawn_quantity"))  # what was taken back before it was fetched is free again
    summed = lines.order_by().values("campaign_item").annotate(pieces=held).values("pieces")
    return Case(
        When(per_member_limit__isnull=False, then=Coalesce(Subquery(summed), Value(0))),
        default=Value(0),
        output_field=IntegerField(),
    )


def _as_json(own: Collection[str], leaders: Collection[str]) -> JSONObject:
    return JSONObject(**{name: name for name in own}, **{f"leader__{name}": F(f"leader__{name}") for name in leaders})


def _point_of(told: dict[str, Any] | None) -> PickupPoint | None:
    """Make a row of what was read beside the items; columns that were not read are read when asked for."""
    if told is None:
        return None
    leader = Leader.from_db("default", _LEADER, [told[f"leader__{name}"] for name in _LEADER])
    point = PickupPoint.from_db("default", _POINT, [told[name] for name in _POINT])
    for row, names in ((leader, ("id", "member_id")), (point, ("id", "leader_id", "area_id"))):
        for name in names:
            if getattr(row, name):
                setattr(row, name, UUID(getattr(row, name)))
    point.latitude, point.longitude = Decimal(str(point.latitude)), Decimal(str(point.longitude))
    point.leader = leader
    return point
