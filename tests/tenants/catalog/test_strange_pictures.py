"""Pictures as phones, printers and strangers make them: shown upright, and holding nothing but their pixels."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from tenants.catalog.services.encode_picture import NotAPicture, encode_picture

SCRIPT = b"<script>alert(1)</script>"


def drawn(form: str = "JPEG", *, mode: str = "RGB", **options: Any) -> bytes:
    target = BytesIO()
    Image.new("RGB", (60, 40), "#d4380d").convert(mode).save(target, form, **options)
    return target.getvalue()


def ours(upload: bytes) -> Image.Image:
    return Image.open(BytesIO(encode_picture(upload).large))


def taken_upside(turn: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = turn
    exif.get_ifd(0x8825)[2] = (31.0, 12.0, 3.0)  # where it was taken
    return exif


def test_a_phone_held_upright_gives_an_upright_picture_without_the_place_it_was_taken() -> None:
    picture = ours(drawn(exif=taken_upside(6)))
    assert picture.size == (40, 60)
    assert not picture.getexif()
    assert not picture.info.get("exif")


@pytest.mark.parametrize("turn", [0, 9, 99])
def test_a_turn_that_does_not_exist_is_none(turn: int) -> None:
    assert ours(drawn(exif=taken_upside(turn))).size == (60, 40)


@pytest.mark.parametrize(
    ("form", "mode"), [("JPEG", "CMYK"), ("JPEG", "L"), ("PNG", "P"), ("PNG", "1"), ("PNG", "LA"), ("PNG", "RGBA")]
)
def test_every_way_of_colour_is_drawn(form: str, mode: str) -> None:
    assert ours(drawn(form, mode=mode)).size == (60, 40)


@pytest.mark.parametrize("form", ["WEBP", "PNG", "MPO"])
def test_of_a_moving_picture_the_first_stands(form: str) -> None:
    target = BytesIO()
    more = [Image.new("RGB", (60, 40), "blue")]
    Image.new("RGB", (60, 40), "red").save(target, form, save_all=True, append_images=more)
    picture = ours(target.getvalue())
    assert getattr(picture, "n_frames", 1) == 1
    red, _green, blue = picture.convert("RGB").getpixel((30, 20))  # type: ignore[misc]
    assert red > 200 > blue


def test_what_hangs_behind_the_pixels_is_left_behind() -> None:
    encoded = encode_picture(drawn() + SCRIPT)
    assert SCRIPT not in encoded.large + encoded.small


@pytest.mark.parametrize("upload", [drawn()[:300], drawn("PNG")[:60], drawn("GIF"), SCRIPT, b""])
def test_what_is_cut_off_or_no_picture_is_refused(upload: bytes) -> None:
    with pytest.raises(NotAPicture):
        encode_picture(upload)
