"""A new version of a price: sold from then on, while whoever bought before keeps what they have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.catalogue import Edition, Feature, Interval, Limit, PriceVersion
from billing.rating import BrokenTiers
from control.audit.services import record_act
from kit.errors import Kind, Refused
from kit.money import PPM, UnknownCurrency, exponent_of


class PriceRefused(Refused):
    """The draft is no price. ``fields`` say what is wrong with which."""

    code, kind, sentence = "price_refused", Kind.INVALID, _("这个价格填得不对，请检查标出的地方。")


class PricesOverlap(Refused):
    """Another version of the same offer is or will be on sale at that time."""

    code, kind, sentence = "prices_overlap", Kind.CONFLICT, _("同一套餐、币种和周期，同一时间只能有一个价格在售。")


@dataclass(frozen=True)
class PriceDraft:
    """A price as an operator wants it. Amounts in minor units, rates in parts per million.

    ``tax_inclusive`` off: subscription and fees are listed before tax, which is put on top of each invoice line.
    """

    edition: str
    currency: str
    interval: str
    amount_minor: int
    tax_ppm: int
    tiers: Sequence[Sequence[int | None]]
    limits: Mapping[str, int | None]
    features: Sequence[str]
    valid_from: datetime
    included_minor: int = 0
    fixed_minor: int = 0
    fixed_free_orders: int = 0
    order_cap_minor: int | None = None
    order_floor_minor: int = 0
    interval_cap_minor: int | None = None
    valid_until: datetime | None = None
    tax_inclusive: bool = True


def publish_price(*, draft: PriceDraft, actor: str, reason: str, now: datetime) -> PriceVersion:
    """Publish a version of a price; the one on sale ends where it begins.

    :raises PriceRefused: unknown currency or edition, a negative amount, broken tiers, a beginning in the past.
    :raises PricesOverlap: a later version is already published.
    """
    edition = _checked(draft, now)
    with transaction.atomic(durable=True):
        price = PriceVersion(
            edition=edition,
            currency=draft.currency,
            interval=draft.interval,
            amount_minor=draft.amount_minor,
            tax_ppm=draft.tax_ppm,
            tax_inclusive=draft.tax_inclusive,
            tiers=[list(tier) for tier in draft.tiers],
            included_minor=draft.included_minor,
            fixed_minor=draft.fixed_minor,
            fixed_free_orders=draft.fixed_free_orders,
            order_cap_minor=draft.order_cap_minor,
            order_floor_minor=draft.order_floor_minor,
            interval_cap_minor=draft.interval_cap_minor,
            limits=dict(draft.limits),
            features=sorted(draft.features),
            valid_from=draft.valid_from,
            valid_until=draft.valid_until,
        )
        _check_terms(price)
        same_offer = PriceVersion.objects.filter(
            edition=edition, currency=draft.currency, interval=draft.interval
        ).select_for_update()
        same_offer.filter(Q(valid_until__isnull=True), valid_from__lt=draft.valid_from).update(
            valid_until=draft.valid_from
        )
        try:
            with transaction.atomic():
                price.save(force_insert=True)
        except IntegrityError as clash:
            transaction.set_rollback(True)
            raise PricesOverlap from clash
        record_act(
            what="price.published",
            actor=actor,
            now=now,
            reason=reason,
            edition=edition.name,
            interval=price.interval,
            amount_minor=price.amount_minor,
            currency=price.currency,
            tax_ppm=price.tax_ppm,
            tax_inclusive=price.tax_inclusive,
            starts_at=price.valid_from.isoformat(),
        )
    return price


def _checked(draft: PriceDraft, now: datetime) -> Edition:
    edition = Edition.objects.filter(code=draft.edition).first()
    amounts = {
        name: value
        for name in (
            "amount_minor", "included_minor", "fixed_minor", "order_cap_minor", "order_floor_minor",
            "interval_cap_minor",
        )
        if (value := getattr(draft, name)) is not None
    }  # fmt: skip
    wrong = wrong_money(
        amounts=amounts, currency=draft.currency, tax_ppm=draft.tax_ppm, valid_from=draft.valid_from, now=now
    )
    if draft.interval not in Interval.values or edition is None:
        wrong["edition"] = [str(_("没有这个套餐。"))]
    if draft.valid_until is not None and draft.valid_until <= draft.valid_from:
        wrong["valid_from"] = [str(_("开始时间不能早于现在，也不能晚于结束时间。"))]
    if any(what not in Limit.values or (limit is not None and limit < 0) for what, limit in draft.limits.items()):
        wrong["limits"] = [str(_("额度要填 0 或更大的数，不限就留空。"))]
    if any(feature not in Feature.values for feature in draft.features):
        wrong["features"] = [str(_("没有这个功能。"))]
    if wrong or edition is None:
        raise PriceRefused(fields=wrong)
    return edition


def wrong_money(
    *, amounts: Mapping[str, int], currency: str, tax_ppm: int, valid_from: datetime, now: datetime
) -> dict[str, list[str]]:
    """Say what is wrong with the money and the beginning of anything that is to be sold, by field."""
    wrong: dict[str, list[str]] = {name: [str(_("金额不能是负数。"))] for name, value in amounts.items() if value < 0}
    try:
        exponent_of(currency)
    except UnknownCurrency:
        wrong["currency"] = [str(_("不支持这个币种。"))]
    if not 0 <= tax_ppm < PPM:
        wrong["tax_ppm"] = [str(_("税率不对。"))]
    if valid_from < now:
        wrong["valid_from"] = [str(_("开始时间不能早于现在，也不能晚于结束时间。"))]
    return wrong


def _check_terms(price: PriceVersion) -> None:
    try:
        price.fee_terms  # noqa: B018 - building the terms is the check
    except (BrokenTiers, TypeError, ValueError) as broken:
        raise PriceRefused(fields={"tiers": [str(_("费率分档要从小到大，最后一档不设上限。"))]}) from broken
