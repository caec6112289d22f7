"""The page on which a list is put together: what was typed, what it costs, what can be added."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from kit.money import NotAnAmount, minor_units
from tenants.backoffice.forms_campaigns import ItemForm
from tenants.campaigns.margins import Margin, margin_of
from tenants.campaigns.models import CampaignItem
from tenants.campaigns.selectors_desk import goods_to_offer, skus_with_ids
from tenants.catalog.models import Sku
from tenants.catalog.selectors import covers_of

_FOUND = 12


@dataclass(frozen=True)
class Row:
    """A row of the editor: what is typed, and what is known of the thing."""

    form: ItemForm
    sku: Sku | None  # None: deleted since
    margin: Margin | None
    taken: int = 0
    picture: str = ""


def rows_to_show(rows: Any, *, known: Sequence[CampaignItem], currency: str) -> list[Row]:
    """Join the typed rows with their SKUs, the margin of the typed price, and what is taken already."""
    ids = [_uuid(form["sku_id"].value()) for form in rows.forms]
    skus = skus_with_ids([one for one in ids if one])
    taken = {item.sku_id: item.taken for item in known}
    pictures = covers_of({sku.product_id for sku in skus.values()})
    return [
        Row(
            form=form,
            sku=(sku := skus.get(one) if one else None),
            margin=margin_of(price_minor=_minor(form["price"].value(), currency), cost_minor=sku.cost_minor)
            if sku
            else None,
            taken=taken.get(one, 0) if one else 0,
            picture=pictures.get(sku.product_id, "") if sku else "",
        )
        for form, one in zip(rows.forms, ids, strict=True)
    ]


def with_sku(typed: list[dict[str, Any]], sku_id: str) -> list[dict[str, Any]]:
    """Add a row for a SKU at its usual price; one that is there already is not added again."""
    wanted = _uuid(sku_id)
    if wanted is None or any(_uuid(row["sku_id"]) == wanted for row in typed):
        return typed
    sku = skus_with_ids([wanted]).get(wanted)
    return [*typed, row_of(sku)] if sku else typed


def row_of(sku: Sku) -> dict[str, Any]:
    """Fill a row with a SKU's usual price."""
    return {"sku_id": sku.pk, "price": sku.price_minor, "strike": sku.strike_minor}


def without_row(typed: list[dict[str, Any]], row: str) -> list[dict[str, Any]]:
    """Take one row out."""
    return [one for place, one in enumerate(typed) if str(place) != row]


def goods_found(query: str, *, typed: Sequence[dict[str, Any]]) -> list[tuple[Sku, str]]:
    """Find goods that are not on the list yet, each with the key of its picture."""
    on_list = [one for one in (_uuid(row["sku_id"]) for row in typed) if one]
    found = goods_to_offer(query=query.strip()[:50], without=on_list, limit=_FOUND)
    pictures = covers_of({sku.product_id for sku in found})
    return [(sku, pictures.get(sku.product_id, "")) for sku in found]


def warnings_of(rows: Sequence[Row]) -> list[str]:
    """Say what a merchant should look at before publishing, though nothing forbids it."""
    losing = [row for row in rows if row.margin and row.margin.is_loss]
    empty = [row for row in rows if row.sku and _in_stock(row.sku) <= 0]
    short = [row for row in rows if row.sku and 0 < _in_stock(row.sku) < (row.form.cleaned_data["quota"] or 0)]
    found = []
    if losing:
        found.append(_("%(names)s的团购价低于成本价，卖一份亏一份。") % {"names": _names(losing)})
    if empty:
        found.append(_("%(names)s现在没有库存，顾客会看到已抢光。") % {"names": _names(empty)})
    if short:
        found.append(_("%(names)s的库存少于限量，按库存卖完为止。") % {"names": _names(short)})
    return found


def _names(rows: Sequence[Row]) -> str:
    shown = _("、").join(_("“%(title)s”") % {"title": row.sku.product.title} for row in rows[:3] if row.sku)
    return shown if len(rows) <= 3 else _("%(names)s等 %(count)d 个商品") % {"names": shown, "count": len(rows)}


def _in_stock(sku: Sku) -> int:
    stock = getattr(sku, "stock", None)
    return stock.available if stock else 0


def _minor(typed: Any, currency: str) -> int:
    if isinstance(typed, int):
        return typed
    try:
        return minor_units(str(typed or "0"), currency)
    except NotAnAmount:
        return 0


def _uuid(text: Any) -> UUID | None:
    try:
        return text if isinstance(text, UUID) else UUID(str(text))
    except ValueError:
        return None
