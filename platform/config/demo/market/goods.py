"""Filling a store's shelves from the list of goods.

goods.csv holds names and costs taken from the published prices of a wholesale market (yuan per 500 g); forms and
colours are ours, for the pictures.
"""

import csv
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import UUID

from config.demo.market.drawing import draw_goods
from tenants.catalog.models import Category, Product
from tenants.catalog.services.add_picture import add_picture
from tenants.catalog.services.drafts import ProductDraft, SkuDraft
from tenants.inventory.services.save_stocked_product import save_stocked_product

_LIST = Path(__file__).with_name("goods.csv")
_ORIGINS = ("浙江", "山东寿光", "云南", "陕西", "海南", "新疆", "四川", "本地")
_MARKUP_PERCENT = 165  # shelf price over wholesale cost, before the nine at the end


@dataclass(frozen=True)
class Goods:
    """One line of the list."""

    title: str
    category: str
    form: str
    colour: str
    cost_fen: int  # per 500 g

    @property
    def number(self) -> int:
        """A number that stays the same from run to run, for whatever must not be the same for all goods."""
        return zlib.crc32(self.title.encode())


@cache
def all_goods() -> tuple[Goods, ...]:
    """Read the list."""
    with _LIST.open(encoding="utf-8", newline="") as file:
        return tuple(
            Goods(row["title"], row["category"], row["form"], row["colour"], int(row["cost_fen_per_jin"]))
            for row in csv.DictReader(file)
        )


@cache
def picture_of(goods: Goods) -> bytes:
    """Draw a kind of goods, once a run."""
    return draw_goods(form=goods.form, colour=goods.colour, seed=goods.number)


def stock_the_shelves(
    *, goods: tuple[Goods, ...], now: datetime, by_name: str, say: Callable[[int], None]
) -> dict[UUID, Goods]:
    """Create the products with SKUs, stock and pictures; return them by id."""
    categories = {
        name: Category.objects.get_or_create(name=name, defaults={"position": place})[0].pk
        for place, name in enumerate(dict.fromkeys(each.category for each in goods))
    }
    made: dict[UUID, Goods] = {}
    for count, each in enumerate(goods, 1):
        product = _shelve(each, categories[each.category], now=now, by_name=by_name)
        add_picture(product_id=product.pk, upload=picture_of(each), now=now)
        made[product.pk] = each
        say(count)
    return made


def _shelve(each: Goods, category_id: UUID, *, now: datetime, by_name: str) -> Product:
    skus = [
        SkuDraft(
            label=label,
            price_minor=price,
            strike_minor=price + 200 if each.number % 3 == 0 else None,
            cost_minor=each.cost_fen * jin,
            opening_stock=300 + each.number % 200,
        )
        for label, jin, price in _packs(each)
    ]
    return save_stocked_product(
        draft=ProductDraft(
            title=each.title,
            subtitle=("当天到货，新鲜直供" if each.category != "时令水果" else "现摘现发，坏果包赔"),
            category_id=category_id,
            origin=_ORIGINS[each.number % len(_ORIGINS)],
            storage="冷藏" if each.number % 4 == 0 else "常温",
            description=f"{each.title}每天凌晨从批发市场采购，当天分拣装袋。份量按标签，少一罚十。",
            parameters=[("产地", _ORIGINS[each.number % len(_ORIGINS)]), ("保存", "阴凉通风，尽快食用")],
            skus=skus,
        ),
        now=now,
        by_name=by_name,
    )


def _packs(each: Goods) -> Iterator[tuple[str, int, int]]:
    yield "约500g/份", 1, _shelf_price(each.cost_fen)
    if each.number % 3 == 1:
        yield "约1.5kg/家庭装", 3, _shelf_price(each.cost_fen * 3 * 92 // 100)


def _shelf_price(cost_fen: int) -> int:
    """Mark up and end on nine jiao, as shop windows do; never under 1.9 yuan a pack."""
    yuan = max(cost_fen * _MARKUP_PERCENT // 100, 150) // 100
    return yuan * 100 + 90
