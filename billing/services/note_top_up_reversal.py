"""What we learn about a top-up that is taken back, in any order and any number of times: money moves once each way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from billing.models.ledger import Book
from billing.models.reversals import (
    TOP_UP_REVERSAL_RANK,
    DisputeState,
    RefundState,
    TopUpReversal,
    TopUpReversalKind,
    TopUpReversalState,
)
from billing.models.wallet import TopUp, Wallet, WalletLot
from billing.services.note_dispute import DisputeNews
from billing.services.note_refund import RefundNews
from billing.services.pay_from_wallet import pay_from_wallet
from billing.services.post_entries import post_entries
from billing.services.watch_balance import watch_balance
from billing.services.write_letter import write_letter
from control.audit.services import record_act
from control.post.services import write_operators
from kit.web.format import money

_OF_DISPUTE = {
    DisputeState.LOST: TopUpReversalState.GONE,
    DisputeState.WON: TopUpReversalState.RETURNED,
    DisputeState.CLOSED: TopUpReversalState.RETURNED,
}
_OF_REFUND = {RefundState.SUCCEEDED: TopUpReversalState.GONE, RefundState.FAILED: TopUpReversalState.RETURNED}


@dataclass(frozen=True, slots=True)
class _News:
    kind: TopUpReversalKind
    state: TopUpReversalState
    withdrawn_minor: int
    returned_minor: int
    fee_minor: int
    fee_returned_minor: int


def note_top_up_dispute(*, top_up: TopUp, news: DisputeNews, now: datetime) -> TopUpReversal:
    """Fold one report about a bank's dispute into its top-up, in the caller's transaction.

    What the bank took leaves the wallet as far as it is still there, and no card is charged by itself any more; the
    rest is owed to us until the dispute ends, and lost when it is. Old reports change nothing.
    """
    told = _News(
        TopUpReversalKind.DISPUTE,
        _OF_DISPUTE.get(news.state, TopUpReversalState.OPEN),
        news.withdrawn_minor,
        news.returned_minor,
        news.fee_minor,
        news.fee_returned_minor,
    )
    defaults = {"reason": news.reason[:40], "due_by": news.due_by, "opened_at": news.opened_at}
    return _note(top_up, news, told, defaults, now)


def note_top_up_refund(*, top_up: TopUp, news: RefundNews, now: datetime) -> TopUpReversal:
    """Do the same with a refund that somebody made at the card company's own desk; what was spent already is lost."""
    went = news.amount_minor if news.state in _OF_REFUND else 0
    back = went if news.state == RefundState.FAILED else 0
    told = _News(TopUpReversalKind.REFUND, _OF_REFUND.get(news.state, TopUpReversalState.OPEN), went, back, 0, 0)
    return _note(top_up, news, told, {"opened_at": news.at}, now)


def _note(
    top_up: TopUp, news: DisputeNews | RefundNews, told: _News, defaults: Mapping[str, object], now: datetime
) -> TopUpReversal:
    # The wallet first: every story of money takes its locks in this order
    wallets = Wallet.objects.select_for_update(of=("self",)).select_related("billing_account")
    wallet = wallets.get(pk=top_up.wallet_id)
    known, is_new = TopUpReversal.objects.select_for_update().get_or_create(
        gateway_ref=news.gateway_ref,
        defaults={
            "top_up": top_up,
            "kind": told.kind,
            "amount_minor": news.amount_minor,
            "currency": news.currency,
            **defaults,
        },
    )
    before = known.state
    if TOP_UP_REVERSAL_RANK[told.state] > TOP_UP_REVERSAL_RANK[TopUpReversalState(before)]:
        known.state = told.state
    if known.state != TopUpReversalState.OPEN:
        known.closed_at = known.closed_at or news.at
    if told.withdrawn_minor and not known.withdrawn_minor:
        _take(wallet, known, told, now)
    if told.returned_minor and known.withdrawn_minor and not known.returned_minor:
        _give_back(wallet, known, told, now)
    known.save()
    _post_loss(wallet, known, now)
    if is_new or known.state != before:
        _remember(wallet, known, now)
    watch_balance(wallet=wallet, now=now)
    return known


