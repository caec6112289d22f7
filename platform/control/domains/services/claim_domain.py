"""A merchant says which domain the shop shall have."""

import secrets
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from control.audit.services import record_act
from control.domains.models import LIVING, CustomDomain
from control.domains.names import DomainRefused, check_name
from control.domains.selectors import is_quarantined, is_served_elsewhere
from control.merchants.limits import keep_within_limit
from control.merchants.models import BILLED_STATES, MerchantState
from control.merchants.services import locked_merchant
from kit.errors import Kind, Refused
from kit.tenancy import in_control

MOST = 10  # living claims of one merchant, whatever the plan says: each is asked about in the DNS


class AlreadyClaimed(Refused):
    """This merchant has the domain on its list."""

    code, kind, sentence = "domain_already_claimed", Kind.CONFLICT, _("这个域名已经在列表里了。")


class TooManyDomains(Refused):
    """Ten claims are enough for anybody."""

    code, kind, sentence = "too_many_domains", Kind.TOO_MANY, _("最多添加 10 个域名，请先移除不用的。")


class DomainTaken(Refused):
    """Another store answers at the domain."""

    code, kind, sentence = (
        "domain_taken",
        Kind.CONFLICT,
        _("这个域名正在被另一家店使用。如果域名是您的，请联系客服。"),
    )


class DomainQuarantined(Refused):
    """Another merchant had the domain within the last 180 days."""

    code, kind, sentence = (
        "domain_quarantined",
        Kind.CONFLICT,
        _("这个域名不久前还属于另一家店，暂时不能使用。如果域名是您的，请联系客服。"),
    )


class StoreClosed(Refused):
    """A store that an operator has closed brings no domains."""

    code, kind, sentence = "store_closed", Kind.FORBIDDEN, _("店铺停用期间不能添加或验证域名。")


def claim_domain(*, merchant_id: UUID, domain: str, by: str, now: datetime) -> CustomDomain:
    """Put a domain on a merchant's list. That reserves nothing: whoever can write the TXT record gets the name.

    :raises DomainRefused, AlreadyClaimed, TooManyDomains, PlanLimitReached, DomainTaken, DomainQuarantined,
        StoreClosed, NoSuchMerchant:
    """
    name = check_name(domain)
    try:
        with in_control(), transaction.atomic(durable=True):
            merchant = locked_merchant(merchant_id)
            refuse_closed(merchant.state)
            living = CustomDomain.objects.filter(merchant=merchant, state__in=LIVING)
            if living.filter(domain=name).exists():
                raise AlreadyClaimed(fields={"domain": [AlreadyClaimed.sentence]})
            used = living.count()
            if used >= MOST:
                raise TooManyDomains
            keep_within_limit(merchant_id=merchant_id, what="domains", used=used)
            refuse_foreign(name, merchant_id=merchant_id, now=now)
            claim = CustomDomain.objects.create(
                merchant=merchant, domain=name, token=secrets.token_hex(16), claimed_at=now
            )
            record_act(what="domain.claimed", actor=by, now=now, merchant_id=merchant_id, domain=name)
    except IntegrityError:
        raise DomainRefused from None
    return claim


def refuse_foreign(name: str, *, merchant_id: UUID, now: datetime) -> None:
    """Refuse a name that another store answers at, or had not long ago. :raises DomainTaken, DomainQuarantined:"""
    if is_served_elsewhere(name, merchant_id=merchant_id):
        raise DomainTaken(fields={"domain": [DomainTaken.sentence]})
    if is_quarantined(name, merchant_id=merchant_id, now=now):
        raise DomainQuarantined(fields={"domain": [DomainQuarantined.sentence]})


def refuse_closed(state: str) -> None:
    """Refuse a store that is not run by its merchant now. :raises StoreClosed:"""
    if MerchantState(state) not in BILLED_STATES:
        raise StoreClosed
