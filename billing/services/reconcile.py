"""Every day: Stripe's list of what moved our balance against our own books, and each difference for a person."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet, Sum

from billing.models.agreements import BillingAccount
from billing.models.collection import AttemptState, ChargeAttempt
from billing.models.ledger import Book, LedgerEntry
from billing.models.reconciling import (
    DifferenceKind,
    GatewayMovement,
    Payout,
    PayoutShare,
    ReconciliationRun,
)
from billing.models.reversals import CardRefund, Dispute, RefundState, TopUpReversal, TopUpReversalKind
from billing.models.wallet import TopUp, TopUpMethod, TopUpState
from billing.services.note_differences import Seen, note_differences
from billing.services.post_entries import post_entries
from kit.gateway.balance import Movement, PaidOut, movements_since, payouts_since
from kit.money import rate_of

LOOK_BACK = timedelta(days=4)  # Stripe lists some movements late; what is known is not counted twice
SETTLED = timedelta(days=1)  # a charge this old must be on Stripe's list
_Subject = ChargeAttempt | TopUp | CardRefund | Dispute | TopUpReversal
_CHARGE, _REFUND, _BOUNCED = "charge", "refund", "refund_failure"
_DISPUTED, _RETURNED = "dispute", "dispute_reversal"


def reconcile(*, now: datetime) -> ReconciliationRun:
    """Read Stripe's movements and payouts since the last finished run, post fees and payouts, and note differences.

    Idempotent and resumable: each movement and each payout is taken in once, by its reference, in a transaction of
    its own; a run that died is begun again at the same place. Differences that are gone resolve themselves.

    :raises GatewayUnknown: no answer; run again.
    """
    last = ReconciliationRun.objects.filter(finished_at__isnull=False).order_by("-started_at").first()
    read_from = last.started_at - LOOK_BACK if last else now - timedelta(days=400)
    run = ReconciliationRun.objects.create(started_at=now, read_from=read_from)
    for movement in movements_since(read_from):
        run.movements += 1
        run.fresh += _take_in(movement, now)
    for payout in payouts_since(read_from):
        _take_payout(payout)
    with transaction.atomic(durable=True):
        run.differences = note_differences(seen=_compare(read_from, now), since=read_from, now=now)
        run.finished_at = now
        run.save()
    return run


def _take_in(movement: Movement, now: datetime) -> bool:
    with transaction.atomic(durable=True):
        row, is_new = GatewayMovement.objects.get_or_create(
            gateway_ref=movement.ref,
            defaults={
                "category": movement.category,
                "source_ref": movement.source_ref,
                "amount_minor": movement.amount,
                "fee_minor": movement.fee,
                "currency": movement.currency,
                "occurred_at": movement.occurred_at,
                "seen_at": now,
            },
        )
        if row.subject_id is None:
            _find_subject(row, movement)
        return is_new


def _find_subject(row: GatewayMovement, movement: Movement) -> None:
    subject, account = _subject_of(row, movement)
    if subject is None or account is None:
        return
    row.subject_id, row.billing_account = subject.pk, account
    row.save(update_fields=["subject_id", "billing_account"])
    if row.category == _CHARGE and row.fee_minor and subject.state in (AttemptState.SUCCEEDED, TopUpState.SETTLED):
        post_entries(
            what="charge.fee",
            subject_id=subject.pk,
            billing_account=account,
            currency=row.currency,
            at=row.occurred_at,
            entries={Book.PSP_FEE: row.fee_minor, Book.CLEARING_STRIPE: -row.fee_minor},
        )


def _subject_of(row: GatewayMovement, movement: Movement) -> tuple[_Subject | None, BillingAccount | None]:
    if row.category == _CHARGE:
        attempt = _attempts().filter(gateway_ref=movement.intent_ref or None).first()
        if attempt is not None:
            return attempt, attempt.invoice.billing_account
        top_ups = TopUp.objects.select_related("wallet__billing_account")
        top_up = top_ups.filter(gateway_ref=movement.intent_ref or None).first()
        return (top_up, top_up.wallet.billing_account) if top_up else (None, None)
    taken_back = TopUpReversal.objects.select_related("top_up__wallet__billing_account")
    if (of_top_up := taken_back.filter(gateway_ref=row.source_ref).first()) is not None:
        return of_top_up, of_top_up.top_up.wallet.billing_account
    back: CardRefund | Dispute | None = None
    if row.category in (_REFUND, _BOUNCED):
        back = CardRefund.objects.filter(gateway_ref=row.source_ref).first()
    elif row.category in (_DISPUTED, _RETURNED):
        back = Dispute.objects.filter(gateway_ref=row.source_ref).first()
    return (back, _attempts().get(pk=back.attempt_id).invoice.billing_account) if back else (None, None)


def _attempts() -> QuerySet[ChargeAttempt]:
    return ChargeAttempt.objects.select_related("invoice__billing_account")


def _top_ups() -> QuerySet[TopUp]:
    return TopUp.objects.filter(method=TopUpMethod.CARD, state=TopUpState.SETTLED)


def _take_payout(told: PaidOut) -> None:
    """Post a payout to the bank, each payer's part from that payer's clearing account."""
    with transaction.atomic(durable=True):
        payout, is_new = Payout.objects.get_or_create(
            gateway_ref=told.ref,
            defaults={"amount_minor": told.amount, "currency": told.currency, "arrived_at": told.arrived_at},
        )
        if not is_new:
            return
        GatewayMovement.objects.filter(gateway_ref__in=told.movement_refs).update(payout_ref=told.ref)
        for billing_account_id, amount in _shares(told):
            share = PayoutShare.objects.create(
                payout=payout, billing_account_id=billing_account_id, amount_minor=amount
            )
            post_entries(
                what="payout.arrived",
                subject_id=share.pk,
                billing_account=share.billing_account,
                currency=told.currency,
                at=told.arrived_at,
                entries={Book.BANK: amount, Book.CLEARING_STRIPE: -amount},
            )


def _shares(told: PaidOut) -> list[tuple[UUID, int]]:
    sums: dict[UUID, int] = {}
    ours = GatewayMovement.objects.filter(gateway_ref__in=told.movement_refs, billing_account__isnull=False)
    for row in ours:
        assert row.billing_account_id is not None
        sums[row.billing_account_id] = sums.get(row.billing_account_id, 0) + row.net_minor
    return sorted(sums.items())


def _compare(since: datetime, now: datetime) -> Iterable[Seen]:
    rows = list(GatewayMovement.objects.filter(occurred_at__gte=since).exclude(category="payout"))
    ours = _our_amounts(rows)
    yield from _clearing()
    for row in rows:
        if row.subject_id is None or row.subject_id not in ours:
            yield Seen(DifferenceKind.MISSING_HERE, row.gateway_ref, None, row.amount_minor, row.currency, None)
            continue
        amount = ours[row.subject_id] * (1 if row.category in (_CHARGE, _BOUNCED, _RETURNED) else -1)
        account = row.billing_account_id
        if amount != row.amount_minor:
            yield Seen(DifferenceKind.AMOUNT_MISMATCH, row.gateway_ref, amount, row.amount_minor, row.currency, account)
        fee = _agreed_fee(row)
        if fee is not None and fee != row.fee_minor:
            yield Seen(DifferenceKind.FEE_MISMATCH, row.gateway_ref, fee, row.fee_minor, row.currency, account)
    yield from _missing_there(since, now)


def _clearing() -> Iterable[Seen]:
    """What has not been paid out is what must lie in clearing, payer by payer; 0 when all of it has arrived."""
    booked = LedgerEntry.objects.filter(ledger_account__book=Book.CLEARING_STRIPE)
    ours = dict(booked.values_list("ledger_account__billing_account").annotate(total=Sum("amount_minor")))
    waiting = GatewayMovement.objects.filter(billing_account__isnull=False, payout_ref="")
    theirs = dict(waiting.values_list("billing_account").annotate(total=Sum(F("amount_minor") - F("fee_minor"))))
    known = GatewayMovement.objects.filter(subject_id__isnull=False).values("subject_id")
    unlisted = ChargeAttempt.objects.filter(state=AttemptState.SUCCEEDED).exclude(pk__in=known)
    skipped = set(unlisted.values_list("invoice__billing_account", flat=True))
    skipped |= set(_top_ups().exclude(pk__in=known).values_list("wallet__billing_account", flat=True))
    currencies = dict(BillingAccount.objects.filter(pk__in=ours).values_list("pk", "currency"))
    for account in sorted(ours.keys() - skipped):
        if ours[account] != theirs.get(account, 0):
            subject = f"clearing:{account}"
            yield Seen(
                DifferenceKind.CLEARING, subject, ours[account], theirs.get(account, 0), currencies[account], account
            )


def _our_amounts(rows: list[GatewayMovement]) -> dict[UUID, int]:
    ids = [row.subject_id for row in rows if row.subject_id]
    taken = ChargeAttempt.objects.filter(pk__in=ids, state=AttemptState.SUCCEEDED)
    back = CardRefund.objects.filter(pk__in=ids, state__in=[RefundState.SUCCEEDED, RefundState.FAILED])
    disputed = Dispute.objects.filter(pk__in=ids, withdrawn_minor__gt=0)
    taken_back = TopUpReversal.objects.filter(pk__in=ids, withdrawn_minor__gt=0, kind=TopUpReversalKind.DISPUTE)
    # A refund made at Stripe's own desk is none of ours until somebody has explained it
    back = back.filter(is_ours=True)
    return {
        **dict(taken.values_list("pk", "amount_minor")),
        **dict(_top_ups().filter(pk__in=ids).values_list("pk", "amount_minor")),
        **dict(back.values_list("pk", "amount_minor")),
        **dict(disputed.values_list("pk", "withdrawn_minor")),
        **dict(taken_back.values_list("pk", "withdrawn_minor")),
    }


def _agreed_fee(row: GatewayMovement) -> int | None:
    """The fee by our contract with Stripe, where the settings tell it."""
    agreed: Any = settings.LINLI_STRIPE.get("fee")
    if not agreed or row.category != _CHARGE:
        return None
    return rate_of(row.amount_minor, agreed["ppm"]) + int(agreed["fixed_minor"])


def _missing_there(since: datetime, now: datetime) -> Iterable[Seen]:
    settled = (since, now - SETTLED)
    known = GatewayMovement.objects.filter(subject_id__isnull=False).values("subject_id")
    attempts = ChargeAttempt.objects.filter(state=AttemptState.SUCCEEDED, settled_at__range=settled)
    for attempt in attempts.exclude(pk__in=known).select_related("invoice"):
        account = attempt.invoice.billing_account_id
        yield Seen(DifferenceKind.MISSING_THERE, attempt.key, attempt.amount_minor, None, attempt.currency, account)
    top_ups = _top_ups().filter(settled_at__range=settled).exclude(pk__in=known).select_related("wallet")
    for top_up in top_ups:
        account = top_up.wallet.billing_account_id
        yield Seen(DifferenceKind.MISSING_THERE, top_up.key[:80], top_up.amount_minor, None, top_up.currency, account)
    refunds = CardRefund.objects.filter(state=RefundState.SUCCEEDED, settled_at__range=settled)
    for refund in refunds.exclude(pk__in=known).select_related("attempt__invoice"):
        account = refund.attempt.invoice.billing_account_id
        yield Seen(DifferenceKind.MISSING_THERE, refund.key[:80], -refund.amount_minor, None, refund.currency, account)
