"""The ways to the door that a store offers, and whether one reaches an address."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from kit.tenancy import current_store
from kit.web.format import money
from tenants.delivery.freight import Freight, Parcel, freight_to, weight_text
from tenants.delivery.models import Address, DeliveryWay, FreightZone, WayKind
from tenants.delivery.slots import Slot, chosen, slots_by_day, slots_problem
from tenants.delivery.zones import is_vague, zone_of
from tenants.inventory.models import Warehouse, WarehouseState
from tenants.journal.services import Actor, record
from tenants.leaders.areas import metres_between
from tenants.leaders.models import PickupPoint
from tenants.members.models import Member

Place = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a member wants goods to come: by which way, to which address, at which slot (of several pickup days, at
    which on each)."""

    kind: WayKind = WayKind.PICKUP
    address_id: UUID | None = None
    slot_id: UUID | None = None
    slot_ids: Mapping[date, UUID] = field(default_factory=dict)  # by pickup day

    def slots_of(self, days: Collection[date]) -> dict[date, UUID]:
        """Say which slot is meant on each pickup day; one that was said without a day is of the only day."""
        meant = {day: self.slot_ids[day] for day in days if day in self.slot_ids}
        if self.slot_id and len(days) == 1:
            meant |= dict.fromkeys(days, self.slot_id)
        return meant


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is true of such a wish at one moment. ``places`` is from where a way by the store is measured."""

    kind: WayKind = WayKind.PICKUP
    way: DeliveryWay | None = None
    address: Address | None = None
    places: tuple[Place, ...] = field(default=())
    slots: Mapping[date, tuple[Slot, ...]] = field(default_factory=dict)  # of the way, by pickup day
    slot_ids: Mapping[date, UUID] = field(default_factory=dict)  # which of them is meant
    zone: FreightZone | None = None  # of an express, in which the address lies
    asks_province: bool = False  # only its province could tell

    def slot_on(self, pickup_date: date) -> Slot | None:
        """Find the slot that is meant for goods of a pickup day, of those offered."""
        return chosen(self.slots.get(pickup_date, ()), self.slot_ids.get(pickup_date))

    def fee_for(self, goods_minor: int, parcel: Parcel) -> int:
        """Say what bringing a day's goods of so much costs; fetching costs nothing."""
        if self.kind == WayKind.EXPRESS:
            freight = self.freight_for(goods_minor, parcel)
            return freight.fee_minor if freight else 0
        return self.way.fee_for(goods_minor) if self.way else 0

    def freight_for(self, goods_minor: int, parcel: Parcel) -> Freight | None:
        """Say what sending a day's goods costs, and why; nothing where they do not go by weight."""
        if self.way is None or self.zone is None:
            return None
        return freight_to(self.zone, parcel=parcel, goods_minor=goods_minor)

    def problem_at(self, point: PickupPoint | None, *, orders: Mapping[date, int]) -> str:
        """Say in a sentence what stands in the way of bringing so many orders a pickup day; empty when nothing does."""
        return self._place_problem(point) or slots_problem(offered=self.slots, wanted=self.slot_ids, orders=orders)

    def _place_problem(self, point: PickupPoint | None) -> str:
        if self.kind == WayKind.PICKUP:
            return ""
        if self.way is None:
            return _("本店暂不支持这种配送方式")
        if self.address is None:
            return _("请选择收货地址")
        if self.kind == WayKind.EXPRESS:
            return self._zone_problem()
        if self.way.reach_m is None:
            return ""
        if self.address.latitude is None or self.address.longitude is None:
            return _("这个地址没有定位，无法确认是否在配送范围内，请编辑地址补上定位")
        return self._too_far(self.address.latitude, self.address.longitude, self.way.reach_m, point)

    def _zone_problem(self) -> str:
        if self.asks_province:
            return _("请编辑收货地址补上省份，才能算快递费")
        return "" if self.zone and self.zone.is_on else _("暂不配送到这里")

    def _too_far(self, north: Decimal, east: Decimal, reach_m: int, point: PickupPoint | None) -> str:
        starts = self.places
        if self.kind == WayKind.LEADER_HOME or not starts:
            starts = ((point.latitude, point.longitude),) if point else ()
        away = min((metres_between(*start, north, east) for start in starts), default=0)
        if away <= reach_m:
            return ""
        return _("超出配送范围 %(km)s km") % {"km": f"{max(away - reach_m, 100) / 1000:.1f}"}


