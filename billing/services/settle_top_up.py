"""How a top-up ends, by whatever way its money came: the one story of cards, transfers and wallets of others."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models.ledger import Book
from billing.models.wallet import LotKind, TopUp, TopUpMethod, TopUpState, Wallet, WalletLot
from billing.services.pay_from_wallet import pay_from_wallet
from billing.services.post_entries import post_entries
from billing.services.watch_balance import watch_balance
from billing.services.write_letter import write_letter
from control.audit.services import record_act
from kit.errors import Kind, Refused
from kit.gateway.declines import explain_decline, is_hard_decline
from kit.web.format import money

PAUSE_AFTER_A_NO = timedelta(days=1)
_CLEARING_OF = {
    TopUpMethod.CARD: Book.CLEARING_STRIPE,
    TopUpMethod.BANK: Book.BANK,
    TopUpMethod.WECHAT: Book.CLEARING_WECHAT,
    TopUpMethod.ALIPAY: Book.CLEARING_ALIPAY,
}


class TopUpMismatch(Refused):
    """Another amount or currency arrived than was asked for. Nothing is credited; a person must look."""

    code, kind = "top_up_mismatch", Kind.CONFLICT
    sentence = gettext_lazy("到账金额和充值单不一致，已停下等待核对。")


def settle_top_up(
    *, top_up_id: UUID, gateway_ref: str, amount_minor: int, currency: str, at: datetime, now: datetime
) -> TopUp:
    """Put the money of a top-up into its wallet, once, in the caller's transaction; then it pays what is open.

    Whoever saw the money calls this: the card company's webhook, the person who checked a transfer, a payment
    method's notification. Safe to repeat. Money that comes after a no is money all the same; what is settled stays.

    :raises TopUpMismatch:
    """
    wallet, top_up = _locked(top_up_id)
    if (amount_minor, currency) != (top_up.amount_minor, top_up.currency):
        raise TopUpMismatch(top_up=top_up.key, told=amount_minor)
    if top_up.method == TopUpMethod.CARD and top_up.gateway_ref and gateway_ref != top_up.gateway_ref:
        raise TopUpMismatch(top_up=top_up.key, told=gateway_ref)  # carries our key, and is another charge
    if top_up.state == TopUpState.SETTLED:
        return top_up
    top_up.state, top_up.settled_at, top_up.next_look_at = TopUpState.SETTLED, at, None
    top_up.gateway_ref, top_up.failure_code = top_up.gateway_ref or gateway_ref or None, ""
    top_up.save()
    WalletLot.objects.create(
        wallet=wallet,
        kind=LotKind.PAID,
        source=f"top_up:{top_up.pk}",
        amount_minor=amount_minor,
        remaining_minor=amount_minor,
        created_at=at,
    )
    payer = wallet.billing_account
    post_entries(
        what="topup.settled",
        subject_id=top_up.pk,
        billing_account=payer,
        currency=currency,
        at=at,
        entries={_CLEARING_OF[TopUpMethod(top_up.method)]: amount_minor, Book.WALLET_PAID: -amount_minor},
    )
    record_act(
        what="topup.settled",
        actor="billing",
        now=now,
        merchant_id=payer.merchant_id,
        amount_minor=amount_minor,
        currency=currency,
        method=top_up.method,
    )
    pay_from_wallet(wallet=wallet, now=now)
    watch_balance(wallet=wallet, now=now)
    return top_up


def fail_top_up(*, top_up_id: UUID, failure_code: str, gateway_ref: str, now: datetime) -> TopUp:
    """Note that no money came, in the caller's transaction. What is settled stays settled.

    An automatic one pauses for a day; a card that will never work switches automatic top-up off. Both are told.
    """
    wallet, top_up = _locked(top_up_id)
    if top_up.state != TopUpState.PENDING:
        return top_up
    top_up.state, top_up.failure_code, top_up.next_look_at = TopUpState.FAILED, failure_code[:60], None
    top_up.gateway_ref = top_up.gateway_ref or gateway_ref or None
    top_up.save()
    payer = wallet.billing_account
    record_act(
        what="topup.failed",
        actor="billing",
        now=now,
        merchant_id=payer.merchant_id,
        amount_minor=top_up.amount_minor,
        currency=top_up.currency,
        why=failure_code,
    )
    if top_up.is_automatic:
        _pause(wallet, failure_code, now)
        words = {
            "amount": money(top_up.amount_minor, top_up.currency),
            "why": explain_decline(decline_code=failure_code),
        }
        transaction.on_commit(
            partial(
                write_letter,
                billing_account=payer,
                subject=_("自动充值没有成功"),
                text=_("自动充值 %(amount)s 没有扣成功：%(why)s 请到后台换一张卡或手动充值。") % words,
                now=now,
            )
        )
    return top_up


def _pause(wallet: Wallet, failure_code: str, now: datetime) -> None:
    if is_hard_decline(decline_code=failure_code):
        wallet.auto_below_minor = wallet.auto_amount_minor = None
    wallet.auto_again_at = now + PAUSE_AFTER_A_NO
    wallet.save(update_fields=["auto_below_minor", "auto_amount_minor", "auto_again_at"])


def _locked(top_up_id: UUID) -> tuple[Wallet, TopUp]:
    # The wallet first, then what hangs on it: every story of money takes its locks in this order
    wallet_id = TopUp.objects.values_list("wallet_id", flat=True).get(pk=top_up_id)
    wallet = Wallet.objects.select_for_update(of=("self",)).select_related("billing_account").get(pk=wallet_id)
    return wallet, TopUp.objects.select_for_update().get(pk=top_up_id)
