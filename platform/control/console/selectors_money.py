"""What the operator sees of money on its way in: who is chased, what is disputed, what came by bank, what differs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, QuerySet, Sum

from billing.models.agreements import BillingAccount
from billing.models.dunning import DunningCase, DunningStep
from billing.models.invoices import Invoice, InvoiceState
from billing.models.parking import ParkedAccount
from billing.models.reconciling import CompanyStatement, Difference, DifferenceState, ReconciliationRun
from billing.models.reversals import Dispute, DisputeState, TopUpReversal
from billing.models.transfers import BankTransfer, TransferState
from control.console.selectors import NotInConsole


@dataclass(frozen=True)
class ChasedLine:
    """One account in the dunning queue."""

    case: DunningCase
    owed_minor: int
    invoices: int
    days: int

    @property
    def step_label(self) -> str:
        """What follows, in words; empty when nothing does."""
        return str(DunningStep(self.case.next_step).label) if self.case.next_step else ""


def cases_like(*, state: str, now: datetime) -> QuerySet[DunningCase]:
    """Query open cases: all, by stage, promised or excluded; the next to act on first."""
    cases = DunningCase.objects.filter(closed_at=None).select_related("billing_account__merchant")
    if state == "promised":
        cases = cases.filter(promised_until__gte=now.date())
    elif state == "excluded":
        cases = cases.filter(excluded_at__isnull=False)
    elif state in DunningStep.values:
        cases = cases.filter(stage=state)
    return cases.order_by("next_step_at", "id")


def chased_lines(cases: Iterable[DunningCase], now: datetime) -> list[ChasedLine]:
    """Add what each account owes, with one query for the page."""
    page = list(cases)
    owed = {
        account: (total, count)
        for account, total, count in Invoice.objects.filter(
            billing_account__in=[case.billing_account_id for case in page],
            state=InvoiceState.OPEN,
            overdue_since__isnull=False,
        )
        .values_list("billing_account")
        .annotate(total=Sum("due_minor"), count=Count("id"))
    }
    return [
        ChasedLine(
            case=case,
            owed_minor=owed.get(case.billing_account_id, (0, 0))[0],
            invoices=owed.get(case.billing_account_id, (0, 0))[1],
            days=(now.astimezone(case.billing_account.zone).date() - case.first_day).days,
        )
        for case in page
    ]


def case_of(billing_account_id: UUID) -> DunningCase:
    """Find an account's open case. :raises NotInConsole:"""
    cases = DunningCase.objects.filter(billing_account_id=billing_account_id, closed_at=None)
    found = cases.select_related("billing_account__merchant").first()
    if found is None:
        raise NotInConsole
    return found


def disputes_like(*, state: str) -> QuerySet[Dispute]:
    """Query disputes; those with the nearest deadline first, the latest of the others."""
    disputes = Dispute.objects.select_related("attempt__invoice__billing_account__merchant", "attempt__card")
    if state in DisputeState.values:
        disputes = disputes.filter(state=state)
    return disputes.order_by("-opened_at", "-id")


def count_disputes() -> dict[str, int]:
    """Count the disputes of each state."""
    counts = dict(Dispute.objects.order_by().values_list("state").annotate(Count("id")))
    return {"": sum(counts.values()), **counts}


def top_ups_taken_back() -> QuerySet[TopUpReversal]:
    """Query top-ups that a bank or a person at the card company's desk took back, the latest first."""
    taken = TopUpReversal.objects.select_related("top_up__wallet__billing_account__merchant")
    return taken.order_by("-opened_at", "-id")


def dispute_with_id(dispute_id: UUID) -> Dispute:
    """Find a dispute. :raises NotInConsole:"""
    found = disputes_like(state="").filter(pk=dispute_id).first()
    if found is None:
        raise NotInConsole
    return found


def transfers_like(*, state: str) -> QuerySet[BankTransfer]:
    """Query bank transfers, the latest first."""
    transfers = BankTransfer.objects.select_related("billing_account__merchant")
    if state in TransferState.values:
        transfers = transfers.filter(state=state)
    return transfers.order_by("-submitted_at", "-id")


def count_transfers() -> dict[str, int]:
    """Count the transfers of each state."""
    counts = dict(BankTransfer.objects.order_by().values_list("state").annotate(Count("id")))
    return {"": sum(counts.values()), **counts}


def transfer_with_id(transfer_id: UUID) -> BankTransfer:
    """Find a transfer with what it was matched to. :raises NotInConsole:"""
    found = transfers_like(state="").prefetch_related("matches__invoice").filter(pk=transfer_id).first()
    if found is None:
        raise NotInConsole
    return found


def payable_invoices(billing_account: BillingAccount) -> list[Invoice]:
    """List what a transfer of an account may pay, the oldest first."""
    invoices = Invoice.objects.filter(
        billing_account=billing_account, state__in=[InvoiceState.OPEN, InvoiceState.UNCOLLECTIBLE], due_minor__gt=0
    )
    return list(invoices.order_by("issued_at", "id"))


def differences_like(*, state: str) -> QuerySet[Difference]:
    """Query differences by state; the open ones unless asked otherwise, the latest first."""
    wanted = state if state in DifferenceState.values else DifferenceState.OPEN
    rows = Difference.objects.filter(state=wanted).select_related("billing_account__merchant")
    return rows.order_by("-found_at", "-id")


def count_differences() -> dict[str, int]:
    """Count the differences of each state; "" is the open ones."""
    counts = dict(Difference.objects.order_by().values_list("state").annotate(Count("id")))
    return {"": counts.get(DifferenceState.OPEN, 0), **counts}


def latest_runs() -> list[ReconciliationRun]:
    """List the last comparisons."""
    return list(ReconciliationRun.objects.order_by("-started_at")[:7])


def latest_statements() -> list[CompanyStatement]:
    """List the last statements of WeChat Pay and Alipay."""
    return list(CompanyStatement.objects.order_by("-day", "company")[:14])


def parked_accounts() -> list[ParkedAccount]:
    """List the accounts that wait for a person, the oldest first."""
    parked = ParkedAccount.objects.filter(released_at=None).select_related("billing_account__merchant")
    return list(parked.order_by("parked_at"))
