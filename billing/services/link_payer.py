"""Operators agree that one account pays for another, and that it stops: each by two people, from a day to come."""

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.calendar import local_day, midnight, next_midnight
from billing.entitlements import granted, limits_at
from billing.models.agreements import BillingAccount, Subscription, SubscriptionState
from billing.models.catalogue import Feature, Limit
from billing.models.payers import PayerLink
from billing.payers import partner_links
from billing.refusals import NoSubscription
from billing.renewals import city_price
from billing.selectors import live_subscription, phase_at, use_of_merchant
from control.audit.services import record_act
from kit.errors import Kind, Refused

_PAYING = (SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE)


class LinkMissing(Refused):
    """There is no such agreement."""

    code, kind, sentence = "payer_link_missing", Kind.MISSING, _("没有找到这条代付关系。")


class LinkSamePerson(Refused):
    """Whoever asked cannot approve."""

    code, kind, sentence = "same_person", Kind.FORBIDDEN, _("申请人不能自己批准，请另一位运营人员来批准。")


class LinkDone(Refused):
    """It was approved, withdrawn or ended already."""

    code, kind, sentence = "payer_link_done", Kind.CONFLICT, _("这条申请已经处理过了。")


class LinkTooEarly(Refused):
    """The day is not one to come: what is over was paid by somebody already."""

    code, kind, sentence = "payer_link_too_early", Kind.INVALID, _("请选择明天或以后的日期。")


class LinkRefused(Refused):
    """These two cannot be linked: the same, another currency, or one pays or is paid for already."""

    code, kind = "payer_link_refused", Kind.CONFLICT
    sentence = _("这两家店不能这样代付：币种要一样，每家店同一时间只能有一个付款方，代付方自己不能由别人代付。")


class PlanNeeded(Refused):
    """One of the two is not on a paid plan, or the payer's plan has no partners. Fact: ``merchant``."""

    code, kind, sentence = "partner_plan_needed", Kind.CONFLICT, _("双方都要先开通套餐，总部要用带城市合伙人的套餐。")


class CitiesFull(Refused):
    """The payer's plan holds no more cities and sells none. Facts: ``used``, ``limit``."""

    code, kind, sentence = "cities_full", Kind.CONFLICT, _("总部套餐的城市数已满，请先升级套餐。")


def request_link(
    *,
    child_id: UUID,
    payer_id: UUID,
    first_day: date,
    pools_fees: bool,
    reason: str,
    by: str,
    now: datetime,
    payer_share_ppm: int | None = None,
    channel_fee_ppm: int = 0,
) -> PayerLink:
    """Ask that the merchant ``payer_id`` pays for the merchant ``child_id`` from a day on, in the store's own zone.

    With ``payer_share_ppm`` each order's net, less what the payment company keeps, is shared between the two.

    :raises NoSubscription, LinkTooEarly, LinkRefused, PlanNeeded, CitiesFull:
    """
    child, payer = _account(child_id), _account(payer_id)
    _refuse_impossible(child, payer, now)
    starts_at = _midnight_to_come(first_day, child, now)
    with transaction.atomic(durable=True):
        link = PayerLink(
            child=child,
            payer=payer,
            pools_fees=pools_fees,
            payer_share_ppm=payer_share_ppm,
            channel_fee_ppm=channel_fee_ppm,
            starts_at=starts_at,
            reason=reason.strip(),
            requested_by=by,
            requested_at=now,
        )
        _refuse_overlap(link)
        link.save()
        _remember("payer.asked", link, by, now)
    return link


def approve_link(*, link_id: UUID, by: str, now: datetime) -> PayerLink:
    """Approve what another operator asked for: it begins by itself at its midnight.

    :raises LinkMissing, LinkSamePerson, LinkDone, LinkTooEarly, LinkRefused, PlanNeeded, CitiesFull:
    """
    found = _found(link_id)
    _refuse_impossible(found.child, found.payer, now)
    try:
        with transaction.atomic(durable=True):
            link = _locked(link_id)
            if link.requested_by.lower() == by.lower():
                raise LinkSamePerson
            if link.approved_at or link.withdrawn_at:
                raise LinkDone
            if link.starts_at <= now:
                raise LinkTooEarly
            _refuse_overlap(link)
            link.approved_by, link.approved_at = by, now
            link.save(update_fields=["approved_by", "approved_at"])
            _remember("payer.agreed", link, by, now)
    except IntegrityError as overlap:  # two operators, two approvals, one instant: the database decided
        raise LinkRefused from overlap
    return link


def withdraw_link(*, link_id: UUID, by: str, now: datetime) -> PayerLink:
    """Take a request back, or the wish to end one. :raises LinkMissing, LinkDone:"""
    with transaction.atomic(durable=True):
        link = _locked(link_id)
        if link.approved_at is None and link.withdrawn_at is None:
            link.withdrawn_at = now
        elif link.end_wished_at is not None and link.ends_at is None:
            link.end_wished_at, link.end_requested_by = None, ""
        else:
            raise LinkDone
        link.save()
        _remember("payer.withdrawn", link, by, now)
    return link


