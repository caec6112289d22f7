"""Which rate a line earns, why, and how much that is. Pure: rules come in, words and numbers go out."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kit.money import PPM
from kit.web.format import money, percent
from tenants.commissions.models import CommissionRule, RuleScope

# The most a store may promise of one line, all levels together (market-and-domain.md C13)
CAP_PPM = 300_000
_ORDER = (RuleScope.PRODUCT, RuleScope.LEADER, RuleScope.STORE)  # the item's own rate comes before them all


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate in parts per million, where it comes from, and the rule (none for an item's own rate)."""

    ppm: int
    source: str
    rule: CommissionRule | None = None


def rate_for(*, item_ppm: int | None, product_id: UUID, leader_id: UUID, rules: Sequence[CommissionRule]) -> Rate:
    """Find the rate of one line: the first hit of item, product, leader, store. ``rules`` are the newest first."""
    if item_ppm is not None:
        return Rate(ppm=min(item_ppm, CAP_PPM), source="本团商品")
    wanted = {RuleScope.PRODUCT: product_id, RuleScope.LEADER: leader_id, RuleScope.STORE: None}
    for scope in _ORDER:
        for rule in rules:
            if rule.scope == scope and rule.scope_id == wanted[scope]:
                return Rate(ppm=rule.rate_ppm, source=_SOURCES[scope], rule=rule)
    return Rate(ppm=0, source="未设置佣金")


def amount_of(*, base_minor: int, ppm: int) -> int:
    """Take the commission of a line, rounded down to the minor unit: what remains stays with the store (C13)."""
    return base_minor * ppm // PPM


def reason_for(*, rate: Rate, base_minor: int, currency: str) -> str:
    """Say why a commission is what it is: “全店默认 8%：¥12.90 × 8% = ¥1.03”."""
    amount = amount_of(base_minor=base_minor, ppm=rate.ppm)
    share = percent(rate.ppm)
    return f"{rate.source} {share}：{money(base_minor, currency)} × {share} = {money(amount, currency)}"


_SOURCES = {RuleScope.PRODUCT: "商品佣金", RuleScope.LEADER: "团长专享", RuleScope.STORE: "全店默认"}
