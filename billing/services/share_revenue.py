"""Sharing each rated order between headquarters and its partner, and the months' statements."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from billing.calendar import add_months, local_day, midnight
from billing.models.ledger import Book, LedgerAccount, LedgerEntry, LedgerTransaction
from billing.models.metering import FeeKind, RatedFee
from billing.models.payers import PayerLink
from billing.models.shares import PartnerShare, ShareStatement
from billing.services.lock_usage import lock_usages
from billing.services.post_entries import post_entries
from billing.services.take_number import take_number
from billing.sharing import Split, split
from control.audit.services import record_act
from kit.errors import Kind, Refused

BATCH = 1000
_SUMS = ("order_minor", "platform_fee_minor", "channel_fee_minor", "payer_minor", "partner_minor")


class StatementMissing(Refused):
    """There is no such statement, or it is another merchant's."""

    code, kind, sentence = "share_statement_missing", Kind.MISSING, _("没有找到这份分成对账单。")


class NothingToPay(Refused):
    """Nothing is due on it, or it was paid already."""

    code, kind, sentence = "nothing_to_pay", Kind.CONFLICT, _("这份对账单没有要付的分成，或已经标记付款。")


def share_revenue(*, now: datetime) -> int:
    """Share what was rated and not shared yet, then state the months that are over; return how many were shared.

    Safe to repeat and to race: a fee is shared once, a month of a link has one statement.
    """
    shared = 0
    links = PayerLink.objects.filter(payer_share_ppm__isnull=False, approved_at__isnull=False, starts_at__lte=now)
    for link in links.select_related("child__merchant", "payer__merchant").order_by("starts_at", "id"):
        while batch := _share_a_batch(link):
            shared += batch
        _state_months(link, now)
    return shared


def _share_a_batch(link: PayerLink) -> int:
    with transaction.atomic(durable=True):
        lock_usages([link.child.merchant_id])
        fees = list(_unshared(link).select_related("event").order_by("event_id")[:BATCH])
        rows: list[PartnerShare] = []
        held: dict[str, Split] = {}
        for fee in fees:
            key = fee.event.ref_event_key if fee.kind == FeeKind.REVERSAL else fee.event.event_key
            before = held.get(key) or _held(link, key)
            held[key] = _after(link, fee, before)
            rows.append(
                PartnerShare(
                    fee=fee,
                    link=link,
                    order_key=key,
                    occurred_at=fee.event.occurred_at,
                    **asdict(held[key] - before),
                )
            )
        _post(link, PartnerShare.objects.bulk_create(rows))
    return len(rows)


def _unshared(link: PayerLink) -> QuerySet[RatedFee]:
    fees = RatedFee.objects.filter(merchant_id=link.child.merchant_id, payer=link.payer_id, share__isnull=True)
    paid = Q(kind=FeeKind.FEE, event__occurred_at__gte=link.starts_at)
    if link.ends_at is not None:
        paid &= Q(event__occurred_at__lt=link.ends_at)
    known = PartnerShare.objects.filter(link=link).values("order_key")
    return fees.filter(paid | Q(kind=FeeKind.REVERSAL, event__ref_event_key__in=known))


def _held(link: PayerLink, order_key: str) -> Split:
    sums = PartnerShare.objects.filter(link=link, order_key=order_key).aggregate(
        **{name: Sum(name, default=0) for name in _SUMS}
    )
    return Split(**sums)


def _after(link: PayerLink, fee: RatedFee, before: Split) -> Split:
    moved = fee.event.amount_minor if fee.kind == FeeKind.FEE else -fee.event.amount_minor
    assert link.payer_share_ppm is not None, "a link that shares"
    return split(
        max(0, before.order_minor + moved),
        platform_fee_minor=before.platform_fee_minor + fee.amount_minor,
        channel_fee_ppm=link.channel_fee_ppm,
        payer_share_ppm=link.payer_share_ppm,
    )


