"""An operator asks to come into a merchant's back office."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from control.audit.services import record_act
from control.merchants.models import DESK_STATES
from control.merchants.services import locked_merchant
from control.people.models import Person
from control.support.models import LONGEST, SupportVisit
from control.support.selectors import consent_of
from kit.errors import Kind, Refused
from kit.tenancy import in_control

PASS_LIVES = timedelta(seconds=60)
_SHORTEST_REASON = 10


class ReasonTooShort(Refused):
    """A reason has ten letters at least: the merchant will read it."""

    code, kind, sentence = "reason_too_short", Kind.INVALID, _("请写清楚原因，至少 10 个字，商家会看到。")


class TooLongVisit(Refused):
    """A visit lasts between a minute and half an hour."""

    code, kind, sentence = "visit_too_long", Kind.INVALID, _("每次最长 30 分钟。")


class EntryForbidden(Refused):
    """The merchant lets nobody in, or has no back office now."""

    code, kind, sentence = "entry_forbidden", Kind.FORBIDDEN, _("商家没有开放平台协助，不能进入。")


def start_visit(
    *, merchant_id: UUID, operator: Person, reason: str, ticket: str, minutes: int, wants_write: bool, now: datetime
) -> tuple[SupportVisit, str]:
    """Begin a visit and return it with the pass that opens it, once, within a minute.

    :raises ReasonTooShort, TooLongVisit, NoSuchMerchant, EntryForbidden:
    """
    if len(reason.strip()) < _SHORTEST_REASON:
        raise ReasonTooShort(fields={"reason": [ReasonTooShort.sentence]})
    if not timedelta(minutes=1) <= timedelta(minutes=minutes) <= LONGEST:
        raise TooLongVisit(fields={"minutes": [TooLongVisit.sentence]})
    token = secrets.token_urlsafe(32)
    with in_control(), transaction.atomic(durable=True):
        merchant = locked_merchant(merchant_id)
        if merchant.state not in DESK_STATES or not operator.is_operator or not consent_of(merchant_id).may_enter:
            raise EntryForbidden
        visit = SupportVisit.objects.create(
            merchant_id=merchant_id,
            operator=operator,
            reason=reason.strip(),
            ticket=ticket.strip(),
            wants_write=wants_write,
            pass_hash=hash_of(token),
            pass_expires_at=now + PASS_LIVES,
            started_at=now,
            ends_at=now + timedelta(minutes=minutes),
        )
        record_act(
            what="support.started",
            actor=operator.email,
            now=now,
            merchant_id=merchant_id,
            reason=visit.reason,
            ticket=visit.ticket,
            minutes=minutes,
        )
    return visit, token


def hash_of(token: str) -> str:
    """Hash a pass; only this is kept."""
    return hashlib.sha256(token.encode()).hexdigest()