def _take(wallet: Wallet, known: TopUpReversal, told: _News, now: datetime) -> None:
    lot = WalletLot.objects.get(source=f"top_up:{known.top_up_id}")
    known.withdrawn_minor, known.fee_minor = told.withdrawn_minor, told.fee_minor
    known.from_lot_minor = min(lot.remaining_minor, told.withdrawn_minor)
    lot.remaining_minor -= known.from_lot_minor
    lot.save(update_fields=["remaining_minor"])
    # A card whose holder says no is not charged again by itself
    wallet.auto_below_minor = wallet.auto_amount_minor = None
    wallet.save(update_fields=["auto_below_minor", "auto_amount_minor"])
    entries = {
        Book.WALLET_PAID: known.from_lot_minor,
        _spent(known): known.withdrawn_minor - known.from_lot_minor,
        Book.DISPUTE_FEE: known.fee_minor,
        Book.CLEARING_STRIPE: -known.withdrawn_minor - known.fee_minor,
    }
    _post("topup.taken_back", wallet, known, now, entries)
    words = {
        "amount": money(known.withdrawn_minor, known.currency),
        "left": money(known.from_lot_minor, known.currency),
        "spent": money(known.withdrawn_minor - known.from_lot_minor, known.currency),
    }
    text = _(
        "一笔充值被退回银行卡 %(amount)s，钱包已扣除 %(left)s，另有 %(spent)s 此前已用于付账单。自动充值已关闭，"
        "请换一张卡或用其他方式充值。"
    )
    transaction.on_commit(
        partial(
            write_letter,
            billing_account=wallet.billing_account,
            subject=_("一笔钱包充值被退回"),
            text=text % words,
            now=now,
        )
    )
    transaction.on_commit(
        partial(
            write_operators,
            subject="邻里：钱包充值被退回 · A top-up was taken back",
            text=f"{wallet.billing_account.email} {known.gateway_ref} {known.kind}: {words['amount']}, "
            f"wallet {words['left']}, spent {words['spent']}",
            now=now,
        )
    )


def _give_back(wallet: Wallet, known: TopUpReversal, told: _News, now: datetime) -> None:
    owed = known.owed_minor
    known.returned_minor, known.fee_returned_minor = told.returned_minor, told.fee_returned_minor
    ours = min(owed, told.returned_minor)  # what was spent was ours to lose: it is made good first
    known.to_lot_minor = told.returned_minor - ours
    lot = WalletLot.objects.get(source=f"top_up:{known.top_up_id}")
    lot.remaining_minor += known.to_lot_minor
    lot.save(update_fields=["remaining_minor"])
    entries = {
        Book.WALLET_PAID: -known.to_lot_minor,
        _spent(known): -ours,
        Book.DISPUTE_FEE: -known.fee_returned_minor,
        Book.CLEARING_STRIPE: known.returned_minor + known.fee_returned_minor,
    }
    _post("topup.given_again", wallet, known, now, entries)
    pay_from_wallet(wallet=wallet, now=now)


def _post_loss(wallet: Wallet, known: TopUpReversal, now: datetime) -> None:
    is_lost = known.kind == TopUpReversalKind.DISPUTE and known.state == TopUpReversalState.GONE
    if is_lost and known.owed_minor:
        lost = {Book.BAD_DEBT: known.owed_minor, Book.DISPUTE_RECEIVABLE: -known.owed_minor}
        _post("topup.lost", wallet, known, now, lost)


def _spent(known: TopUpReversal) -> Book:
    """Where the part stands that had been spent: a bank may still give it back, a refund was somebody's gift."""
    return Book.DISPUTE_RECEIVABLE if known.kind == TopUpReversalKind.DISPUTE else Book.BAD_DEBT


def _post(what: str, wallet: Wallet, known: TopUpReversal, now: datetime, entries: dict[Book, int]) -> None:
    post_entries(
        what=what,
        subject_id=known.pk,
        billing_account=wallet.billing_account,
        currency=known.currency,
        at=now,
        entries=entries,
    )


def _remember(wallet: Wallet, known: TopUpReversal, now: datetime) -> None:
    record_act(
        what=f"topup.reversal_{known.state}",
        actor="billing",
        now=now,
        merchant_id=wallet.billing_account.merchant_id,
        amount_minor=known.amount_minor,
        currency=known.currency,
        why=known.kind,
    )