def _post(link: PayerLink, rows: Sequence[PartnerShare]) -> None:
    """Post what the partner got of each row, on the partner's own accounts: the payable is headquarters' to it."""
    moving = [row for row in rows if row.partner_minor]
    if not moving:
        return
    currency = link.child.currency
    books = [
        LedgerAccount.objects.get_or_create(billing_account=link.child, book=book, currency=currency)[0]
        for book in (Book.REVENUE_SHARE, Book.PARTNER_PAYABLE)
    ]
    posted = LedgerTransaction.objects.bulk_create(
        LedgerTransaction(what="share.earned", subject_id=row.pk, at=row.occurred_at) for row in moving
    )
    LedgerEntry.objects.bulk_create(
        LedgerEntry(transaction=moved, ledger_account=book, amount_minor=amount, currency=currency)
        for moved, row in zip(posted, moving, strict=True)
        for book, amount in zip(books, (row.partner_minor, -row.partner_minor), strict=True)
    )


def _state_months(link: PayerLink, now: datetime) -> None:
    zone = link.payer.zone
    last = ShareStatement.objects.filter(link=link).order_by("-month_starts_at").first()
    first = last.month_ends_at if last else midnight(local_day(link.starts_at, zone).replace(day=1), zone)
    while (ends_at := midnight(add_months(local_day(first, zone), 1), zone)) <= now:
        _state(link, first, ends_at)
        first = ends_at


def _state(link: PayerLink, starts_at: datetime, ends_at: datetime) -> None:
    with transaction.atomic(durable=True):
        lock_usages([link.child.merchant_id])
        if ShareStatement.objects.filter(link=link, month_starts_at=starts_at).exists():
            return
        # what came too late for its own month is on the next statement; one that is out is final
        rows = PartnerShare.objects.filter(link=link, statement__isnull=True, occurred_at__lt=ends_at)
        if not rows.exists():
            return
        sums = rows.aggregate(**{name: Sum(name, default=0) for name in _SUMS})
        before = ShareStatement.objects.filter(link=link).order_by("-month_starts_at").first()
        carried = min(0, before.due_minor) if before else 0
        statement = ShareStatement.objects.create(
            link=link,
            payer=link.payer,
            partner=link.child,
            number=take_number(series="share_statement", prefix="PS", at=ends_at),
            month_starts_at=starts_at,
            month_ends_at=ends_at,
            currency=link.child.currency,
            orders_minor=sums.pop("order_minor"),
            carried_minor=carried,
            due_minor=sums["partner_minor"] + carried,
            issued_at=ends_at,
            **sums,
        )
        rows.update(statement=statement)


def mark_share_paid(*, statement_id: UUID, payer_id: UUID, reference: str, by: str, now: datetime) -> ShareStatement:
    """Note that headquarters (the merchant ``payer_id``) paid a statement out to its partner.

    :raises StatementMissing, NothingToPay:
    """
    with transaction.atomic(durable=True):
        statement = (
            ShareStatement.objects.select_for_update(of=("self",))
            .select_related("partner__merchant", "payer__merchant")
            .filter(pk=statement_id, payer__merchant_id=payer_id)
            .first()
        )
        if statement is None:
            raise StatementMissing
        if not statement.is_payable:
            raise NothingToPay
        statement.paid_at, statement.paid_by, statement.paid_reference = now, by, reference.strip()
        statement.save(update_fields=["paid_at", "paid_by", "paid_reference"])
        post_entries(
            what="share.paid",
            subject_id=statement.pk,
            billing_account=statement.partner,
            currency=statement.currency,
            at=now,
            entries={Book.PARTNER_PAYABLE: statement.due_minor, Book.SHARE_PAID: -statement.due_minor},
        )
        for merchant_id in (statement.payer.merchant_id, statement.partner.merchant_id):
            record_act(
                what="share.paid",
                actor=by,
                now=now,
                merchant_id=merchant_id,
                number=statement.number,
                amount_minor=statement.due_minor,
                currency=statement.currency,
            )
    return statement
