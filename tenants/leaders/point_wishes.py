"""申请开团: a neighbour with no pickup point near leaves a phone and a place; the store's people follow it up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.phones import plain_phone
from kit.tenancy.sql import one_at_a_time
from tenants.journal.services import Actor, record
from tenants.leaders.models import Leader, PointWish, WishState
from tenants.members.models import Member

_MOST_A_DAY = 3
_DAY = timedelta(days=1)
LIVING = (WishState.NEW, WishState.TOUCHED)


class NotAgreed(Refused):
    """The neighbour did not agree that the store may call; nothing is kept then."""

    code, kind, sentence = "not_agreed", Kind.INVALID, _("同意店家用这个手机号联系您，才能提交。")


class TooManyWishes(Refused):
    """This phone left three wishes within a day."""

    code, kind, sentence = "too_many_wishes", Kind.TOO_MANY, _("今天已经提交过几次了，店家会尽快联系您。")


class WishMissing(Refused):
    """There is no such wish in this store."""

    code, kind, sentence = "wish_missing", Kind.MISSING, _("没有找到这条开团申请。")


class WishOver(Refused):
    """The wish was opened: it has a leader, and stays as it is."""

    code, kind, sentence = "wish_over", Kind.CONFLICT, _("这个小区已经开成了，不能再改。")


@dataclass(frozen=True, slots=True)
class WishDraft:
    """Where a neighbour wants a point, and how to reach them; the place is whole or not there."""

    name: str
    phone: str
    city: str
    estate: str
    address: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    would_lead: bool = False


def leave_wish(*, draft: WishDraft, agrees: bool, member: Member | None, now: datetime) -> PointWish:
    """Keep a neighbour's wish. The same phone and estate again is the same wish, as long as it is followed up.

    :param agrees: that the store may call; asked for beside the phone.
    :raises NotAgreed, NotAPhone, TooManyWishes:
    """
    if not agrees:
        raise NotAgreed(fields={"agrees": [NotAgreed.sentence]})
    phone = plain_phone(draft.phone)
    city, estate = draft.city.strip(), " ".join(draft.estate.split())
    with transaction.atomic(durable=True):
        one_at_a_time(f"wishes of {phone}")
        same = PointWish.objects.filter(phone=phone, city=city, estate=estate, state__in=LIVING)
        known: PointWish | None = same.order_by("-created_at", "pk").first()
        if known:
            return known
        if PointWish.objects.filter(phone=phone, created_at__gt=now - _DAY).count() >= _MOST_A_DAY:
            raise TooManyWishes
        is_placed = draft.latitude is not None and draft.longitude is not None
        wish: PointWish = PointWish.objects.create(
            member=member,
            name=draft.name.strip(),
            phone=phone,
            city=city,
            estate=estate,
            address=draft.address.strip(),
            latitude=draft.latitude if is_placed else None,
            longitude=draft.longitude if is_placed else None,
            would_lead=draft.would_lead,
            created_at=now,
            agreed_at=now,
        )
    return wish


def wishes_for_desk(*, query: str = "", state: str = "") -> QuerySet[PointWish]:
    """List wishes, the newest first, with the leader they became."""
    found = PointWish.objects.select_related("leader").order_by("-created_at", "-pk")
    if state:
        found = found.filter(state=state)
    if query := query.strip():
        words = Q(name__icontains=query) | Q(phone__contains=query) | Q(estate__icontains=query)
        found = found.filter(words | Q(city__icontains=query) | Q(address__icontains=query))
    return found


def count_wishes(*, query: str = "") -> dict[str, int]:
    """Count the wishes a search finds, by state; the key "" counts all of them."""
    counts = {str(state): 0 for state in WishState}
    for state in wishes_for_desk(query=query).select_related(None).order_by().values_list("state", flat=True):
        counts[state] += 1
    return {"": sum(counts.values()), **counts}


def wish_with_id(wish_id: UUID) -> PointWish:
    """Read one wish. :raises WishMissing:"""
    wish: PointWish | None = PointWish.objects.select_related("leader").filter(pk=wish_id).first()
    if wish is None:
        raise WishMissing
    return wish


def follow_wish(*, wish_id: UUID, state: WishState, note: str, now: datetime, by_name: str) -> PointWish:
    """Say how far a wish is: new, in touch, or refused. Opened it is by adding its leader alone.

    :raises WishMissing, WishOver:
    """
    if state == WishState.OPENED:
        raise WishOver
    with transaction.atomic(durable=True):
        wish = _locked(wish_id)
        _move(wish, state, now, by_name, note=note.strip())
    return wish


def open_wish(*, wish_id: UUID, leader: Leader, now: datetime, by_name: str) -> None:
    """Note in the caller's transaction which leader a wish became. :raises WishMissing, WishOver:"""
    wish = _locked(wish_id)
    _move(wish, WishState.OPENED, now, by_name, leader=leader)


def _move(wish: PointWish, state: WishState, now: datetime, by_name: str, **words: Any) -> None:
    wish.state, wish.followed_at, wish.followed_by = state, now, by_name[:60]
    for name, value in words.items():
        setattr(wish, name, value)
    wish.save(update_fields=["state", "followed_at", "followed_by", *words])
    actor = Actor(kind="person", name=by_name)
    record(what="wish.followed", subject=wish, at=now, actor=actor, reason=wish.note, state=str(state))


def _locked(wish_id: UUID) -> PointWish:
    wish: PointWish | None = PointWish.objects.select_for_update().filter(pk=wish_id).first()
    if wish is None:
        raise WishMissing
    if wish.state == WishState.OPENED:
        raise WishOver
    return wish
