"""One more picture of a product."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.ports.storage import delete_file, keep_file, keep_variant, variant_key
from tenants.catalog.models import Product, ProductPicture
from tenants.catalog.selectors import SMALL, ProductMissing
from tenants.catalog.services.encode_picture import EncodedPicture, encode_picture

MOST_PICTURES = 9


class TooManyPictures(Refused):
    """A product shows nine pictures at most."""

    code, kind, sentence = "too_many_pictures", Kind.INVALID, _("一个商品最多 9 张图，先删掉一张再传。")


def add_picture(*, product_id: UUID, upload: bytes, now: datetime) -> ProductPicture:
    """Check a picture, keep it in both sizes and hang it behind the product's others.

    The files are written before the transaction; if it fails they are removed again.

    :raises ProductMissing, NotAPicture, PictureTooLarge, TooManyPictures:
    """
    if not Product.objects.filter(pk=product_id).exists():
        raise ProductMissing
    encoded = encode_picture(upload)
    key = keep_picture(encoded)
    try:
        with transaction.atomic(durable=True):
            product = Product.objects.select_for_update().filter(pk=product_id).first()
            if product is None:
                raise ProductMissing
            shown = product.pictures.filter(removed_at=None)
            if shown.count() >= MOST_PICTURES:
                raise TooManyPictures
            last = shown.aggregate(last=Max("position"))["last"]
            picture = ProductPicture.objects.create(
                product=product,
                file_key=key,
                width=encoded.width,
                height=encoded.height,
                position=0 if last is None else last + 1,
            )
            Product.objects.filter(pk=product_id).update(updated_at=now)
    except BaseException:
        forget_picture(key)
        raise
    return picture


def keep_picture(encoded: EncodedPicture, *, room: str = "goods") -> str:
    """Keep both sizes in a room of the store's files and return the key of the large one."""
    key = keep_file(content=encoded.large, room=room, suffix="webp")
    keep_variant(content=encoded.small, beside=key, variant=SMALL)
    return key


def forget_picture(key: str) -> None:
    """Delete both sizes."""
    delete_file(key)
    delete_file(variant_key(key, SMALL))
