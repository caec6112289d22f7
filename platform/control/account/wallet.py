"""What the wallet's page shows, in few queries; read in the control plane."""

from collections.abc import Sequence
from dataclasses import dataclass

from billing.models.agreements import BillingAccount
from billing.models.prepay import PrepayRefund
from billing.models.reversals import TopUpReversal
from billing.models.wallet import LotKind, TopUp, TopUpState, Wallet, WalletLot, WalletUse
from billing.services.spend_wallet import credit_of

_LATEST = 30


@dataclass(frozen=True)
class WalletShown:
    """A wallet as its owner sees it; one that was never used is empty."""

    wallet: Wallet | None
    lots: Sequence[WalletLot]
    uses: Sequence[WalletUse]
    top_ups: Sequence[TopUp]
    credit_minor: int
    refunds: Sequence[PrepayRefund] = ()
    taken_back: Sequence[TopUpReversal] = ()

    @property
    def paid_minor(self) -> int:
        """What is left of what was paid in."""
        return sum(lot.remaining_minor for lot in self.lots if lot.kind == LotKind.PAID)

    @property
    def promo_minor(self) -> int:
        """What is left of what was given."""
        return sum(lot.remaining_minor for lot in self.lots if lot.kind == LotKind.PROMO)

    @property
    def balance_minor(self) -> int:
        """Both together."""
        return self.paid_minor + self.promo_minor

    @property
    def is_under_way(self) -> bool:
        """Whether a top-up waits for its money."""
        return any(top_up.state == TopUpState.PENDING for top_up in self.top_ups)


def read_wallet(payer: BillingAccount) -> WalletShown:
    """Read a payer's wallet: the lots that still hold money (spent ones are in the download), the latest uses."""
    wallet = Wallet.objects.filter(billing_account=payer).first()
    if wallet is None:
        return WalletShown(None, [], [], [], credit_of(payer))
    uses = WalletUse.objects.filter(lot__wallet=wallet).select_related("lot", "invoice").order_by("-used_at", "-id")
    return WalletShown(
        wallet=wallet,
        lots=list(WalletLot.objects.filter(wallet=wallet, remaining_minor__gt=0).order_by("-kind", "expires_at", "id")),
        uses=list(uses[:_LATEST]),
        top_ups=list(TopUp.objects.filter(wallet=wallet).order_by("-created_at", "-id")[:_LATEST]),
        credit_minor=credit_of(payer),
        refunds=list(
            PrepayRefund.objects.filter(charge__top_up__wallet=wallet, number__isnull=False)
            .select_related("charge__top_up")
            .order_by("-approved_at", "-id")[:_LATEST]
        ),
        taken_back=list(
            TopUpReversal.objects.filter(top_up__wallet=wallet, withdrawn_minor__gt=0).order_by("-opened_at", "-id")[
                :_LATEST
            ]
        ),
    )
