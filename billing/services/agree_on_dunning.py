"""What an operator agrees with a merchant who owes: a promise to pay, or no chasing at all."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.calendar import local_day
from billing.dunning import HOUR
from billing.models.agreements import BillingAccount
from billing.models.dunning import DunningCase
from billing.models.invoices import Invoice, InvoiceState
from billing.services.judge_subscription import judge_subscription
from billing.services.spend_wallet import locked_wallet
from control.audit.services import record_act
from kit.errors import Kind, Refused

LONGEST_PROMISE = timedelta(days=60)


class NothingOverdue(Refused):
    """The account owes nothing that is overdue, or has paid meanwhile."""

    code, kind, sentence = "nothing_overdue", Kind.CONFLICT, _("这家店现在没有逾期账单。")


class PromiseOutOfRange(Refused):
    """A promise lies between tomorrow and two months from now."""

    code, kind, sentence = "promise_out_of_range", Kind.INVALID, _("承诺付款日要在明天到 60 天之内。")


def promise_to_pay(*, billing_account_id: UUID, until: date, reason: str, by: str, now: datetime) -> DunningCase:
    """Put every later step and retry off by the days until a promised local day; the next promise counts anew.

    :raises NothingOverdue, PromiseOutOfRange:
    """
    with transaction.atomic(durable=True):
        case = _locked(billing_account_id)
        today = local_day(now, case.billing_account.zone)
        if not today < until <= today + LONGEST_PROMISE:
            raise PromiseOutOfRange(fields={"until": [PromiseOutOfRange.sentence]})
        begun = case.promised_until if case.promised_until and case.promised_until > today else today
        case.shift_days = max(0, case.shift_days + (until - begun).days)
        case.promised_until, case.reason, case.agreed_by = until, reason[:200], by
        case.save(update_fields=["shift_days", "promised_until", "reason", "agreed_by"])
        _put_off_tries(case, until)
        _agreed(case, "dunning.promised", by, reason, now, until=until.isoformat())
    return case


def exclude_from_dunning(*, billing_account_id: UUID, reason: str, by: str, now: datetime) -> DunningCase:
    """Take an account out of the schedule: no letters, no steps; the store works as while past due.

    :raises NothingOverdue:
    """
    with transaction.atomic(durable=True):
        case = _locked(billing_account_id)
        case.excluded_at, case.reason, case.agreed_by = now, reason[:200], by
        case.save(update_fields=["excluded_at", "reason", "agreed_by"])
        _agreed(case, "dunning.excluded", by, reason, now)
    return case


def include_in_dunning(*, billing_account_id: UUID, by: str, now: datetime) -> DunningCase:
    """Put an account back into the schedule, where the calendar says it stands. :raises NothingOverdue:"""
    with transaction.atomic(durable=True):
        case = _locked(billing_account_id)
        case.excluded_at = None
        case.save(update_fields=["excluded_at"])
        _agreed(case, "dunning.included", by, "", now)
    return case


def _locked(billing_account_id: UUID) -> DunningCase:
    locked_wallet(billing_account=BillingAccount.objects.get(pk=billing_account_id))
    case = (
        DunningCase.objects.select_related("billing_account")
        .filter(billing_account_id=billing_account_id, closed_at=None)
        .first()
    )
    if case is None:
        raise NothingOverdue
    return case


def _put_off_tries(case: DunningCase, until: date) -> None:
    at = datetime.combine(until, HOUR, tzinfo=case.billing_account.zone)
    planned = Invoice.objects.filter(billing_account=case.billing_account, state=InvoiceState.OPEN)
    planned.filter(next_attempt_at__lt=at).update(next_attempt_at=at)


def _agreed(case: DunningCase, what: str, by: str, reason: str, now: datetime, **detail: str) -> None:
    judge_subscription(billing_account=case.billing_account, now=now, reason=what)
    case.refresh_from_db()
    record_act(what=what, actor=by, now=now, merchant_id=case.billing_account.merchant_id, reason=reason, **detail)
