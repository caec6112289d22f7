"""A new price of an add-on: for whoever buys from then on; pieces that are held keep theirs."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from billing.models.addons import AddOn, AddOnPrice
from billing.models.catalogue import Interval
from billing.services.publish_price import PriceRefused, PricesOverlap, wrong_money
from control.audit.services import record_act


@dataclass(frozen=True)
class AddOnPriceDraft:
    """What a piece is to cost for one interval, in minor units; the rate in parts per million.

    ``tax_inclusive`` off: the amount is before tax, which is put on top.
    """

    add_on: str
    currency: str
    interval: str
    amount_minor: int
    tax_ppm: int
    valid_from: datetime
    tax_inclusive: bool = True


def publish_add_on_price(*, draft: AddOnPriceDraft, actor: str, reason: str, now: datetime) -> AddOnPrice:
    """Publish a price of an add-on; the one on sale ends where it begins.

    :raises PriceRefused: unknown add-on, currency or interval, a negative amount, a beginning in the past.
    :raises PricesOverlap: a later price is already published.
    """
    add_on = AddOn.objects.filter(code=draft.add_on).first()
    wrong = wrong_money(
        amounts={"amount_minor": draft.amount_minor}, currency=draft.currency, tax_ppm=draft.tax_ppm,
        valid_from=draft.valid_from, now=now,
    )  # fmt: skip
    if add_on is None or draft.interval not in Interval.values:
        wrong["add_on"] = [str(PriceRefused.sentence)]
    if wrong or add_on is None:
        raise PriceRefused(fields=wrong)
    with transaction.atomic(durable=True):
        same_offer = AddOnPrice.objects.filter(add_on=add_on, currency=draft.currency, interval=draft.interval)
        running = same_offer.select_for_update().filter(Q(valid_until__isnull=True), valid_from__lt=draft.valid_from)
        running.update(valid_until=draft.valid_from)
        try:
            with transaction.atomic():
                price = AddOnPrice.objects.create(
                    add_on=add_on, currency=draft.currency, interval=draft.interval, amount_minor=draft.amount_minor,
                    tax_ppm=draft.tax_ppm, tax_inclusive=draft.tax_inclusive, valid_from=draft.valid_from,
                )  # fmt: skip
        except IntegrityError as clash:
            transaction.set_rollback(True)
            raise PricesOverlap from clash
        record_act(
            what="add_on.published", actor=actor, now=now, reason=reason, add_on=add_on.name, interval=price.interval,
            amount_minor=price.amount_minor, currency=price.currency, tax_ppm=price.tax_ppm,
            tax_inclusive=price.tax_inclusive, starts_at=price.valid_from.isoformat(),
        )  # fmt: skip
    return price
