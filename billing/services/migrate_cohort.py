"""Moving everybody on an old price to a new one, with notice; without this they keep what they bought."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.cohorts import Affected, affected
from billing.models.agreements import Subscription
from billing.models.catalogue import PriceVersion
from billing.services.plan_ahead import plan_ahead
from control.audit.services import record_act
from kit.errors import Kind, Refused
from kit.money import major_units
from kit.ports.messages import send_email


class DifferentOffers(Refused):
    """A cohort moves between versions of one offer: same edition, currency and interval."""

    code, kind, sentence = "different_offers", Kind.INVALID, gettext_lazy("只能在同一套餐、币种和周期的版本之间迁移。")


class CohortMoved(Refused):
    """The preview named other merchants, or another number of them. Fact: ``count``."""

    code, kind, sentence = "cohort_moved", Kind.CONFLICT, gettext_lazy("受影响的商家有变化，请重新核对名单。")


def migrate_cohort(
    *, old_id: UUID, new_id: UUID, expected: int, actor: str, reason: str, now: datetime
) -> list[Affected]:
    """Plan the new version for everybody on the old one, each from its first interval after the notice; tell them.

    ``expected`` is how many the preview showed. Safe to repeat: who is planned already is no longer affected.

    :raises DifferentOffers, CohortMoved:
    """
    old, new = (PriceVersion.objects.select_related("edition").get(pk=pk) for pk in (old_id, new_id))
    same = (old.edition_id, old.currency, old.interval) == (new.edition_id, new.currency, new.interval)
    if not same or old.pk == new.pk:
        raise DifferentOffers
    with transaction.atomic(durable=True):
        list(Subscription.objects.select_for_update().filter(phases__price=old).order_by("id"))
        moving = affected(old=old, new=new, now=now)
        if len(moving) != expected:
            raise CohortMoved(count=len(moving))
        for one in moving:
            plan_ahead(subscription=one.subscription, price=new, starts_at=one.from_then, now=now)
            one.subscription.lock_version += 1
            one.subscription.save(update_fields=["lock_version"])
            billing_account = one.subscription.billing_account
            record_act(
                what="price.moved",
                actor=actor,
                now=now,
                merchant_id=billing_account.merchant_id,
                reason=reason,
                old_minor=one.old_minor,
                new_minor=one.new_minor,
                old_tax_inclusive=old.tax_inclusive,
                new_tax_inclusive=new.tax_inclusive,
                currency=new.currency,
                starts_at=one.from_then.isoformat(),
            )
            transaction.on_commit(partial(_tell, one, old, new, now))
    return moving


def _tell(one: Affected, old: PriceVersion, new: PriceVersion, now: datetime) -> None:
    billing_account = one.subscription.billing_account
    day = one.from_then.astimezone(billing_account.zone).date()
    words = {
        "plan": new.edition.name,
        "day": day.isoformat(),
        "old": _listed(old),
        "new": _listed(new),
    }
    text = _("您的%(plan)s套餐从 %(day)s 起由 %(old)s 调整为 %(new)s。在那之前可以随时更换或退订。") % words
    if old.tax_inclusive and not new.tax_inclusive:
        text += _("原来的价格含税；新价格不含税，税会另外加在账单上，服务费也一样。")
    elif new.tax_inclusive and not old.tax_inclusive:
        text += _("原来的价格不含税；新价格已经含税，服务费也一样。")
    send_email(
        address=billing_account.email,
        subject=_("套餐价格调整通知"),
        text=text,
        merchant_id=billing_account.merchant_id,
        now=now,
    )


def _listed(price: PriceVersion) -> str:
    """Write a price as it is listed and, where tax comes on top, what is paid in the end."""
    listed, paid = (
        f"{major_units(amount, price.currency)} {price.currency}"
        for amount in (price.amount_minor, price.payable_minor)
    )
    if price.tax_inclusive:
        return listed
    return _("%(listed)s（%(tax)s，合计 %(paid)s）") % {"listed": listed, "tax": price.tax_note, "paid": paid}
