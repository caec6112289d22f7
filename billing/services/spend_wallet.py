"""Paying an invoice out of the wallet: what was given first, then what was paid in; never more than is there."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, Sum

from billing.models.agreements import BillingAccount
from billing.models.invoices import Invoice
from billing.models.ledger import Book, LedgerEntry
from billing.models.wallet import LotKind, Wallet, WalletLot, WalletUse
from billing.services.post_entries import post_entries

# What the card company takes at least: fees below it wait for the next invoice, and no invoice is left owing less
SMALLEST_CHARGE_MINOR = 400
BOOK_OF = {LotKind.PROMO: Book.WALLET_PROMO, LotKind.PAID: Book.WALLET_PAID}


@dataclass(frozen=True, slots=True)
class Spending:
    """Where the money for an amount comes from, in the order in which it is taken."""

    promo: Sequence[tuple[WalletLot, int]]
    credit_minor: int
    paid: Sequence[tuple[WalletLot, int]]

    @property
    def wallet_minor(self) -> int:
        """What the wallet gives, both kinds together."""
        return sum(amount for _lot, amount in [*self.promo, *self.paid])


def locked_wallet(*, billing_account: BillingAccount) -> Wallet:
    """Find an account's wallet, or open it, and hold it until the transaction ends: the lock of all its lots."""
    locked = Wallet.objects.select_for_update()
    wallet = locked.filter(billing_account=billing_account).first()
    if wallet is None:
        Wallet.objects.get_or_create(billing_account=billing_account)
        wallet = locked.get(billing_account=billing_account)
    wallet.billing_account = billing_account
    return wallet


def plan_spending(*, wallet: Wallet, amount_minor: int, at: datetime) -> Spending:
    """Say what pays an amount: given money by its nearest end, then the account's credit, then money paid in.

    The caller holds the wallet. A lot counts at ``at``, not when this runs: a late clock spends the same lots. Where a
    card would be asked for less than it can be, so much stays in the wallet that it is not.
    """
    alive = Q(expires_at__isnull=True) | Q(expires_at__gt=at)
    lots = WalletLot.objects.filter(alive, wallet=wallet, remaining_minor__gt=0, created_at__lte=at)
    ordered = list(lots.order_by(F("expires_at").asc(nulls_last=True), "id"))
    credit = credit_of(wallet.billing_account)
    spending = _planned(ordered, credit, amount_minor)
    left = amount_minor - spending.wallet_minor - spending.credit_minor
    if 0 < left < SMALLEST_CHARGE_MINOR <= amount_minor:
        return _planned(ordered, credit, amount_minor - SMALLEST_CHARGE_MINOR)
    return spending


def _planned(lots: Sequence[WalletLot], credit_minor: int, amount_minor: int) -> Spending:
    promo = _take([lot for lot in lots if lot.kind == LotKind.PROMO], amount_minor)
    left = amount_minor - _sum(promo)
    credit = min(left, credit_minor)
    return Spending(promo, credit, _take([lot for lot in lots if lot.kind == LotKind.PAID], left - credit))


def foresee_spending(*, billing_account: BillingAccount, amount_minor: int, at: datetime) -> Spending:
    """Say what would pay an amount if it were invoiced at ``at``; nothing is held, so it may move before then."""
    wallet = Wallet.objects.filter(billing_account=billing_account).first()
    if wallet is None:
        return Spending([], min(amount_minor, credit_of(billing_account)), [])
    return plan_spending(wallet=wallet, amount_minor=amount_minor, at=at)


def credit_of(billing_account: BillingAccount) -> int:
    """Say what waits on the account's credit (fees given back beyond what a month owed)."""
    entries = LedgerEntry.objects.filter(
        ledger_account__billing_account=billing_account, ledger_account__book=Book.MERCHANT_CREDIT
    )
    return -int(entries.aggregate(total=Sum("amount_minor"))["total"] or 0)


def spend_wallet(*, spending: Spending, invoice: Invoice, at: datetime) -> None:
    """Take what was planned out of its lots and post it, in the caller's transaction, which holds the wallet."""
    taken = [*spending.promo, *spending.paid]
    if not taken:
        return
    before = Counter(WalletUse.objects.filter(invoice=invoice).values_list("lot", flat=True))
    uses = [
        WalletUse(lot=lot, invoice=invoice, part=before[lot.pk] + 1, amount_minor=amount, used_at=at)
        for lot, amount in taken
    ]
    for use in uses:
        # The guard beside the lock: a lot that does not hold it any more changes nothing, and the story stops
        left = WalletLot.objects.filter(pk=use.lot_id, remaining_minor__gte=use.amount_minor)
        if not left.update(remaining_minor=F("remaining_minor") - use.amount_minor):
            raise RuntimeError(f"lot {use.lot_id} was spent under its lock")
    for use in WalletUse.objects.bulk_create(uses):
        post_entries(
            what="wallet.used",
            subject_id=use.pk,
            billing_account=invoice.billing_account,
            currency=invoice.currency,
            at=at,
            entries={BOOK_OF[LotKind(use.lot.kind)]: use.amount_minor, Book.AR: -use.amount_minor},
        )


def refill_lots(*, invoice: Invoice, at: datetime) -> None:
    """Put what the wallet paid of an invoice back into the same lots, in the caller's transaction that voids it."""
    uses = list(WalletUse.objects.filter(invoice=invoice).select_related("lot"))
    for use in uses:
        WalletLot.objects.filter(pk=use.lot_id).update(remaining_minor=F("remaining_minor") + use.amount_minor)
        post_entries(
            what="wallet.returned",
            subject_id=use.pk,
            billing_account=invoice.billing_account,
            currency=invoice.currency,
            at=at,
            entries={BOOK_OF[LotKind(use.lot.kind)]: -use.amount_minor, Book.AR: use.amount_minor},
        )
    invoice.paid_minor -= sum(use.amount_minor for use in uses)
    invoice.due_minor += sum(use.amount_minor for use in uses)


def keep_given(*, invoice: Invoice, at: datetime) -> int:
    """Open a lot for the given money in an invoice that becomes credit, and say how much it was; the caller posts."""
    given = WalletUse.objects.filter(invoice=invoice, lot__kind=LotKind.PROMO)
    amount = int(given.aggregate(total=Sum("amount_minor"))["total"] or 0)
    if amount:
        WalletLot.objects.create(
            wallet=Wallet.objects.get(billing_account_id=invoice.billing_account_id),
            kind=LotKind.PROMO,
            source=f"invoice:{invoice.pk}:promo",
            amount_minor=amount,
            remaining_minor=amount,
            created_at=at,
        )
    return amount


def _take(lots: Sequence[WalletLot], amount_minor: int) -> list[tuple[WalletLot, int]]:
    taken, left = [], amount_minor
    for lot in lots:
        if left <= 0:
            break
        part = min(left, lot.remaining_minor)
        taken.append((lot, part))
        left -= part
    return taken


def _sum(taken: Sequence[tuple[WalletLot, int]]) -> int:
    return sum(amount for _lot, amount in taken)
