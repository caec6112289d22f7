"""Making a stranger's picture ours: opened by three known decoders, drawn anew, stripped of everything else."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from kit.errors import Kind, Refused

FORMATS = ("JPEG", "PNG", "WEBP")  # the decoders Pillow may use; every other one stays shut
MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
LARGE, SMALL = 1200, 400  # longest side in pixels
_QUALITY = 82


@dataclass(frozen=True)
class EncodedPicture:
    """A picture in our two sizes, as WebP without any metadata."""

    large: bytes
    small: bytes
    width: int
    height: int


class NotAPicture(Refused):
    """The file is no JPEG, PNG or WebP, or it is broken."""

    code, kind, sentence = "not_a_picture", Kind.INVALID, _("这个文件不是能用的图片，请上传 JPG、PNG 或 WebP。")


class PictureTooLarge(Refused):
    """The file has more than 10 MB or 40 million pixels."""

    code, kind, sentence = "picture_too_large", Kind.INVALID, _("图片太大：最多 10 MB、4000 万像素，请压缩后再传。")


def check_picture(upload: bytes) -> None:
    """Check that a picture can be opened and is whole, without drawing it. :raises NotAPicture, PictureTooLarge:"""
    with _plain_refusals():
        _verify(upload)


def encode_picture(upload: bytes) -> EncodedPicture:
    """Check a picture and draw it anew in two sizes. :raises NotAPicture, PictureTooLarge:"""
    with _plain_refusals():
        _verify(upload)
        picture = _draw(upload)
    large, small = _fitted(picture, LARGE), _fitted(picture, SMALL)
    return EncodedPicture(_webp(large), _webp(small), large.width, large.height)


@contextmanager
def _plain_refusals() -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # _verify judges the size
            yield
    except Image.DecompressionBombError:
        raise PictureTooLarge from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError):
        # what Pillow's decoders raise for broken files
        raise NotAPicture from None


def _verify(upload: bytes) -> None:
    if len(upload) > MOST_BYTES:
        raise PictureTooLarge
    with Image.open(BytesIO(upload), formats=FORMATS) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise PictureTooLarge
        picture.verify()


def _draw(upload: bytes) -> Image.Image:
    # verify() leaves the file unusable, so it is opened again; a JPEG is decoded at about the size we need
    with Image.open(BytesIO(upload), formats=FORMATS) as picture:
        picture.draft("RGB", (LARGE, LARGE))
        upright = ImageOps.exif_transpose(picture)
        has_alpha = "A" in upright.getbands() or "transparency" in upright.info
        return upright.convert("RGBA" if has_alpha else "RGB")


def _fitted(picture: Image.Image, longest: int) -> Image.Image:
    fitted = picture.copy()
    fitted.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return fitted


def _webp(picture: Image.Image) -> bytes:
    target = BytesIO()
    picture.save(target, "WEBP", quality=_QUALITY, method=4, exif=b"", icc_profile=b"", xmp=b"")
    return target.getvalue()