def request_end(*, link_id: UUID, last_day: date, by: str, now: datetime) -> PayerLink:
    """Ask that a payer stops paying after a day. :raises LinkMissing, LinkDone, LinkTooEarly:"""
    with transaction.atomic(durable=True):
        link = _locked(link_id)
        if link.approved_at is None or link.ends_at is not None:
            raise LinkDone
        earliest = next_midnight(link.starts_at, link.child.zone)
        link.end_wished_at = max(_midnight_after(last_day, link.child, now), earliest)
        link.end_requested_by = by
        link.save(update_fields=["end_wished_at", "end_requested_by"])
        _remember("payer.end_asked", link, by, now)
    return link


def approve_end(*, link_id: UUID, by: str, now: datetime) -> PayerLink:
    """Approve the end another operator asked for. :raises LinkMissing, LinkSamePerson, LinkDone, LinkTooEarly:"""
    with transaction.atomic(durable=True):
        link = _locked(link_id)
        if link.end_wished_at is None or link.ends_at is not None:
            raise LinkDone
        if link.end_requested_by.lower() == by.lower():
            raise LinkSamePerson
        if link.end_wished_at <= now:
            raise LinkTooEarly
        link.ends_at, link.end_approved_by = link.end_wished_at, by
        link.save(update_fields=["ends_at", "end_approved_by"])
        _remember("payer.end_agreed", link, by, now)
    return link


def _account(merchant_id: UUID) -> BillingAccount:
    found = BillingAccount.objects.filter(merchant_id=merchant_id).select_related("merchant").first()
    if found is None:
        raise NoSubscription
    return found


def _refuse_impossible(child: BillingAccount, payer: BillingAccount, now: datetime) -> None:
    if child == payer or child.currency != payer.currency:
        raise LinkRefused
    plans = {account: _plan_of(account, now) for account in (child, payer)}
    phase = phase_at(plans[payer], now)
    if phase is None or Feature.HEADQUARTERS not in phase.price.features:
        raise PlanNeeded(merchant=payer.merchant.name)
    limit = (limits_at(granted(billing_account=payer), now) or {}).get(Limit.CITIES)
    linked = [link for link in partner_links(payer=payer, moment=now) if link.child_id != child.pk]
    used = use_of_merchant(payer.merchant).get("cities", 0) + len(linked)
    if isinstance(limit, int) and used >= limit and city_price(phase, now) is None:
        raise CitiesFull(used=used, limit=limit)


def _plan_of(account: BillingAccount, now: datetime) -> Subscription:
    live = live_subscription(merchant_id=account.merchant_id)
    if live is None or live.state not in _PAYING:
        raise PlanNeeded(merchant=account.merchant.name)
    return live


def _refuse_overlap(link: PayerLink) -> None:
    # Nobody pays for a payer: chains would make an invoice wait for another invoice
    others = PayerLink.objects.filter(approved_at__isnull=False).filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=link.starts_at)
    )
    taken = Q(child=link.child_id) | Q(child=link.payer_id) | Q(payer=link.child_id)
    if others.filter(taken).exclude(pk=link.pk).exclude(ends_at=F("starts_at")).exists():
        raise LinkRefused


def _midnight_to_come(day: date, child: BillingAccount, now: datetime) -> datetime:
    if day <= local_day(now, child.zone):
        raise LinkTooEarly(fields={"first_day": [LinkTooEarly.sentence]})
    return midnight(day, child.zone)


def _midnight_after(day: date, child: BillingAccount, now: datetime) -> datetime:
    if day < local_day(now, child.zone):
        raise LinkTooEarly(fields={"last_day": [LinkTooEarly.sentence]})
    return next_midnight(midnight(day, child.zone), child.zone)


def _found(link_id: UUID) -> PayerLink:
    links = PayerLink.objects.select_related("child__merchant", "payer__merchant")
    found = links.filter(pk=link_id).first()
    if found is None:
        raise LinkMissing
    return found


def _locked(link_id: UUID) -> PayerLink:
    link = _found(link_id)
    # one at a time a store and a payer, so that two approvals see each other
    list(BillingAccount.objects.filter(pk__in=[link.child_id, link.payer_id]).order_by("pk").select_for_update())
    return (
        PayerLink.objects.select_for_update(of=("self",))
        .select_related("child__merchant", "payer__merchant")
        .get(pk=link_id)
    )


def _remember(what: str, link: PayerLink, by: str, now: datetime) -> None:
    for account in (link.payer, link.child):
        record_act(
            what=what,
            actor=by,
            now=now,
            merchant_id=account.merchant_id,
            reason=link.reason,
            payer=link.payer.merchant.name,
            partner=link.child.merchant.name,
        )
