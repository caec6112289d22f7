"""A member's own addresses."""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.delivery.models import Address
from tenants.members.models import Member

MOST_ADDRESSES = 20


@dataclass(frozen=True, slots=True)
class AddressDraft:
    """An address as its member wants it."""

    name: str
    phone: str
    city: str
    detail: str
    province: str = ""
    district: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    is_default: bool = False


class AddressMissing(Refused):
    """There is no such address, or it is somebody else's."""

    code, kind, sentence = "address_missing", Kind.MISSING, _("没有找到这个地址。")


class TooManyAddresses(Refused):
    """A member keeps no more."""

    code, kind, sentence = "too_many_addresses", Kind.CONFLICT, _("最多保存 20 个地址，请先删掉不用的。")


def addresses_of(member: Member) -> list[Address]:
    """List a member's addresses, the usual one first."""
    return list(Address.objects.filter(member=member))


def address_of(*, member: Member, address_id: UUID) -> Address:
    """Read a member's own address. :raises AddressMissing:"""
    address = Address.objects.filter(member=member, pk=address_id).first()
    if address is None:
        raise AddressMissing
    return address


def save_address(*, member: Member, draft: AddressDraft, now: datetime, address_id: UUID | None = None) -> Address:
    """Add an address, or change one; the first, and whichever says so, becomes the usual one.

    :raises AddressMissing, TooManyAddresses:
    """
    with transaction.atomic(durable=True):
        Member.objects.select_for_update(no_key=True).get(pk=member.pk)  # two phones, one after the other
        own = Address.objects.filter(member=member)
        others = own.exclude(pk=address_id) if address_id else own
        address = address_of(member=member, address_id=address_id) if address_id else Address(member=member)
        if address_id is None and others.count() >= MOST_ADDRESSES:
            raise TooManyAddresses
        for name, value in asdict(draft).items():
            setattr(address, name, value)
        address.is_default = draft.is_default or not others.filter(is_default=True).exists()
        address.saved_at = now
        if address.is_default:
            others.filter(is_default=True).update(is_default=False)
        address.save()
    return address


def forget_address(*, member: Member, address_id: UUID) -> None:
    """Delete an address; orders keep their copy. Safe to repeat. The latest of the rest becomes the usual one."""
    with transaction.atomic(durable=True):
        Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        own = Address.objects.filter(member=member)
        own.filter(pk=address_id).delete()
        if not own.filter(is_default=True).exists() and (latest := own.order_by("-saved_at").first()):
            own.filter(pk=latest.pk).update(is_default=True)
