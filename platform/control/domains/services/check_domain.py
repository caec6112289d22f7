"""Asking the DNS whether a merchant still holds a domain, and acting on what it says.

| | the record is there | it surely is not | the DNS does not answer |
|---|---|---|---|
| waiting | served from now on | waits | waits |
| served | served | lost at once | served; lost after three daily checks without an answer |
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from control.audit.services import record_act
from control.domains.models import CustomDomain, DomainState, Heard, Points
from control.domains.selectors import NoSuchDomain
from control.domains.services.claim_domain import DomainTaken, refuse_closed, refuse_foreign
from control.domains.services.routing import QUARANTINE, begin_serving, stop_serving
from control.domains.services.tell_owners import tell_owners
from kit.errors import Kind, Refused
from kit.ports.resolver import Unanswered, pointing, txt_records
from kit.tenancy import in_control

PATIENCE = 3  # daily checks in a row without an answer
ASK_AGAIN_AFTER = timedelta(seconds=5)
_ALMOST_A_DAY = timedelta(hours=20)
BY_ITSELF = "domains"  # the actor in the audit when nobody pressed a button


class TooSoon(Refused):
    """The DNS was asked a moment ago."""

    code, kind, sentence = "too_soon", Kind.TOO_MANY, _("刚刚检查过，请过几秒再试。")


@dataclass(frozen=True)
class _Said:
    heard: Heard
    points: Points


def check_domain(*, claim_id: UUID, now: datetime, by: str = BY_ITSELF) -> CustomDomain:
    """Ask the DNS about one claim and do what follows from the answer; the owners are told when something changes.

    :raises NoSuchDomain, TooSoon, StoreClosed, DomainTaken, DomainQuarantined: the last three only while it waits.
    """
    with in_control():
        claim = CustomDomain.objects.select_related("merchant").filter(pk=claim_id).first()
    if claim is None or not claim.is_living:
        raise NoSuchDomain
    if by != BY_ITSELF and claim.checked_at and now < claim.checked_at + ASK_AGAIN_AFTER:
        raise TooSoon
    said = _ask_the_dns(claim)  # outside of any transaction: a silent server keeps nobody's rows
    try:
        with in_control(), transaction.atomic(durable=True):
            claim = CustomDomain.objects.select_for_update(of=("self",)).select_related("merchant").get(pk=claim_id)
            news = _write_down(claim, said, is_daily=by == BY_ITSELF, by=by, now=now)
    except IntegrityError:  # another store proved the same name in this very moment
        raise DomainTaken(fields={"domain": [DomainTaken.sentence]}) from None
    if news:
        tell_owners(claim=claim, news=news, now=now)
    return claim


def _ask_the_dns(claim: CustomDomain) -> _Said:
    return _Said(heard=_heard(claim), points=_points(claim))


def _heard(claim: CustomDomain) -> Heard:
    try:
        values = txt_records(claim.record_name)
    except Unanswered:
        return Heard.UNSURE
    if claim.record_value in (value.strip() for value in values):
        return Heard.FOUND
    return Heard.WRONG if values else Heard.ABSENT


def _points(claim: CustomDomain) -> Points:
    try:
        found = pointing(claim.domain)
        ours = set(settings.LINLI_ADDRESSES) or pointing(settings.LINLI_DOMAIN).addresses
    except Unanswered:
        return Points.UNKNOWN
    ends = f".{settings.LINLI_DOMAIN}"
    is_here = any(name.endswith(ends) for name in found.names) or bool(found.addresses & ours)
    return Points.HERE if is_here else Points.ELSEWHERE


def _write_down(claim: CustomDomain, said: _Said, *, is_daily: bool, by: str, now: datetime) -> str:
    if not claim.is_living:  # removed while the DNS was asked
        return ""
    claim.heard, claim.points, claim.checked_at = said.heard, said.points, now
    news = _serve(claim, by=by, now=now) if claim.state == DomainState.WAITING else _keep(claim, is_daily, now=now)
    claim.save()
    if news == "verified":
        begin_serving(claim, now=now)
    elif news == "lost":
        stop_serving(claim)
    if news:
        record_act(what=f"domain.{news}", actor=by, now=now, merchant_id=claim.merchant_id, domain=claim.domain)
    return news


def _serve(claim: CustomDomain, *, by: str, now: datetime) -> str:
    if claim.heard != Heard.FOUND:
        return ""
    refuse_closed(claim.merchant.state)
    refuse_foreign(claim.domain, merchant_id=claim.merchant_id, now=now)
    claim.state, claim.verified_at, claim.failures = DomainState.SERVING, now, 0
    return "verified"


def _keep(claim: CustomDomain, is_daily: bool, *, now: datetime) -> str:
    if claim.heard == Heard.FOUND:
        claim.state, claim.failures, claim.failed_at = DomainState.SERVING, 0, None
        return ""
    if claim.heard == Heard.UNSURE:
        # impatience at the button is no proof of absence, and neither is a task that ran twice
        if is_daily and (claim.failed_at is None or now - claim.failed_at >= _ALMOST_A_DAY):
            claim.failures, claim.failed_at = claim.failures + 1, now
        if claim.failures < PATIENCE:
            was_failing, claim.state = claim.state == DomainState.FAILING, DomainState.FAILING
            return "" if was_failing else "failing"
    claim.state, claim.ended_at, claim.quarantined_until = DomainState.LOST, now, now + QUARANTINE
    return "lost"
