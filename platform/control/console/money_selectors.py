"""What the console shows of credit notes, wallets and 发票, in few queries each; read in the control plane."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet

from billing.models.agreements import BillingAccount
from billing.models.credits import CreditNote, CreditNoteState
from billing.models.fapiao import Fapiao, FapiaoState, RedLetter, RedLetterState
from billing.models.prepay import CompanyCharge, PrepayRefund
from billing.models.wallet import PromoGrant, TopUpState, WalletLot
from billing.services.spend_wallet import credit_of
from control.console.selectors import NotInConsole

_LATEST = 30


def credits_like(*, query: str, state: str) -> QuerySet[CreditNote]:
    """Query credit notes by state and by a part of their or the invoice's number, or the store; the latest first."""
    notes = CreditNote.objects.select_related("invoice__billing_account__merchant")
    if state in CreditNoteState.values:
        notes = notes.filter(state=state)
    if query:
        notes = notes.filter(
            Q(number__icontains=query)
            | Q(invoice__number__icontains=query)
            | Q(invoice__billing_account__merchant__name__icontains=query)
            | Q(invoice__billing_account__merchant__slug__icontains=query)
        )
    return notes.order_by("-requested_at", "-id")


def count_credits(*, query: str) -> dict[str, int]:
    """Count the credit notes of each state that match."""
    counts = dict(credits_like(query=query, state="").order_by().values_list("state").annotate(Count("id")))
    return {"": sum(counts.values()), **counts}


def credit_with_id(credit_note_id: UUID) -> CreditNote:
    """Find a credit note with its lines. :raises NotInConsole:"""
    notes = CreditNote.objects.select_related("invoice__billing_account__merchant")
    found = notes.prefetch_related("lines__invoice_line__phase__price__edition").filter(pk=credit_note_id).first()
    if found is None:
        raise NotInConsole
    return found


@dataclass(frozen=True)
class WalletLine:
    """A merchant's wallet: what holds money, what was given or waits to be."""

    payer: BillingAccount
    lots: list[WalletLot]
    grants: list[PromoGrant]
    credit_minor: int
    prepaid: list["Prepaid"]
    refunds: list[PrepayRefund]

    @property
    def balance_minor(self) -> int:
        """What is left in all lots."""
        return sum(lot.remaining_minor for lot in self.lots)


def wallet_of(merchant_id: UUID) -> WalletLine:
    """Read a merchant's wallet. :raises NotInConsole: no billing account."""
    payer = BillingAccount.objects.filter(merchant_id=merchant_id).first()
    if payer is None:
        raise NotInConsole
    lots = WalletLot.objects.filter(wallet__billing_account=payer, remaining_minor__gt=0)
    grants = PromoGrant.objects.filter(wallet__billing_account=payer).order_by("-requested_at", "-id")
    return WalletLine(
        payer,
        list(lots.order_by("-kind", "expires_at", "id")),
        list(grants[:_LATEST]),
        credit_of(payer),
        _prepaid(CompanyCharge.objects.filter(top_up__wallet__billing_account=payer))[:_LATEST],
        list(
            _refunds().filter(charge__top_up__wallet__billing_account=payer).order_by("-requested_at", "-id")[:_LATEST]
        ),
    )


@dataclass(frozen=True)
class Prepaid:
    """A prepayment by WeChat Pay or Alipay whose money came, and what of it is still in the wallet."""

    charge: CompanyCharge
    left_minor: int


def prepaid_with_id(charge_id: UUID) -> Prepaid:
    """Find a prepayment whose money came. :raises NotInConsole:"""
    found = _prepaid(CompanyCharge.objects.filter(pk=charge_id))
    if not found:
        raise NotInConsole
    return found[0]


def _prepaid(charges: QuerySet[CompanyCharge]) -> list[Prepaid]:
    settled = charges.filter(top_up__state=TopUpState.SETTLED).order_by("-top_up__settled_at", "-id")
    rows = list(settled.select_related("top_up__wallet__billing_account__merchant")[:_LATEST])
    lots = WalletLot.objects.filter(source__in=[f"top_up:{row.top_up_id}" for row in rows])
    left = dict(lots.values_list("source", "remaining_minor"))
    return [Prepaid(row, left.get(f"top_up:{row.top_up_id}", 0)) for row in rows]


def prepay_refund_with_id(refund_id: UUID) -> PrepayRefund:
    """Find a refund of a prepayment. :raises NotInConsole:"""
    found = _refunds().filter(pk=refund_id).first()
    if found is None:
        raise NotInConsole
    return found


def _refunds() -> QuerySet[PrepayRefund]:
    return PrepayRefund.objects.select_related("charge__top_up__wallet__billing_account__merchant")


def grant_with_id(grant_id: UUID) -> PromoGrant:
    """Find a gift. :raises NotInConsole:"""
    found = PromoGrant.objects.filter(pk=grant_id).first()
    if found is None:
        raise NotInConsole
    return found


def merchant_of(grant: PromoGrant) -> UUID:
    """Say whose wallet a gift is for."""
    return PromoGrant.objects.values_list("wallet__billing_account__merchant_id", flat=True).get(pk=grant.pk)


def fapiao_like(*, query: str, state: str) -> QuerySet[Fapiao]:
    """Query 发票 by state ("red": waits for a red letter) and by title, number or store; who waits longest first."""
    found = Fapiao.objects.select_related("billing_account__merchant", "title")
    if state == "red":
        found = found.filter(red_letters__state=RedLetterState.NEEDED).distinct()
    elif state in FapiaoState.values:
        found = found.filter(state=state)
    if query:
        found = found.filter(
            Q(title__name__icontains=query)
            | Q(title__tax_number__icontains=query)
            | Q(number__icontains=query)
            | Q(billing_account__merchant__name__icontains=query)
        )
    waits = state in ("red", FapiaoState.REQUESTED)
    return found.order_by("requested_at", "id") if waits else found.order_by("-requested_at", "-id")


def count_fapiao(*, query: str) -> dict[str, int]:
    """Count the 发票 of each state that match."""
    everything = fapiao_like(query=query, state="")
    counts = dict(everything.order_by().values_list("state").annotate(Count("id")))
    return {"": sum(counts.values()), "red": fapiao_like(query=query, state="red").count(), **counts}


def fapiao_with_id(fapiao_id: UUID) -> Fapiao:
    """Find a 发票 with its shares and red letters. :raises NotInConsole:"""
    red = Prefetch("red_letters", queryset=RedLetter.objects.select_related("credit_note").order_by("needed_at"))
    found = Fapiao.objects.select_related("billing_account__merchant", "title")
    one = found.prefetch_related("shares__invoice", red).filter(pk=fapiao_id).first()
    if one is None:
        raise NotInConsole
    return one


def red_letter_with_id(red_letter_id: UUID) -> RedLetter:
    """Find a red letter. :raises NotInConsole:"""
    found = RedLetter.objects.filter(pk=red_letter_id).first()
    if found is None:
        raise NotInConsole
    return found
