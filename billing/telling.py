"""A subscription in words and plain shapes, for both desks: phases, add-ons, the lines of a quote."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _

from billing.drafts import DraftLine
from billing.models.addons import AddOn, AddOnPrice
from billing.models.agreements import Phase, Subscription
from billing.models.catalogue import Limit
from billing.models.changes import Movement
from billing.models.invoices import LineKind
from billing.renewals import add_on_price, items_at
from billing.services.quote_change import Overuse, Quoted
from kit.tenancy import in_control
from kit.web.format import money, number, percent


@dataclass(frozen=True)
class OfferedAddOn:
    """An add-on beside the running plan, and how many pieces are held."""

    add_on: AddOn
    price: AddOnPrice
    quantity: int
    ends_at: datetime | None


@dataclass(frozen=True)
class ShownLine:
    """One line of a quote, in words."""

    sentence: str
    starts_at: datetime
    last_moment: datetime
    amount_minor: int  # tax and all, so that the lines add up to the total
    note: str = ""


def range_of_add_ons(subscription: Subscription, phase: Phase | None, now: datetime) -> list[OfferedAddOn]:
    """List what may be bought beside a plan; nothing in a trial."""
    if phase is None or not phase.price.amount_minor:
        return []
    offered = []
    with in_control():
        held = {item.add_on_id: item for item in items_at(subscription, now)}
        for add_on in AddOn.objects.all():
            item = held.get(add_on.pk)
            price = item.price if item else add_on_price(add_on.pk, price=phase.price, now=now)
            if price is None or (item is None and phase.price.edition.code not in add_on.editions):
                continue
            offered.append(
                OfferedAddOn(
                    add_on, price, item.quantity if item else 0, item.ends_at if item else None,
                )
            )  # fmt: skip
    return offered


def history_of(subscription: Subscription, now: datetime) -> list[dict[str, Any]]:
    """Tell an account's phases, the latest first, as a timeline."""
    lived = Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at"))
    with in_control():
        phases = Phase.objects.filter(lived, subscription__billing_account=subscription.billing_account_id)
        return [
            {
                "at": phase.starts_at,
                "sentence": f"{phase.price.edition} · {phase.price.get_interval_display()}",
                "note": _("还没开始") if phase.starts_at > now else "",
                "by": "",
                "tone": "good" if phase.starts_at <= now and (phase.ends_at is None or phase.ends_at > now) else "",
            }
            for phase in phases.select_related("price__edition").order_by("-starts_at", "-id")
        ]


def shown_lines(quoted: Quoted) -> list[ShownLine]:
    """Put a quote's lines into words."""
    return [
        ShownLine(
            sentence=str(LineKind(draft.kind).label) + (f" × {draft.quantity}" if draft.quantity > 1 else ""),
            starts_at=draft.service_starts_at,
            last_moment=draft.service_ends_at - timedelta(microseconds=1),
            amount_minor=draft.payable_minor,
            note="" if draft.tax_inclusive else _on_top(draft, quoted.change.subscription.billing_account.currency),
        )
        for draft in quoted.proposal.drafts
    ]


def _on_top(draft: DraftLine, currency: str) -> str:
    words = {
        "net": money(draft.base_minor, currency), "rate": percent(draft.tax_ppm),
        "tax": money(draft.taxed().tax_minor, currency),
    }  # fmt: skip
    return _("%(net)s 另加税 %(rate)s：%(tax)s") % words


def tax_of(quoted: Quoted) -> int:
    """Say how much tax a quote's total includes."""
    return sum(draft.taxed().tax_minor for draft in quoted.proposal.drafts)


def too_much(overuse: list[Overuse]) -> list[str]:
    """Say what the store has more of than the plan allows."""
    return [
        _("%(what)s现有 %(used)s，套餐上限 %(limit)s")
        % {"what": Limit(over.what).label, "used": number(over.used), "limit": number(over.limit)}
        for over in overuse
    ]


def title_of(movement: str) -> str:
    """Name a movement."""
    return str(Movement(movement).label)
