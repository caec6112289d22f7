"""A list as a picture: the same words give the same bytes, its code is the link, and nothing it is given breaks it."""

from dataclasses import replace
from io import BytesIO

import segno
from PIL import Image

from tenants.campaigns.poster import Poster, PosterGoods, draw_poster

LINK = "https://lvjia.example/m/#/sub/goods/joins?id=0195b3a2-7c6e-7d11-9c39-1f0a5d2e4b77"
POSTER = Poster(
    shop="绿家生鲜",
    name="老邻居接龙",
    facts=["2026-11-22 23:00 截单", "11月23日 周一 提货"],
    goods=[PosterGoods("农家土鸡蛋 30枚/板", "¥19.90"), PosterGoods("红富士苹果 5斤", "¥29.90")],
    more="",
    hint="长按识别二维码，来接龙",
    link=LINK,
)


def drawn(poster: Poster) -> Image.Image:
    picture = Image.open(BytesIO(draw_poster(poster)))
    assert picture.format == "PNG"
    return picture.convert("RGB")


def a_picture(color: str) -> bytes:
    made = BytesIO()
    Image.new("RGB", (300, 200), color).save(made, "WEBP", lossless=True)
    return made.getvalue()


def test_the_same_words_give_the_same_bytes_and_others_another_picture() -> None:
    assert draw_poster(POSTER) == draw_poster(POSTER)
    for other in (
        replace(POSTER, name="周末接龙"),
        replace(POSTER, shop="邻里"),
        replace(POSTER, facts=[]),
        replace(POSTER, hint="x"),
    ):
        assert draw_poster(other) != draw_poster(POSTER)


def test_its_code_is_the_link_dot_for_dot() -> None:
    picture = drawn(POSTER)
    matrix = [[bool(dot) for dot in row] for row in segno.make(LINK, error="m").matrix_iter(border=4)]
    scale = 200 // len(matrix)
    left, up = 48, picture.height - 200 - 48

    def is_dark(x: int, y: int) -> bool:
        red, green, blue = picture.getpixel((left + x * scale + scale // 2, up + y * scale + scale // 2))  # type: ignore[misc]
        return bool(red + green + blue < 300)

    assert [[is_dark(x, y) for x in range(len(matrix))] for y in range(len(matrix))] == matrix


def test_pictures_of_goods_are_shown_and_a_broken_one_costs_only_itself() -> None:
    plain = drawn(POSTER)
    goods = [replace(POSTER.goods[0], picture=a_picture("#ff0000")), replace(POSTER.goods[1], picture=b"no picture")]

    shown = drawn(replace(POSTER, goods=goods))

    assert shown.size == plain.size
    up = shown.height - 296 - 2 * 128
    assert shown.getpixel((100, up + 52)) == (255, 0, 0)
    assert shown.getpixel((100, up + 128 + 52)) == plain.getpixel((100, up + 128 + 52))


def test_long_words_stay_inside_and_only_so_many_goods_are_drawn() -> None:
    many = [PosterGoods("名字很长的商品" * 20, "¥1,234,567.89") for _number in range(40)]
    poster = replace(POSTER, name="接龙" * 60, shop="店" * 60, goods=many, more="还有 34 种商品", hint="来" * 90)

    picture = drawn(poster)

    assert picture.width == 750
    assert picture.height < 1600
    edge = [picture.getpixel((x, y)) for x in range(742, 750) for y in range(300, picture.height - 300)]
    assert set(edge) <= {(255, 255, 255), (11, 122, 59)}
    assert drawn(replace(POSTER, goods=[], name="", shop="", hint="")).height > 400
