"""Every day: WeChat Pay's and Alipay's statements of what merchants prepaid, against our own books."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from billing.collecting import WayMissing, company_called
from billing.models.agreements import BillingAccount
from billing.models.ledger import Book
from billing.models.prepay import CompanyCharge, PrepayRefund, PrepayRefundState
from billing.models.reconciling import Company, CompanyLine, CompanyStatement, DifferenceKind
from billing.models.wallet import TopUpState
from billing.services.note_differences import Seen, note_differences
from billing.services.post_entries import post_entries
from kit.ports.payments.bills import CHINA
from kit.ports.payments.words import Rejected, StatementLine, Unreachable

log = structlog.get_logger(__name__)
COMPANIES = (Company.WECHAT, Company.ALIPAY)
CLEARING = {Company.WECHAT: Book.CLEARING_WECHAT, Company.ALIPAY: Book.CLEARING_ALIPAY}
LOOK_BACK = 7  # days: a statement that could not be read is tried again for so long
_READY_AT = time(10, 30)  # China's; both companies have yesterday's by then


def reconcile_companies(*, now: datetime) -> int:
    """Read every statement that should be there by now and is not, post fees, and note differences.

    Returns how many statements were read. A company that does not answer is asked again by the next run; it holds up
    no other.
    """
    read = 0
    for company in COMPANIES:
        if not settings.LINLI_COLLECT.get(company.value):
            continue
        last = _last_day(now)
        first = last - timedelta(days=LOOK_BACK - 1)
        known = CompanyStatement.objects.filter(company=company, day__gte=first, trouble="")
        done = set(known.values_list("day", flat=True))
        days = [first + timedelta(days=place) for place in range(LOOK_BACK)]
        read += sum(_read(company, day, now) for day in days if day not in done)
        since = datetime.combine(first, time(), tzinfo=CHINA)
        with transaction.atomic(durable=True):
            note_differences(seen=_compare(company, first, since), since=since, now=now, company=company)
    return read


def _last_day(now: datetime) -> date:
    local = now.astimezone(CHINA)
    return local.date() - timedelta(days=1 if local.time() >= _READY_AT else 2)


def _read(company: Company, day: date, now: datetime) -> bool:
    try:
        told = company_called(company.value).read_statement(day=day)
    except (Unreachable, Rejected, WayMissing) as trouble:
        log.warning("statement_not_read", company=company.value, day=str(day), error=str(trouble))
        said = {"read_at": now, "trouble": f"{type(trouble).__name__} {trouble}"[:120]}
        CompanyStatement.objects.update_or_create(company=company, day=day, defaults=said)
        return False
    with transaction.atomic(durable=True):
        statement, _made = CompanyStatement.objects.update_or_create(
            company=company, day=day, defaults={"read_at": now, "trouble": "", "lines_read": len(told)}
        )
        for key, line in _by_key(told):
            _take_in(statement, company, key, line)
    return True


def _by_key(told: Iterable[StatementLine]) -> Iterator[tuple[str, StatementLine]]:
    """Give each movement a key of its own. One that is written twice is one; one of nobody's number has the company's;
    a second movement under a number of ours is none of ours, and so a difference.
    """
    seen: Counter[tuple[str, str]] = Counter()
    for line in dict.fromkeys(told):
        key = (line.key or line.provider_ref)[:60]
        seen[line.kind, key] += 1
        yield key if seen[line.kind, key] == 1 else f"{key}#{seen[line.kind, key]}", line


def _take_in(statement: CompanyStatement, company: Company, key: str, told: StatementLine) -> None:
    account = _account_of(company, key, told.kind)
    line, _made = CompanyLine.objects.get_or_create(
        statement=statement,
        kind=told.kind,
        key=key,
        defaults={
            "provider_ref": told.provider_ref[:64],
            "amount_minor": told.amount_minor,
            "fee_minor": told.fee_minor,
            "currency": told.currency,
            "billing_account": account,
            "at": told.at,
        },
    )
    if account is not None and line.fee_minor:
        post_entries(
            what="company.fee",
            subject_id=line.pk,
            billing_account=account,
            currency=line.currency,
            at=line.at,
            entries={Book.PSP_FEE: line.fee_minor, CLEARING[company]: -line.fee_minor},
        )


def _account_of(company: Company, key: str, kind: str) -> BillingAccount | None:
    if kind == "charge":
        charge = _charges(company).filter(key=key).first()
        return charge.top_up.wallet.billing_account if charge else None
    refund = _refunds(company).filter(pk=refund_id_of(key)).first()
    return refund.charge.top_up.wallet.billing_account if refund else None


def _compare(company: Company, first: date, since: datetime) -> Iterator[Seen]:
    lines = list(CompanyLine.objects.filter(statement__company=company, statement__day__gte=first).order_by("at", "id"))
    charges = {each.key: each for each in _charges(company).filter(key__in=[line.key for line in lines])}
    ids = [refund_id_of(line.key) for line in lines if line.kind == "refund"]
    refunds = {each.company_key: each for each in _refunds(company).filter(pk__in=ids)}
    for line in lines:
        subject = f"{company}:{line.kind}:{line.key}"[:80]
        ours = _booked(charges.get(line.key) if line.kind == "charge" else refunds.get(line.key))
        if ours is None:
            yield Seen(
                DifferenceKind.MISSING_HERE, subject, None, line.amount_minor, line.currency, line.billing_account_id
            )
        elif ours != (line.amount_minor, line.currency):
            yield Seen(
                DifferenceKind.AMOUNT_MISMATCH, subject, ours[0], line.amount_minor, line.currency,
                line.billing_account_id,
            )  # fmt: skip
    yield from _missing_there(company, since)


def _booked(ours: CompanyCharge | PrepayRefund | None) -> tuple[int, str] | None:
    """What our books say moved, and in which currency; None when nothing did."""
    if isinstance(ours, PrepayRefund):
        return (ours.amount_minor, ours.currency) if ours.state == PrepayRefundState.DONE else None
    if ours is None or ours.top_up.state != TopUpState.SETTLED:
        return None
    return ours.top_up.amount_minor, ours.top_up.currency


def _missing_there(company: Company, since: datetime) -> Iterator[Seen]:
    """What we booked on a day whose statement was read must stand on it, or on another one."""
    read = CompanyStatement.objects.filter(company=company, trouble="", day__gte=since.astimezone(CHINA).date())
    days = set(read.values_list("day", flat=True))
    told = set(CompanyLine.objects.filter(statement__company=company, at__gte=since).values_list("kind", "key"))
    for charge in _charges(company).filter(top_up__state=TopUpState.SETTLED, top_up__settled_at__gte=since):
        top_up = charge.top_up
        assert top_up.settled_at is not None
        if top_up.settled_at.astimezone(CHINA).date() in days and ("charge", charge.key) not in told:
            subject = f"{company}:charge:{charge.key}"
            yield Seen(
                DifferenceKind.MISSING_THERE, subject, top_up.amount_minor, None, top_up.currency,
                top_up.wallet.billing_account_id,
            )  # fmt: skip
    for refund in _refunds(company).filter(state=PrepayRefundState.DONE, settled_at__gte=since):
        assert refund.settled_at is not None
        if refund.settled_at.astimezone(CHINA).date() in days and ("refund", refund.company_key) not in told:
            subject = f"{company}:refund:{refund.company_key}"
            yield Seen(
                DifferenceKind.MISSING_THERE, subject, refund.amount_minor, None, refund.currency,
                refund.charge.top_up.wallet.billing_account_id,
            )  # fmt: skip


def _charges(company: Company) -> QuerySet[CompanyCharge]:
    charges = CompanyCharge.objects.filter(way__startswith=f"{company}_")
    return charges.select_related("top_up__wallet__billing_account")


def _refunds(company: Company) -> QuerySet[PrepayRefund]:
    refunds = PrepayRefund.objects.filter(charge__way__startswith=f"{company}_")
    return refunds.select_related("charge__top_up__wallet__billing_account")


def refund_id_of(key: str) -> UUID:
    """Read the company's key of a refund; one that is none of ours is nobody's id."""
    try:
        return UUID(key)
    except ValueError:
        return UUID(int=0)
