"""When a wallet fills itself, and when it warns."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import BillingAccount
from billing.models.wallet import Wallet
from billing.selectors import card_in_use
from billing.services.open_top_up import LEAST_MINOR, MOST_MINOR, TopUpCardMissing, TopUpOutOfRange
from billing.services.spend_wallet import locked_wallet
from billing.services.watch_balance import watch_balance
from control.audit.services import record_act
from kit.errors import Kind, Refused


class HalfARule(Refused):
    """A threshold without an amount, an amount without a threshold, or a negative mark."""

    code, kind, sentence = "half_a_rule", Kind.INVALID, _("“低于多少”和“每次充多少”要一起填。")


def set_wallet_rules(
    *,
    merchant_id: UUID,
    auto_below_minor: int | None,
    auto_amount_minor: int | None,
    alert_below_minor: int | None,
    actor: str,
    now: datetime,
) -> Wallet:
    """Set the threshold and amount of automatic top-up (both None: off), and the mark of the low-balance letter.

    :raises HalfARule, TopUpOutOfRange, TopUpCardMissing:
    """
    if (auto_below_minor is None) != (auto_amount_minor is None):
        raise HalfARule
    if any(mark is not None and mark < 0 for mark in (auto_below_minor, alert_below_minor)):
        raise HalfARule
    if auto_amount_minor is not None and not LEAST_MINOR <= auto_amount_minor <= MOST_MINOR:
        raise TopUpOutOfRange(fields={"auto_amount": [TopUpOutOfRange.sentence]})
    with transaction.atomic(durable=True):
        payer = BillingAccount.objects.get(merchant_id=merchant_id)
        if auto_below_minor is not None and card_in_use(billing_account=payer) is None:
            raise TopUpCardMissing
        wallet = locked_wallet(billing_account=payer)
        wallet.auto_below_minor, wallet.auto_amount_minor = auto_below_minor, auto_amount_minor
        wallet.alert_below_minor, wallet.auto_again_at = alert_below_minor, None
        wallet.save()
        watch_balance(wallet=wallet, now=now)
        record_act(
            what="wallet.rules",
            actor=actor,
            now=now,
            merchant_id=merchant_id,
            auto_below_minor=auto_below_minor,
            auto_amount_minor=auto_amount_minor,
            alert_below_minor=alert_below_minor,
            currency=payer.currency,
        )
    return wallet
