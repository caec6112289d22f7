"""More than a plan allows, given by an operator."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models.catalogue import Feature, Limit
from billing.models.grants import Gift
from billing.refusals import NoSubscription
from billing.selectors import last_subscription
from billing.services.spend_wallet import locked_wallet
from billing.services.write_down import write_down
from control.audit.services import record_act
from kit.errors import Kind, Refused


class GiftRefused(Refused):
    """Nothing that a plan counts or allows, nothing at all, or over before it began."""

    code, kind, sentence = "gift_refused", Kind.INVALID, _("赠送的内容或期限不对。")


class GiftMissing(Refused):
    """This merchant was given no such thing."""

    code, kind, sentence = "gift_missing", Kind.MISSING, _("没有找到这份赠送。")


def give_gift(
    *,
    merchant_id: UUID,
    what: str,
    amount: int | None,
    ends_at: datetime | None,
    actor: str,
    reason: str,
    now: datetime,
) -> Gift:
    """Give a merchant more of a limit (None: no limit), or a feature (1), from now on. It counts at once.

    :raises NoSubscription, GiftRefused:
    """
    known = what in Limit.values or (what in Feature.values and amount == 1)
    if not known or (amount is not None and amount <= 0) or (ends_at is not None and ends_at <= now):
        raise GiftRefused
    subscription = last_subscription(merchant_id=merchant_id)
    if subscription is None:
        raise NoSubscription
    with transaction.atomic(durable=True):
        locked_wallet(billing_account=subscription.billing_account)  # grants are summed up by one at a time
        gift = Gift.objects.create(
            billing_account=subscription.billing_account,
            what=what,
            amount=amount,
            starts_at=now,
            ends_at=ends_at,
            given_by=actor,
            reason=reason,
        )
        write_down(subscription=subscription, now=now, reason="gift given")
        record_act(
            what="gift.given", actor=actor, now=now, merchant_id=merchant_id, reason=reason, gift=what, amount=amount
        )
    return gift


def end_gift(*, gift_id: UUID, merchant_id: UUID, actor: str, reason: str, now: datetime) -> Gift:
    """Take a gift back from now on; what the store has beyond its plan stays, only more is refused. Safe to repeat.

    :raises GiftMissing:
    """
    with transaction.atomic(durable=True):
        known = Gift.objects.filter(pk=gift_id, billing_account__merchant_id=merchant_id).first()
        if known is None:
            raise GiftMissing
        locked_wallet(billing_account=known.billing_account)
        gift = Gift.objects.select_for_update().get(pk=gift_id)
        if gift.ends_at is not None and gift.ends_at <= now:
            return gift
        gift.ends_at = gift.closed_at = max(now, gift.starts_at)
        gift.save(update_fields=["ends_at", "closed_at"])
        subscription = last_subscription(merchant_id=merchant_id)
        if subscription is not None:
            write_down(subscription=subscription, now=now, reason="gift ended")
        record_act(
            what="gift.ended", actor=actor, now=now, merchant_id=merchant_id, reason=reason, gift=gift.what,
            amount=gift.amount,
        )  # fmt: skip
    return gift


def close_gifts(*, now: datetime) -> int:
    """Tell the stores whose gifts are over; return how many gifts. Safe to repeat."""
    over = Gift.objects.filter(ends_at__lte=now, closed_at=None).select_related("billing_account")
    for gift in over.order_by("ends_at", "id"):
        assert gift.ends_at is not None
        subscription = last_subscription(merchant_id=gift.billing_account.merchant_id)
        with transaction.atomic(durable=True):
            locked_wallet(billing_account=gift.billing_account)
            Gift.objects.filter(pk=gift.pk).update(closed_at=gift.ends_at)
            if subscription is not None:
                write_down(subscription=subscription, now=gift.ends_at, reason="gift over")
    return len(over)
