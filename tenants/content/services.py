"""Writing the store's own words."""

import re
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.colors import contrast_with_white, darkened_until_readable
from kit.errors import Kind, Refused
from tenants.content.models import StoreProfile
from tenants.journal.services import Actor, record

_COLOR = re.compile(r"#[0-9a-f]{6}\Z")
_PHONE = re.compile(r"(\+?\d[\d\- ]{5,18}\d)?\Z")
READABLE = 4.5  # WCAG 2.2, 1.4.3: contrast of normal text


@dataclass(frozen=True)
class ProfileDraft:
    """The store's words as the merchant wants them."""

    name: str
    notice: str
    service_phone: str
    brand_color: str


class NotAColor(Refused):
    """The colour is not written as #rrggbb."""

    code, kind, sentence = "not_a_color", Kind.INVALID, _("请填写颜色值，例如 #0b7a3b。")


class HardToRead(Refused):
    """White words on this colour cannot be read well. Facts: ``readable``, the nearest darker colour that can."""

    code, kind, sentence = "hard_to_read", Kind.INVALID, _("白色文字在这个颜色上看不清，请换深一点的颜色。")


class NotAServicePhone(Refused):
    """The service phone is no number that can be dialled: landlines and 400 numbers are welcome."""

    code, kind, sentence = "not_a_service_phone", Kind.INVALID, _("请填写手机号或带区号的座机，例如 021-61234567。")


def write_first_words(*, name: str) -> StoreProfile:
    """Give a new store its profile; a store that has one keeps it."""
    profile: StoreProfile
    profile, _is_new = StoreProfile.objects.get_or_create(only=True, defaults={"name": name})
    return profile


def edit_profile(*, draft: ProfileDraft, now: datetime, by_name: str) -> StoreProfile:
    """Change the store's name, notice, service phone and colour. :raises NotAColor, HardToRead, NotAServicePhone:"""
    color = draft.brand_color.strip().lower()
    if not _COLOR.match(color):
        raise NotAColor(fields={"brand_color": [NotAColor.sentence]})
    if contrast_with_white(color) < READABLE:
        raise HardToRead(
            fields={"brand_color": [HardToRead.sentence]}, readable=darkened_until_readable(color, READABLE)
        )
    if not _PHONE.match(draft.service_phone.strip()):
        raise NotAServicePhone(fields={"service_phone": [NotAServicePhone.sentence]})
    wanted = {**asdict(draft), "brand_color": color, "service_phone": draft.service_phone.strip()}
    with transaction.atomic(durable=True):
        profile: StoreProfile = StoreProfile.objects.select_for_update().get(only=True)
        changed = [field for field, value in wanted.items() if getattr(profile, field) != value]
        if not changed:
            return profile
        for field in changed:
            setattr(profile, field, wanted[field])
        profile.save(update_fields=changed)
        actor = Actor(kind="person", name=by_name)
        record(what="store.profile_edited", subject=profile, at=now, actor=actor, changed=changed)
    return profile


def store_profile() -> StoreProfile:
    """Return this store's profile."""
    profile: StoreProfile = StoreProfile.objects.get(only=True)
    return profile
