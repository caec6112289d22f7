"""The wallets' housekeeping by the clock: gifts that end, and refilling what ran low."""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q

from billing.models.ledger import Book
from billing.models.wallet import LotKind, TopUp, TopUpMethod, TopUpState, Wallet, WalletLot
from billing.services.charge_top_up import charge_top_up
from billing.services.open_top_up import TopUpCardMissing, note_top_up_wish
from billing.services.post_entries import post_entries
from billing.services.watch_balance import balance_of, watch_balance
from control.audit.services import record_act
from kit.ids import new_id

log = structlog.get_logger(__name__)


def expire_lots(*, now: datetime) -> int:
    """Take what is left of given money whose time is over out of the wallets and the books; return how many lots."""
    over = WalletLot.objects.filter(kind=LotKind.PROMO, expires_at__lte=now, remaining_minor__gt=0)
    expired = 0
    for lot_id, wallet_id in list(over.order_by("expires_at", "id").values_list("pk", "wallet_id")):
        with transaction.atomic(durable=True):
            wallet = _locked(wallet_id)
            lot = WalletLot.objects.get(pk=lot_id)
            if lot.remaining_minor:
                _expire(wallet, lot, now)
                expired += 1
    return expired


def _expire(wallet: Wallet, lot: WalletLot, now: datetime) -> None:
    assert lot.expires_at is not None
    lost = lot.remaining_minor
    lot.remaining_minor, lot.expired_minor, lot.expired_at = 0, lot.expired_minor + lost, lot.expires_at
    lot.save(update_fields=["remaining_minor", "expired_minor", "expired_at"])
    payer = wallet.billing_account
    post_entries(
        what="promo.expired",
        subject_id=new_id(),  # a lot that was refilled by a void ends a second time
        billing_account=payer,
        currency=payer.currency,
        at=lot.expires_at,
        entries={Book.WALLET_PROMO: lost, Book.DISCOUNT: -lost},
    )
    record_act(
        what="promo.expired",
        actor="billing",
        now=now,
        merchant_id=payer.merchant_id,
        amount_minor=lost,
        currency=payer.currency,
    )
    watch_balance(wallet=wallet, now=now)


def fill_wallets(*, now: datetime) -> int:
    """Charge the saved card for every wallet below its owner's threshold; return how many were begun.

    One at a time a wallet: a second automatic top-up cannot exist while one is under way. Safe to repeat.
    """
    rested = Q(auto_again_at__isnull=True) | Q(auto_again_at__lte=now)
    begun = 0
    for wallet_id in list(Wallet.objects.filter(rested, auto_below_minor__isnull=False).values_list("pk", flat=True)):
        top_up = _begin(wallet_id, now)
        if top_up is not None:
            charge_top_up(top_up_id=top_up.pk, now=now)
            begun += 1
    return begun


def _begin(wallet_id: UUID, now: datetime) -> TopUp | None:
    with transaction.atomic(durable=True):
        wallet = _locked(wallet_id)
        below, amount = wallet.auto_below_minor, wallet.auto_amount_minor
        if below is None or amount is None or balance_of(wallet=wallet) >= below:
            return None
        if wallet.top_ups.filter(state=TopUpState.PENDING, is_automatic=True).exists():
            return None
        try:
            return note_top_up_wish(
                wallet=wallet,
                amount_minor=amount,
                method=TopUpMethod.CARD,
                key=f"topup:{new_id()}",
                actor="billing",
                now=now,
                is_automatic=True,
            )
        except TopUpCardMissing:
            return None  # the low-balance letter has told it


def _locked(wallet_id: UUID) -> Wallet:
    return Wallet.objects.select_for_update(of=("self",)).select_related("billing_account").get(pk=wallet_id)
