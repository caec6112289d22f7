"""The order of a product's pictures, and taking one away with a way back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.catalog.models import Product, ProductPicture
from tenants.catalog.selectors import ProductMissing, pictures_of
from tenants.catalog.services.add_picture import MOST_PICTURES, TooManyPictures, forget_picture

BACK_WITHIN = timedelta(days=1)


class PictureMissing(Refused):
    """There is no such picture at this product."""

    code, kind, sentence = "picture_missing", Kind.MISSING, _("没有找到这张图片。")


def order_pictures(*, product_id: UUID, picture_ids: Sequence[UUID]) -> None:
    """Show the pictures in this order; the first is the cover. Pictures not named follow in their old order.

    :raises ProductMissing:
    """
    with transaction.atomic(durable=True):
        shown = {picture.pk: picture for picture in _locked_pictures(product_id) if picture.removed_at is None}
        wanted = [shown.pop(picture_id) for picture_id in dict.fromkeys(picture_ids) if picture_id in shown]
        pictures = [*wanted, *shown.values()]
        for position, picture in enumerate(pictures):
            picture.position = position
        ProductPicture.objects.bulk_update(pictures, ["position"])


def move_picture(*, product_id: UUID, picture_id: UUID, by: int) -> None:
    """Move a picture some places to the back, or to the front if ``by`` is negative. :raises ProductMissing:"""
    shown = [picture.pk for picture in pictures_of(product_id)]
    if picture_id in shown:
        place = shown.index(picture_id)
        shown.insert(max(0, place + by), shown.pop(place))
    order_pictures(product_id=product_id, picture_ids=shown)


def remove_picture(*, product_id: UUID, picture_id: UUID, now: datetime) -> None:
    """Take a picture away. It can be brought back for a day. :raises ProductMissing, PictureMissing:"""
    with transaction.atomic(durable=True):
        picture = _picture(product_id, picture_id)
        picture.removed_at = now
        picture.save(update_fields=["removed_at"])


def restore_picture(*, product_id: UUID, picture_id: UUID) -> None:
    """Bring a removed picture back to its place. :raises ProductMissing, PictureMissing, TooManyPictures:"""
    with transaction.atomic(durable=True):
        picture = _picture(product_id, picture_id)
        if picture.removed_at is None:
            return
        if picture.product.pictures.filter(removed_at=None).count() >= MOST_PICTURES:
            raise TooManyPictures
        picture.removed_at = None
        picture.save(update_fields=["removed_at"])


def purge_pictures(*, now: datetime) -> int:
    """Delete pictures removed more than a day ago, rows first and then files; says how many."""
    old = list(ProductPicture.objects.filter(removed_at__lt=now - BACK_WITHIN)[:500])
    with transaction.atomic(durable=True):
        ProductPicture.objects.filter(pk__in=[picture.pk for picture in old]).delete()
    for picture in old:
        forget_picture(picture.file_key)
    return len(old)


def _locked_pictures(product_id: UUID) -> Sequence[ProductPicture]:
    if not Product.objects.select_for_update().filter(pk=product_id).exists():
        raise ProductMissing
    return list(ProductPicture.objects.filter(product_id=product_id).order_by("position", "id"))


def _picture(product_id: UUID, picture_id: UUID) -> ProductPicture:
    for picture in _locked_pictures(product_id):
        if picture.pk == picture_id:
            return picture
    raise PictureMissing
