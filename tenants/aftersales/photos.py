"""Pictures that show what was wrong: made ours as product pictures are, and shown to nobody but the parties."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.ports.storage import delete_file, keep_file, read_file
from kit.signing import is_signed, sign
from tenants.aftersales.models import AfterSale, AfterSalePhoto
from tenants.aftersales.selectors import PhotoMissing
from tenants.catalog.services.encode_picture import encode_picture
from tenants.members.models import Member

MOST_PHOTOS = 6  # a request
MOST_LOOSE = 12  # a member: uploaded and not hung to any request yet
SEEN_FOR = timedelta(hours=2)  # how long an address of a picture opens it
_LOOSE_FOR = timedelta(days=1)
_PURPOSE = "after-sale photo"


class TooManyPhotos(Refused):
    """A request shows six pictures at most, and so many may wait for one."""

    code, kind, sentence = "too_many_photos", Kind.INVALID, _("最多上传 6 张图片。")


def add_photo(*, member: Member, upload: bytes, now: datetime) -> AfterSalePhoto:
    """Check a picture, draw it anew and keep it for the member's next request.

    :raises NotAPicture, PictureTooLarge, TooManyPhotos:
    """
    if AfterSalePhoto.objects.filter(member=member, after_sale=None).count() >= MOST_LOOSE:
        raise TooManyPhotos
    key = keep_file(content=encode_picture(upload).large, room="aftersales", suffix="webp")
    try:
        with transaction.atomic(durable=True):
            photo: AfterSalePhoto = AfterSalePhoto.objects.create(member=member, file_key=key, created_at=now)
    except BaseException:
        delete_file(key)
        raise
    return photo


def hang(*, photo_ids: Collection[UUID], member: Member | None, after_sale: AfterSale) -> None:
    """Hang a member's own loose pictures to a request, in the caller's transaction.

    :raises PhotoMissing: another's, or one that hangs already. :raises TooManyPhotos:
    """
    wanted = set(photo_ids)
    if not wanted:
        return
    if len(wanted) + AfterSalePhoto.objects.filter(after_sale=after_sale).count() > MOST_PHOTOS:
        raise TooManyPhotos
    loose = AfterSalePhoto.objects.filter(pk__in=wanted, member=member, after_sale=None)
    if member is None or loose.update(after_sale=after_sale) != len(wanted):
        raise PhotoMissing


def link_of(photo: AfterSalePhoto, *, now: datetime) -> str:
    """Sign an address that opens a picture in this store for two hours, for a phone that can send no token."""
    until = int((now + SEEN_FOR).timestamp()) // 3600 * 3600  # the same address for an hour, so that it is kept
    return f"{photo.pk}.{until}.{sign(f'{photo.pk}.{until}'.encode(), purpose=_PURPOSE)}"


def photo_by_link(link: str, *, now: datetime) -> bytes:
    """Read the picture that a signed address opens. :raises PhotoMissing: not signed here, or too old."""
    words, _dot, signature = link.rpartition(".")
    photo_id, _dot, until = words.partition(".")
    if not is_signed(words.encode(), signature, purpose=_PURPOSE):
        raise PhotoMissing
    if int(until) < now.timestamp() or (photo := AfterSalePhoto.objects.filter(pk=photo_id).first()) is None:
        raise PhotoMissing
    return read_file(photo.file_key)


def purge_photos(*, now: datetime) -> int:
    """Delete pictures that no request took within a day, rows first and then files; say how many."""
    old = list(AfterSalePhoto.objects.filter(after_sale=None, created_at__lt=now - _LOOSE_FOR)[:500])
    with transaction.atomic(durable=True):
        loose = AfterSalePhoto.objects.filter(pk__in=[photo.pk for photo in old], after_sale=None)
        gone = list(loose.select_for_update())
        loose.filter(pk__in=[photo.pk for photo in gone]).delete()
    for photo in gone:
        delete_file(photo.file_key)
    return len(gone)
