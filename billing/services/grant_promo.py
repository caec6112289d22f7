"""The operator gives a merchant money for its bills; a large gift needs a second person."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import BillingAccount
from billing.models.ledger import Book
from billing.models.wallet import LotKind, PromoGrant, Wallet, WalletLot
from billing.services.pay_from_wallet import pay_from_wallet
from billing.services.post_entries import post_entries
from billing.services.spend_wallet import locked_wallet
from billing.services.watch_balance import watch_balance
from control.audit.services import record_act
from kit.errors import Kind, Refused

ALONE_MINOR = 500_00  # what one operator may give alone
MOST_MINOR = 50_000_00


class GrantRefused(Refused):
    """The amount, the end or the reason is not one. Fields name which."""

    code, kind, sentence = "grant_refused", Kind.INVALID, _("请填写 0.01 到 5 万元的金额、以后的到期时间和原因。")


class SamePerson(Refused):
    """Whoever asked cannot approve."""

    code, kind, sentence = "same_person", Kind.FORBIDDEN, _("申请人不能自己批准，请另一位运营人员来批准。")


class NotWaiting(Refused):
    """It was approved or withdrawn already."""

    code, kind, sentence = "not_waiting", Kind.CONFLICT, _("这条申请已经处理过了。")


def grant_promo(
    *,
    merchant_id: UUID,
    amount_minor: int,
    expires_at: datetime | None,
    reason: str,
    key: UUID,
    by: str,
    now: datetime,
) -> PromoGrant:
    """Give a merchant money in the wallet, at once up to a limit, above it when another operator approves.

    Given money is spent before any other, ends when it says, and is never paid out. The same key gives once.

    :raises GrantRefused:
    """
    if not 0 < amount_minor <= MOST_MINOR or not reason.strip() or (expires_at is not None and expires_at <= now):
        raise GrantRefused
    with transaction.atomic(durable=True):
        payer = BillingAccount.objects.get(merchant_id=merchant_id)
        wallet = locked_wallet(billing_account=payer)
        if known := PromoGrant.objects.filter(key=key, wallet=wallet).first():
            return known
        grant = PromoGrant.objects.create(
            wallet=wallet,
            amount_minor=amount_minor,
            currency=payer.currency,
            expires_at=expires_at,
            reason=reason.strip(),
            key=key,
            requested_by=by,
            requested_at=now,
        )
        if amount_minor <= ALONE_MINOR:
            _give(wallet, grant, by, now)
        else:
            _remember("promo.asked", wallet, grant, by, now)
        return grant


def approve_grant(*, grant_id: UUID, by: str, now: datetime) -> PromoGrant:
    """Approve what another operator asked for; the money is in the wallet at once.

    :raises SamePerson, NotWaiting:
    """
    with transaction.atomic(durable=True):
        wallet, grant = _locked(grant_id)
        if grant.requested_by == by:
            raise SamePerson
        if grant.expires_at is not None and grant.expires_at <= now:
            raise GrantRefused
        grant.approved_by = by
        _give(wallet, grant, by, now)
        return grant


def withdraw_grant(*, grant_id: UUID, by: str, now: datetime) -> PromoGrant:
    """Take a request back before it is approved. :raises NotWaiting:"""
    with transaction.atomic(durable=True):
        wallet, grant = _locked(grant_id)
        grant.withdrawn_at = now
        grant.save(update_fields=["withdrawn_at"])
        _remember("promo.withdrawn", wallet, grant, by, now)
        return grant


def _locked(grant_id: UUID) -> tuple[Wallet, PromoGrant]:
    wallet_id = PromoGrant.objects.values_list("wallet_id", flat=True).get(pk=grant_id)
    wallet = Wallet.objects.select_for_update(of=("self",)).select_related("billing_account").get(pk=wallet_id)
    grant = PromoGrant.objects.select_for_update().get(pk=grant_id)
    if grant.granted_at or grant.withdrawn_at:
        raise NotWaiting
    return wallet, grant


def _give(wallet: Wallet, grant: PromoGrant, by: str, now: datetime) -> None:
    grant.granted_at = now
    grant.save(update_fields=["granted_at", "approved_by"])
    WalletLot.objects.create(
        wallet=wallet,
        kind=LotKind.PROMO,
        source=f"grant:{grant.pk}",
        amount_minor=grant.amount_minor,
        remaining_minor=grant.amount_minor,
        created_at=now,
        expires_at=grant.expires_at,
    )
    post_entries(
        what="promo.granted",
        subject_id=grant.pk,
        billing_account=wallet.billing_account,
        currency=grant.currency,
        at=now,
        entries={Book.DISCOUNT: grant.amount_minor, Book.WALLET_PROMO: -grant.amount_minor},
    )
    _remember("promo.granted", wallet, grant, by, now)
    pay_from_wallet(wallet=wallet, now=now)
    watch_balance(wallet=wallet, now=now)


def _remember(what: str, wallet: Wallet, grant: PromoGrant, by: str, now: datetime) -> None:
    record_act(
        what=what,
        actor=by,
        now=now,
        merchant_id=wallet.billing_account.merchant_id,
        reason=grant.reason,
        amount_minor=grant.amount_minor,
        currency=grant.currency,
    )
