"""Small amounts are given back at once, within what the store set aside for that."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.aftersales.models import SHOWN_REASONS, AfterSale, InstantRule, Remedy, State
from tenants.aftersales.selectors import month_before, worth_of
from tenants.aftersales.services.decide import AlreadyDecided, Decision, MoreThanPieces, approve_held, held_after_sale
from tenants.journal.services import Actor, record
from tenants.payments.services import MoreThanPaid
from tenants.sales.services.refund_lines import NotRefundable, TooMuchRefunded

SYSTEM = Actor(kind="task", name="系统")
MOST_MINOR = 10_000_000


class RuleOff(Refused):
    """A limit below zero, a request above a month's, or more than a hundred thousand yuan."""

    code, kind = "instant_rule_off", Kind.INVALID
    sentence = _("单笔上限不能大于每月上限，金额最多 100,000。")


def set_instant_rule(
    *, most_minor: int, member_month_minor: int, leader_month_minor: int, by_name: str, now: datetime
) -> InstantRule:
    """Say how much may be given back at once; nothing a request switches it off. :raises RuleOff:"""
    amounts = (most_minor, member_month_minor, leader_month_minor)
    if min(amounts) < 0 or max(amounts) > MOST_MINOR or most_minor > min(member_month_minor, leader_month_minor):
        raise RuleOff
    words = {
        "most_minor": most_minor,
        "member_month_minor": member_month_minor,
        "leader_month_minor": leader_month_minor,
        "changed_at": now,
        "changed_by": by_name[:60],
    }
    with transaction.atomic(durable=True):
        rule, _made = InstantRule.objects.update_or_create(only=True, defaults=words)
        actor = Actor(kind="person", name=by_name)
        record(what="instant_rule.set", subject=rule, at=now, actor=actor, most_minor=most_minor)
    return rule


def give_at_once(*, after_sale: AfterSale, now: datetime) -> AfterSale:
    """Give a member's small refund at once if the rule has room for it; otherwise leave it to those who judge.

    The rule's row is held while the month is added up, so two at once never give more than it allows.
    """
    is_asked = after_sale.asked_by == "member" and after_sale.remedy == Remedy.REFUND
    if not is_asked or after_sale.reason not in SHOWN_REASONS or after_sale.state != State.LEADER_REVIEW:
        return after_sale
    if not InstantRule.objects.filter(most_minor__gt=0).exists():
        return after_sale
    try:
        with transaction.atomic(durable=True):
            rule = InstantRule.objects.select_for_update().get()
            held_after_sale(after_sale.pk, State.LEADER_REVIEW)
            if not _has_room(rule, after_sale, now):
                return after_sale
            AfterSale.objects.filter(pk=after_sale.pk).update(is_instant=True)
            record(what="after_sale.given_at_once", subject=after_sale, at=now, actor=SYSTEM)
            decision = Decision(Remedy.REFUND, amount_minor=after_sale.asked_minor)
            return approve_held(after_sale_id=after_sale.pk, decision=decision, actor=SYSTEM, now=now)
    except (AlreadyDecided, MoreThanPieces, NotRefundable, TooMuchRefunded, MoreThanPaid):
        return after_sale


def _has_room(rule: InstantRule, after_sale: AfterSale, now: datetime) -> bool:
    amount = worth_of(after_sale)
    if not 0 < amount <= rule.most_minor:
        return False
    given = AfterSale.objects.filter(is_instant=True, created_at__gt=month_before(now)).order_by()
    spent = given.aggregate(
        member=Sum("order_refund__amount_minor", filter=Q(member=after_sale.member_id)),
        leader=Sum("order_refund__amount_minor", filter=Q(leader=after_sale.leader_id)),
    )
    fits_member = (spent["member"] or 0) + amount <= rule.member_month_minor
    return fits_member and (spent["leader"] or 0) + amount <= rule.leader_month_minor