FETCHED = Delivery()


def delivery_wanted(wanted: Wanted, *, member: Member | None, days: Collection[date], now: datetime) -> Delivery:
    """Read what such a wish for goods of some pickup days is judged by: nothing where they are fetched, at most four
    statements otherwise."""
    if wanted.kind == WayKind.PICKUP:
        return FETCHED
    way = DeliveryWay.objects.filter(kind=wanted.kind, is_on=True).first()
    address = None
    if wanted.address_id and member:
        address = Address.objects.filter(member=member, pk=wanted.address_id).first()
    if way and wanted.kind == WayKind.EXPRESS:
        return _sent(way, address)
    places: tuple[Place, ...] = ()
    if way and way.reach_m is not None and wanted.kind != WayKind.LEADER_HOME:
        known = Warehouse.objects.filter(state=WarehouseState.OPEN, latitude__isnull=False, longitude__isnull=False)
        places = tuple(
            (one.latitude, one.longitude) for one in known if one.latitude is not None and one.longitude is not None
        )
    slots = slots_by_day(kind=wanted.kind, days=days, now=now) if way and days else {}
    return Delivery(wanted.kind, way, address, places, slots, wanted.slots_of(days))


def _sent(way: DeliveryWay, address: Address | None) -> Delivery:
    """An express has no range and no time of day; what it costs goes by the address and the weight."""
    zones = list(FreightZone.objects.all()) if address else []
    zone = zone_of(address, zones) if address else None
    return Delivery(
        WayKind.EXPRESS, way, address, zone=zone, asks_province=address is not None and is_vague(address, zones)
    )


def offered_ways() -> list[DeliveryWay]:
    """List the ways to the door that the store offers, in the order in which they are named."""
    return [way for way in all_ways() if way.is_on]


def all_ways() -> list[DeliveryWay]:
    """List every way to the door as it is set, also those that nobody set yet."""
    known = {way.kind: way for way in DeliveryWay.objects.all()}
    return [known.get(kind) or DeliveryWay(kind=kind) for kind in WayKind.values if kind != WayKind.PICKUP]


def cheapest_zone() -> FreightZone | None:
    """Find the zone where an express begins at least money; none where nothing is sent."""
    return FreightZone.objects.filter(is_on=True).order_by("first_minor", "id").first()


def words_about(way: DeliveryWay, zone: FreightZone | None = None) -> str:
    """Say in a sentence what a way costs and how far it goes; of an express, from how much (``zone``: the cheapest)."""
    currency = current_store().currency
    if way.kind == WayKind.EXPRESS:
        if zone is None:
            return _("按重量和地区算运费")
        words = {"weight": weight_text(zone.first_grams), "fee": money(zone.first_minor, currency)}
        return _("按重量和地区算运费，首重 %(weight)s %(fee)s 起") % words
    said = [_("配送费 %(fee)s") % {"fee": money(way.fee_minor, currency)} if way.fee_minor else _("免配送费")]
    if way.fee_minor and way.free_from_minor is not None:
        said.append(_("满 %(from)s 免配送费") % {"from": money(way.free_from_minor, currency)})
    if way.reach_m is not None:
        said.append(_("%(km)s km 内") % {"km": f"{way.reach_m / 1000:g}"})
    return _("，").join(said)


def save_way(
    *,
    kind: WayKind,
    is_on: bool,
    fee_minor: int,
    free_from_minor: int | None,
    reach_m: int | None,
    now: datetime,
    by_name: str,
) -> DeliveryWay:
    """Set a way to the door. Orders that were placed keep what they agreed to."""
    with transaction.atomic(durable=True):
        values: dict[str, Any] = {
            "is_on": is_on,
            "fee_minor": fee_minor,
            "free_from_minor": free_from_minor,
            "reach_m": reach_m,
        }
        way, _made = DeliveryWay.objects.update_or_create(kind=kind, defaults=values)
        record(what="delivery.set", subject=way, at=now, actor=Actor(kind="person", name=by_name), **values)
    return way
