"""Prices that are allowed and still want a second look: below cost, struck through without evidence."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext

from kit.money import major_units
from kit.tenancy import current_store
from tenants.catalog.models import Product, Sku
from tenants.catalog.services.price_history import Asked, StrikeEvidence, strike_evidence
from tenants.journal.services import Actor, record


def warn_prices(
    *, product_id: UUID, now: datetime, by_name: str, asked: Mapping[UUID, Collection[Asked]] | None = None
) -> list[str]:
    """Say what is doubtful about a product's prices, and write it into the journal.

    ``asked`` are the prices of its group buys.

    Selling below cost is dumping if it lasts, a strike-through price without evidence is price fraud (九不得):
    the merchant decides, and it is on record that the merchant was told.
    """
    skus = list(Sku.objects.filter(product=product_id, is_active=True).order_by("position", "pk"))
    evidence = strike_evidence([sku.pk for sku in skus], asked=asked)
    sentences = [sentence for sku in skus for sentence in _doubts(sku, evidence[sku.pk])]
    if sentences:
        actor = Actor(kind="person", id="", name=by_name)
        product = Product.objects.get(pk=product_id)
        record(what="product.prices_doubted", subject=product, at=now, actor=actor, sentences=sentences)
    return sentences


def _doubts(sku: Sku, evidence: StrikeEvidence) -> list[str]:
    currency, found = current_store().currency, []
    lowest_asked = min(sku.price_minor, sku.member_price_minor or sku.price_minor)
    if sku.cost_minor is not None and lowest_asked < sku.cost_minor:
        found.append(
            gettext("“%(label)s”卖 %(price)s，低于成本 %(cost)s，卖一份亏一份。")
            % {
                "label": sku.label,
                "price": major_units(lowest_asked, currency),
                "cost": major_units(sku.cost_minor, currency),
            }
        )
    if sku.strike_minor is None or sku.strike_source or evidence.carries(sku.strike_minor):
        return found
    if evidence.lowest_minor is None:
        sentence = gettext("“%(label)s”没有卖过更高的价，划线价 %(strike)s 缺少依据，请填写划线价来源或去掉划线价。")
        lowest = ""
    else:
        sentence = gettext(
            "“%(label)s”近 30 天最低卖过 %(lowest)s，划线价 %(strike)s 高于它，请填写划线价来源或调低划线价。"
        )
        lowest = major_units(evidence.lowest_minor, currency)
    strike = major_units(sku.strike_minor, currency)
    return [*found, sentence % {"label": sku.label, "strike": strike, "lowest": lowest}]
