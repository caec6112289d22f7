"""Money on its way into a wallet: asked for once, whatever way it comes."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import BillingAccount
from billing.models.wallet import TopUp, TopUpMethod, Wallet
from billing.selectors import card_in_use
from billing.services.spend_wallet import locked_wallet
from control.audit.services import record_act
from kit.errors import Kind, Refused

LEAST_MINOR, MOST_MINOR = 10_00, 200_000_00
FIRST_LOOK = timedelta(seconds=30)


class TopUpOutOfRange(Refused):
    """The amount is too small or too large. Facts: ``least_minor``, ``most_minor``."""

    code, kind, sentence = "top_up_out_of_range", Kind.INVALID, _("每次充值 10 元到 20 万元。")


class TopUpCardMissing(Refused):
    """There is no card to charge."""

    code, kind, sentence = "card_needed", Kind.PAYMENT, _("请先绑定一张银行卡，再充值。")


class KeyTaken(Refused):
    """The form's key belongs to something else."""

    code, kind, sentence = "key_taken", Kind.CONFLICT, _("页面已经过期，请刷新后再试。")


def open_top_up(
    *, merchant_id: UUID, amount_minor: int, method: TopUpMethod, key: UUID, actor: str, now: datetime
) -> TopUp:
    """Note that a merchant wants to pay into the wallet; nothing is in it before ``settle_top_up``.

    The same key (one a form) returns the same top-up, so a double click pays once. A card is charged afterwards by
    ``charge_top_up``; other ways settle when their money is seen.

    :raises TopUpOutOfRange, TopUpCardMissing, KeyTaken:
    """
    if not LEAST_MINOR <= amount_minor <= MOST_MINOR:
        raise TopUpOutOfRange(
            fields={"amount": [TopUpOutOfRange.sentence]}, least_minor=LEAST_MINOR, most_minor=MOST_MINOR
        )
    with transaction.atomic(durable=True):
        payer = BillingAccount.objects.get(merchant_id=merchant_id)
        wallet = locked_wallet(billing_account=payer)
        if known := TopUp.objects.filter(key=f"topup:{key}").first():
            if (known.wallet_id, known.amount_minor, known.method) != (wallet.pk, amount_minor, method):
                raise KeyTaken
            return known
        opened = note_top_up_wish(
            wallet=wallet, amount_minor=amount_minor, method=method, key=f"topup:{key}", actor=actor, now=now
        )
        record_act(
            what="topup.asked",
            actor=actor,
            now=now,
            merchant_id=merchant_id,
            amount_minor=amount_minor,
            currency=payer.currency,
            method=method.value,
        )
        return opened


def note_top_up_wish(
    *,
    wallet: Wallet,
    amount_minor: int,
    method: TopUpMethod,
    key: str,
    actor: str,
    now: datetime,
    is_automatic: bool = False,
) -> TopUp:
    """Write one pending top-up, in the caller's transaction, which holds the wallet. :raises TopUpCardMissing:"""
    card = card_in_use(billing_account=wallet.billing_account) if method == TopUpMethod.CARD else None
    if method == TopUpMethod.CARD and card is None:
        raise TopUpCardMissing
    return TopUp.objects.create(
        wallet=wallet,
        method=method,
        amount_minor=amount_minor,
        currency=wallet.billing_account.currency,
        is_automatic=is_automatic,
        card=card,
        key=key,
        asked_by=actor,
        created_at=now,
        next_look_at=now + FIRST_LOOK if card else None,
    )
