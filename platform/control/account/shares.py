"""What two stores share, as either of them reads it; read in the control plane."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from billing.models.agreements import BillingAccount
from billing.models.shares import PartnerShare, ShareStatement
from billing.services.share_revenue import StatementMissing
from kit.tenancy import in_control
from kit.web.downloads import major
from kit.web.format import moment
from kit.web.xlsx import Cell


def statements_of(account: BillingAccount) -> QuerySet[ShareStatement]:
    """Query the statements that an account gave or got, the latest first."""
    mine = ShareStatement.objects.filter(Q(payer=account) | Q(partner=account))
    return mine.select_related("payer__merchant", "partner__merchant").order_by("-month_starts_at", "-id")


def statement_with_id(account: BillingAccount, statement_id: UUID) -> ShareStatement:
    """Find one of an account's statements. :raises StatementMissing: none, or between two others."""
    found = statements_of(account).filter(pk=statement_id).first()
    if found is None:
        raise StatementMissing
    return found


def rows_of(statement: ShareStatement) -> QuerySet[PartnerShare]:
    """Query the orders and refunds on a statement, the oldest first."""
    return statement.shares.select_related("fee__event").order_by("occurred_at", "id")


def running_minor(account: BillingAccount) -> int:
    """Say what partners earned that is on no statement yet, as either side sees it."""
    open_rows = PartnerShare.objects.filter(
        Q(link__payer=account) | Q(link__child=account), statement__isnull=True
    ).aggregate(total=Sum("partner_minor", default=0))
    return int(open_rows["total"])


def share_rows(statement: ShareStatement) -> Iterator[Sequence[Cell]]:
    """Yield a statement's rows for a file."""
    with in_control():
        rows = list(rows_of(statement))
    for row in rows:
        yield [
            row.fee.event.payload.get("order_number", ""),
            moment(row.occurred_at),
            *(
                major(amount, statement.currency)
                for amount in (
                    row.order_minor,
                    row.platform_fee_minor,
                    row.channel_fee_minor,
                    row.payer_minor,
                    row.partner_minor,
                )
            ),
            statement.currency,
        ]
