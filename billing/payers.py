"""Who pays for whom at an instant. Exactly one does: the approved link that covers it, or the account itself."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from billing.models.agreements import BillingAccount, Subscription
from billing.models.catalogue import Feature, PriceVersion
from billing.models.changes import Movement
from billing.models.payers import PayerLink
from billing.refusals import PaidByAnother, PartnersFirst
from billing.wishes import Wish

_FREE = (Movement.CANCEL_LATER, Movement.RESUME)  # what a partner may still decide: nothing of it costs anything
_LEAVING = (Movement.CANCEL_LATER, Movement.CANCEL_NOW, Movement.PAUSE)


def links_of(billing_account: BillingAccount) -> list[PayerLink]:
    """List the approved links under which others pay for an account, the oldest first."""
    links = PayerLink.objects.filter(child=billing_account, approved_at__isnull=False)
    return list(links.select_related("payer__merchant").order_by("starts_at"))


def link_at(links: Sequence[PayerLink], moment: datetime) -> PayerLink | None:
    """Find the link that covers an instant; None: the account pays for itself."""
    return next(
        (link for link in links if link.starts_at <= moment and (link.ends_at is None or moment < link.ends_at)), None
    )


def payer_at(billing_account: BillingAccount, moment: datetime) -> BillingAccount:
    """Say who pays for an account at an instant."""
    link = link_at(links_of(billing_account), moment)
    return link.payer if link else billing_account


def partner_links(*, payer: BillingAccount, moment: datetime) -> list[PayerLink]:
    """List the links under which an account pays for others at an instant or later, by name."""
    running = Q(ends_at__isnull=True) | Q(ends_at__gt=moment)
    links = PayerLink.objects.filter(running, payer=payer, approved_at__isnull=False)
    return list(links.select_related("child__merchant").order_by("child__merchant__name", "id"))


def family_of(billing_account: BillingAccount) -> list[BillingAccount]:
    """List everybody whose fees may run on shared counters with this account, itself included, in a fixed order."""
    links = PayerLink.objects.filter(approved_at__isnull=False)
    mine = links.filter(Q(child=billing_account) | Q(payer=billing_account))
    kin: set[UUID] = {billing_account.pk}
    for child_id, payer_id in mine.values_list("child_id", "payer_id"):
        kin |= {child_id, payer_id}
    if len(kin) == 1:
        return [billing_account]
    return list(BillingAccount.objects.filter(pk__in=kin).select_related("merchant").order_by("merchant_id"))


def refuse_in_a_family(*, subscription: Subscription, wish: Wish, now: datetime) -> None:
    """Refuse a movement that another would pay for, or that would leave partners without their payer.

    :raises PaidByAnother, PartnersFirst:
    """
    billing_account = subscription.billing_account
    payer = payer_at(billing_account, now)
    if payer != billing_account and wish.movement not in _FREE:
        raise PaidByAnother(payer=payer.merchant.name)
    wanted = PriceVersion.objects.filter(pk=wish.price_id).first() if wish.price_id else None
    loses = wanted is not None and Feature.HEADQUARTERS not in wanted.features
    if (wish.movement in _LEAVING or loses) and partner_links(payer=billing_account, moment=now):
        raise PartnersFirst
