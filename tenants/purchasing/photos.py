"""Pictures taken at the door when goods come in: drawn anew, kept where only the store's people see them."""

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.ports.storage import delete_file, keep_file
from tenants.catalog.services.encode_picture import encode_picture
from tenants.purchasing.models import DeliveryPhoto
from tenants.purchasing.selectors import PurchaseMissing

MOST_PHOTOS = 9  # a delivery


class TooManyDeliveryPhotos(Refused):
    """A delivery shows nine pictures at most."""

    code, kind, sentence = "too_many_delivery_photos", Kind.INVALID, _("一次收货最多上传 9 张图片。")


class DeliveryPhotoMissing(PurchaseMissing):
    """There is no such picture in this store."""

    code, sentence = "delivery_photo_missing", _("没有找到这张图片。")


def keep_photos(uploads: Sequence[bytes]) -> list[str]:
    """Check pictures, draw them anew and keep them, all or none; return their keys, for the caller to write or drop.

    :raises TooManyDeliveryPhotos, NotAPicture, PictureTooLarge:
    """
    if len(uploads) > MOST_PHOTOS:
        raise TooManyDeliveryPhotos(fields={"photos": [TooManyDeliveryPhotos.sentence]})
    try:
        drawn = [encode_picture(upload).large for upload in uploads]
    except Refused as refusal:
        raise type(refusal)(fields={"photos": [str(refusal)]}) from None
    return [keep_file(content=one, room="purchases", suffix="webp") for one in drawn]


def drop_photos(keys: Sequence[str]) -> None:
    """Delete pictures that were kept for a delivery that was not written."""
    for key in keys:
        delete_file(key)


def photo_of_delivery(photo_id: UUID) -> DeliveryPhoto:
    """Fetch a picture for the store's people. :raises DeliveryPhotoMissing:"""
    found = DeliveryPhoto.objects.filter(pk=photo_id).first()
    if found is None:
        raise DeliveryPhotoMissing
    return found
