"""Telling a merchant that the wallet runs low, once a low."""

from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from billing.models.wallet import Wallet, WalletLot
from billing.services.write_letter import write_letter
from kit.web.format import money


def balance_of(*, wallet: Wallet) -> int:
    """Say what is left in a wallet's lots, both kinds together."""
    return int(WalletLot.objects.filter(wallet=wallet).aggregate(total=Sum("remaining_minor"))["total"] or 0)


def watch_balance(*, wallet: Wallet, now: datetime) -> None:
    """Write one letter when the balance falls below the merchant's mark, in the caller's transaction.

    The caller holds the wallet. Refilled above the mark, the next low is told again.
    """
    mark = wallet.alert_below_minor
    if mark is None and wallet.alerted_at is None:
        return
    balance = balance_of(wallet=wallet)
    is_low = mark is not None and balance < mark
    if is_low == (wallet.alerted_at is not None):
        return
    wallet.alerted_at = now if is_low else None
    wallet.save(update_fields=["alerted_at"])
    if is_low:
        payer = wallet.billing_account
        words = {"balance": money(balance, payer.currency), "mark": money(mark, payer.currency)}
        text = _("钱包余额只剩 %(balance)s，低于您设的 %(mark)s。请到后台的“钱包”充值，以免账单扣不到款。") % words
        transaction.on_commit(
            partial(write_letter, billing_account=payer, subject=_("钱包余额不足"), text=text, now=now)
        )
