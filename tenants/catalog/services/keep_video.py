"""A product's video: looked through, kept, covered, taken away."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.ports.storage import delete_file, keep_file, public_url
from tenants.catalog.models import Product, ProductPicture
from tenants.catalog.selectors import ProductMissing
from tenants.catalog.services.mp4 import Video, read_mp4, without_traces
from tenants.journal.services import Actor, record


class CoverMissing(Refused):
    """The picture chosen as cover is none of this product's."""

    code, kind, sentence = "cover_missing", Kind.CONFLICT, _("封面图已经被删掉了，请换一张。")


class NoVideo(Refused):
    """The product has no video."""

    code, kind, sentence = "no_video", Kind.MISSING, _("这个商品还没有视频。")


def keep_video(*, product_id: UUID, upload: bytes, now: datetime, by_name: str) -> Video:
    """Check a video and show it with the product, in the place of one that was there.

    The file is kept as it came but for what the camera wrote of place and person. It is written before the
    transaction; if that fails it is removed again, and the former one only after it.

    :raises ProductMissing, NotAVideo, StrangeVideo, VideoTooLarge, VideoTooLong:
    """
    if not Product.objects.filter(pk=product_id).exists():
        raise ProductMissing
    video = read_mp4(upload)
    key = keep_file(content=without_traces(upload), room="goods", suffix="mp4")
    try:
        with transaction.atomic(durable=True):
            product = _locked(product_id)
            former, product.video_key = product.video_key, key
            product.video_millis, product.video_bytes = video.millis, len(upload)
            product.video_width, product.video_height = video.width, video.height
            _write(product, "product.video_kept", now=now, by_name=by_name)
    except BaseException:
        delete_file(key)
        raise
    if former:
        delete_file(former)
    return video


def cover_video(*, product_id: UUID, picture_id: UUID, now: datetime, by_name: str) -> None:
    """Show one of the product's pictures before its video plays. :raises ProductMissing, NoVideo, CoverMissing:"""
    with transaction.atomic(durable=True):
        product = _locked(product_id)
        if not product.video_key:
            raise NoVideo
        if not ProductPicture.objects.filter(pk=picture_id, product=product, removed_at=None).exists():
            raise CoverMissing
        product.video_cover = picture_id
        _write(product, "product.video_covered", now=now, by_name=by_name)


def remove_video(*, product_id: UUID, now: datetime, by_name: str) -> None:
    """Take a product's video away with its file; one that is gone already stays gone. :raises ProductMissing:"""
    with transaction.atomic(durable=True):
        product = _locked(product_id)
        former = product.video_key
        if not former:
            return
        product.video_key, product.video_cover = "", None
        product.video_millis = product.video_bytes = product.video_width = product.video_height = 0
        _write(product, "product.video_removed", now=now, by_name=by_name)
    delete_file(former)


def video_shown(product: Product) -> dict[str, object] | None:
    """Tell a product's video with its cover; the product came with its ``shown_pictures``."""
    if not product.video_key:
        return None
    pictures = {one.pk: one.file_key for one in product.shown_pictures}  # type: ignore[attr-defined]
    cover = pictures.get(product.video_cover) or next(iter(pictures.values()), "")
    return {
        "url": public_url(product.video_key),
        "cover_key": cover,
        "seconds": -(-product.video_millis // 1000),
        "width": product.video_width,
        "height": product.video_height,
        "bytes": product.video_bytes,
    }


def _locked(product_id: UUID) -> Product:
    product: Product | None = Product.objects.select_for_update().filter(pk=product_id).first()
    if product is None:
        raise ProductMissing
    return product


def _write(product: Product, what: str, *, now: datetime, by_name: str) -> None:
    # Not a new version: pictures and video are saved by themselves, beside the form that somebody has open
    product.updated_at = now
    product.save()
    record(what=what, subject=product, at=now, actor=Actor(kind="person", id="", name=by_name))
