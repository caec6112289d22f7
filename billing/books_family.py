"""Proving who paid for whom, over everything there is, row by row.

F1 every fee is paid by exactly the payer of its moment, and goes back to whoever paid it · F2 a fee line of a store
holds that store's orders alone · F3 what was put by for a payer is on its next invoice, unchanged, under its store ·
F4 a change of payer takes from one what it charges to the other.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import F, OuterRef, Q, Subquery, UUIDField, Value
from django.db.models.functions import Coalesce

from billing.models.agreements import Subscription
from billing.models.invoices import InvoiceLine, listed
from billing.models.metering import FeeKind, RatedFee
from billing.models.payers import PayerLink, WaitingLine
from kit.books import Finding
from kit.tenancy import in_control

_ITSELF = Value(UUID(int=0), output_field=UUIDField())  # no payer: compared as somebody, because NULL equals nothing


def check(now: datetime) -> list[Finding]:
    """Check every invariant of payers and return what breaks one; an empty list is the proof."""
    with in_control():
        return [*_payers(), *_sections(), *_put_by(), *_turns()]


def _payers() -> Iterator[Finding]:
    covering = PayerLink.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=OuterRef("event__occurred_at")),
        child__merchant_id=OuterRef("merchant_id"),
        starts_at__lte=OuterRef("event__occurred_at"),
        approved_at__isnull=False,
    )
    fees = RatedFee.objects.filter(kind=FeeKind.FEE).annotate(
        due_from=Coalesce(Subquery(covering.values("payer")[:1]), _ITSELF, output_field=UUIDField()),
        paid_by=Coalesce("payer_id", _ITSELF, output_field=UUIDField()),
    )
    for fee in fees.exclude(paid_by=F("due_from")).select_related("event"):
        yield Finding("F1", "", fee.event.event_key, f"paid by {fee.paid_by}, due from {fee.due_from}")
    order = RatedFee.objects.filter(
        kind=FeeKind.FEE, merchant_id=OuterRef("merchant_id"), event__event_key=OuterRef("event__ref_event_key")
    )
    back = RatedFee.objects.filter(kind=FeeKind.REVERSAL).annotate(
        paid_by=Coalesce(Subquery(order.values("payer")[:1]), _ITSELF, output_field=UUIDField()),
        goes_to=Coalesce("payer_id", _ITSELF, output_field=UUIDField()),
    )
    for reversal in back.exclude(goes_to=F("paid_by")).select_related("event"):
        sentence = f"goes back to {reversal.goes_to}, was paid by {reversal.paid_by}"
        yield Finding("F1", "", reversal.event.event_key, sentence)


def _sections() -> Iterator[Finding]:
    store = Coalesce("invoice_line__section__merchant", "invoice_line__invoice__billing_account__merchant")
    billed = RatedFee.objects.filter(invoice_line__isnull=False).annotate(store=store)
    for fee in billed.exclude(merchant_id=F("store")).select_related("event"):
        yield Finding("F2", "", fee.event.event_key, "on the line of another store")


def _put_by() -> Iterator[Finding]:
    line = InvoiceLine.objects.filter(source=OuterRef("source"), kind=OuterRef("kind"), invoice=OuterRef("invoice"))
    taken = WaitingLine.objects.filter(invoice__isnull=False).annotate(
        billed=Subquery(line.annotate(listed=listed()).values("listed")[:1]),
        under=Subquery(line.annotate(of=Coalesce("section", "invoice__billing_account")).values("of")[:1]),
    )
    for each in taken.exclude(billed=F("gross_minor"), under=F("section")):
        yield Finding("F3", "", each.source, f"put by {each.gross_minor}, billed {each.billed}")
    # the payer's month that is running began after it fell due: an invoice was made without it
    began = Subscription.objects.filter(billing_account=OuterRef("payer"), period_ends_at__isnull=False)
    left = WaitingLine.objects.filter(invoice__isnull=True).annotate(
        began=Subquery(began.order_by("-period_starts_at").values("period_starts_at")[:1])
    )
    for late in left.filter(due_at__lt=F("began")):
        yield Finding("F3", "", late.source, "was left out of its payer's invoice")


def _turns() -> Iterator[Finding]:
    sums: dict[str, int] = defaultdict(int)
    turned = Q(source__startswith="turn:")
    billed = set(InvoiceLine.objects.filter(turned).annotate(listed=listed()).values_list("source", "kind", "listed"))
    billed |= set(WaitingLine.objects.filter(turned).values_list("source", "kind", "gross_minor"))
    for source, _kind, amount in billed:
        sums[source] += amount
    for source, total in sums.items():
        if total:
            yield Finding("F4", "", source, f"{total} between two payers")
