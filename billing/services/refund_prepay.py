"""Prepaid money goes back the way it came: asked for, approved by a second person, taken from its lot, then sent."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext_lazy as _

from billing.collecting import company_called, notify_url
from billing.models.ledger import Book
from billing.models.prepay import CompanyCharge, PrepayRefund, PrepayRefundState
from billing.models.wallet import TopUpMethod, TopUpState, Wallet, WalletLot
from billing.services.grant_promo import NotWaiting, SamePerson
from billing.services.post_entries import post_entries
from billing.services.take_number import take_number
from control.audit.services import record_act
from kit.errors import Kind, Refused
from kit.ports.payments.words import RefundNews, RefundState, RefundWish, Rejected, Unreachable
from kit.tenancy import in_control

log = structlog.get_logger(__name__)
_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 360))
_CLEARING = {TopUpMethod.WECHAT: Book.CLEARING_WECHAT, TopUpMethod.ALIPAY: Book.CLEARING_ALIPAY}


class PrepayMissing(Refused):
    """There is no such prepayment, or its money has not come."""

    code, kind, sentence = "prepay_missing", Kind.MISSING, _("没有找到这笔到账的充值。")


class PrepayRefundTooLarge(Refused):
    """More than is left of this prepayment in the wallet. Fact: ``left_minor``."""

    code, kind, sentence = "prepay_refund_too_large", Kind.CONFLICT, _("这笔充值在钱包里剩的钱不够，已经用掉的不能退。")


def request_prepay_refund(
    *, charge_id: UUID, amount_minor: int, reason: str, key: UUID, by: str, now: datetime
) -> PrepayRefund:
    """Ask for prepaid money to go back; nothing moves before another operator approves. The same key asks once.

    :raises PrepayMissing, PrepayRefundTooLarge:
    """
    with transaction.atomic(durable=True):
        wallet, charge, lot = _held(charge_id)
        if known := PrepayRefund.objects.filter(key=key, charge=charge).first():
            return known
        asked = charge.refunds.filter(state=PrepayRefundState.ASKED).aggregate(total=Sum("amount_minor", default=0))
        left = lot.remaining_minor - asked["total"]
        if not 0 < amount_minor <= left:
            raise PrepayRefundTooLarge(fields={"amount": [PrepayRefundTooLarge.sentence]}, left_minor=max(0, left))
        refund = PrepayRefund.objects.create(
            charge=charge,
            amount_minor=amount_minor,
            currency=charge.top_up.currency,
            reason=reason.strip()[:80],
            key=key,
            requested_by=by,
            requested_at=now,
        )
        _remember("prepay_refund.asked", wallet, refund, by, now)
        return refund


def approve_prepay_refund(*, refund_id: UUID, by: str, now: datetime) -> PrepayRefund:
    """Approve what another operator asked for: numbered, taken out of the wallet, and sent after commit.

    :raises NotWaiting, SamePerson, PrepayRefundTooLarge: the merchant has spent it meanwhile.
    """
    with transaction.atomic(durable=True):
        wallet, refund, lot = _waiting(refund_id)
        if refund.requested_by == by:
            raise SamePerson
        there = WalletLot.objects.filter(pk=lot.pk, remaining_minor__gte=refund.amount_minor)
        if not there.update(remaining_minor=F("remaining_minor") - refund.amount_minor):
            raise PrepayRefundTooLarge(left_minor=lot.remaining_minor)
        refund.number = take_number(series="prepay-refund", prefix="PR", at=now)
        refund.state, refund.approved_by, refund.approved_at = PrepayRefundState.SENT, by, now
        refund.next_look_at = now + _PAUSES[0]
        refund.save()
        _post("prepay_refund.owed", wallet, refund, now, {Book.WALLET_PAID: 1, Book.REFUND_PAYABLE: -1})
        _remember("prepay_refund.approved", wallet, refund, by, now)
        # Robust: what was not sent is sent by the janitor
        transaction.on_commit(lambda: _send_now(refund_id, now), robust=True)
        return refund


def _send_now(refund_id: UUID, now: datetime) -> None:
    with in_control():
        send_prepay_refund(refund_id=refund_id, now=now)


def withdraw_prepay_refund(*, refund_id: UUID, by: str, now: datetime) -> PrepayRefund:
    """Take a wish back before it is approved. :raises NotWaiting:"""
    with transaction.atomic(durable=True):
        wallet, refund, _lot = _waiting(refund_id)
        refund.state = PrepayRefundState.WITHDRAWN
        refund.save(update_fields=["state"])
        _remember("prepay_refund.withdrawn", wallet, refund, by, now)
        return refund


def send_prepay_refund(*, refund_id: UUID, now: datetime) -> None:
    """Ask the company to give an approved refund back, under its own key. Safe to repeat; a silence is looked into."""
    refund = PrepayRefund.objects.select_related("charge__top_up").get(pk=refund_id)
    if refund.state != PrepayRefundState.SENT:
        return
    charge, top_up = refund.charge, refund.charge.top_up
    wish = RefundWish(
        key=refund.company_key,
        charge_key=charge.key,
        charge_ref=(top_up.gateway_ref or "").partition(":")[2],
        amount_minor=refund.amount_minor,
        charged_minor=top_up.amount_minor,
        currency=refund.currency,
        reason=refund.reason,
        notify_url=notify_url(charge.provider),
    )
    try:
        news = company_called(charge.provider).refund(wish)
    except Unreachable as silence:
        log.warning("prepay_refund_unknown", refund=str(refund), error=str(silence))
        return
    except Rejected as no:
        news = RefundNews(key=refund.company_key, state=RefundState.FAILED, failure=str(no))
    _fold(refund.pk, news, now)


def look_at_prepay_refund(*, refund: PrepayRefund, now: datetime) -> None:
    """Ask the company what became of a refund; one it never heard of is sent again, under the same key.

    :raises Unreachable:
    """
    charge = refund.charge
    news = company_called(charge.provider).read_refund(
        key=refund.company_key, charge_key=charge.key, ref=(charge.top_up.gateway_ref or "").partition(":")[2]
    )
    if news is None:
        send_prepay_refund(refund_id=refund.pk, now=now)
    else:
        _fold(refund.pk, news, now)


def look_after_prepay_refunds(*, now: datetime) -> int:
    """Ask about every refund whose look is due; return how many were asked about."""
    due = PrepayRefund.objects.filter(state=PrepayRefundState.SENT, next_look_at__lte=now)
    looked = 0
    for refund in due.select_related("charge__top_up").order_by("next_look_at", "id"):
        pause = _PAUSES[min(refund.looks, len(_PAUSES) - 1)]
        mine = PrepayRefund.objects.filter(pk=refund.pk, next_look_at=refund.next_look_at)
        if not mine.update(next_look_at=now + pause, looks=refund.looks + 1):
            continue  # another janitor has it
        looked += 1
        try:
            look_at_prepay_refund(refund=refund, now=now)
        except Exception:
            log.exception("prepay_refund_still_unknown", refund=str(refund), looks=refund.looks)
    return looked


def _fold(refund_id: UUID, news: RefundNews, now: datetime) -> None:
    if news.state == RefundState.SENT:
        return
    with transaction.atomic():
        charge_id = PrepayRefund.objects.values_list("charge_id", flat=True).get(pk=refund_id)
        wallet, charge, lot = _held(charge_id)
        refund = PrepayRefund.objects.select_for_update().get(pk=refund_id)
        if refund.state != PrepayRefundState.SENT:
            return
        is_done = news.state == RefundState.SUCCEEDED
        if is_done and news.amount_minor != refund.amount_minor:
            log.error("prepay_refund_amount", refund=str(refund), told=news.amount_minor)
            return  # stays under way, and the reconciliation shows it to a person
        refund.state = PrepayRefundState.DONE if is_done else PrepayRefundState.FAILED
        refund.provider_ref, refund.failure = news.provider_ref[:64], news.failure[:120]
        refund.settled_at, refund.next_look_at = now, None
        refund.save()
        if is_done:
            book = _CLEARING[TopUpMethod(charge.top_up.method)]
            _post("prepay_refund.paid", wallet, refund, now, {Book.REFUND_PAYABLE: 1, book: -1})
        else:
            WalletLot.objects.filter(pk=lot.pk).update(remaining_minor=F("remaining_minor") + refund.amount_minor)
            _post("prepay_refund.failed", wallet, refund, now, {Book.REFUND_PAYABLE: 1, Book.WALLET_PAID: -1})
        _remember(f"prepay_refund.{refund.state}", wallet, refund, "billing", now)


def _held(charge_id: UUID) -> tuple[Wallet, CompanyCharge, WalletLot]:
    charges = CompanyCharge.objects.select_related("top_up__wallet__billing_account")
    charge = charges.filter(pk=charge_id, top_up__state=TopUpState.SETTLED).first()
    if charge is None:
        raise PrepayMissing
    wallet = (
        Wallet.objects.select_for_update(of=("self",)).select_related("billing_account").get(pk=charge.top_up.wallet_id)
    )
    return wallet, charge, WalletLot.objects.get(source=f"top_up:{charge.top_up_id}")


def _waiting(refund_id: UUID) -> tuple[Wallet, PrepayRefund, WalletLot]:
    charge_id = PrepayRefund.objects.values_list("charge_id", flat=True).filter(pk=refund_id).first()
    if charge_id is None:
        raise NotWaiting
    wallet, charge, lot = _held(charge_id)
    refund = PrepayRefund.objects.select_for_update().get(pk=refund_id)
    if refund.state != PrepayRefundState.ASKED:
        raise NotWaiting
    refund.charge = charge
    return wallet, refund, lot


def _post(what: str, wallet: Wallet, refund: PrepayRefund, at: datetime, signs: dict[Book, int]) -> None:
    post_entries(
        what=what,
        subject_id=refund.pk,
        billing_account=wallet.billing_account,
        currency=refund.currency,
        at=at,
        entries={book: sign * refund.amount_minor for book, sign in signs.items()},
    )


def _remember(what: str, wallet: Wallet, refund: PrepayRefund, by: str, now: datetime) -> None:
    record_act(
        what=what,
        actor=by,
        now=now,
        merchant_id=wallet.billing_account.merchant_id,
        reason=refund.reason,
        number=refund.number or "",
        amount_minor=refund.amount_minor,
        currency=refund.currency,
    )
