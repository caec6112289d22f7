"""Goods that nobody fetched: the member is reminded, then the store's rule or a person decides (C5)."""

from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.money import PPM
from kit.ports.messages import send_store_sms
from kit.tenancy import current_store
from tenants.delivery.models import WayKind
from tenants.fulfilment.models import (
    WAITING_UNCLAIMED,
    AfterUnclaimed,
    Pickup,
    PickupState,
    Unclaimed,
    UnclaimedRule,
    UnclaimedState,
)
from tenants.fulfilment.selectors import lines_of
from tenants.fulfilment.selectors_unclaimed import UnclaimedMissing, unclaimed_rule
from tenants.fulfilment.unclaimed import evening_of, last_day_over
from tenants.journal.services import Actor, record
from tenants.orders.models import Order, OrderLine, OrderState
from tenants.payments.services import MoreThanPaid
from tenants.sales.services.refund_lines import NotRefundable, WantedRefund, refund_held

log = structlog.get_logger(__name__)
LOOK_BACK = timedelta(days=14)  # what is older was settled some other way before anybody asked for this
MOST_HOLD = timedelta(days=7)
_MOST = 200  # a run; the next one takes the rest
_OVER = (PickupState.TAKEN, PickupState.VOID)
_OUTCOMES = {
    AfterUnclaimed.RETURN: UnclaimedState.RETURNED,
    AfterUnclaimed.LOSS: UnclaimedState.LOST,
    AfterUnclaimed.PART: UnclaimedState.PARTLY,
}


class WrongHold(Refused):
    """A day that is over, or too far away for fresh goods."""

    code, kind, sentence = "wrong_hold", Kind.INVALID, _("请选今天起 7 天内的日期。")


class RuleOutOfBounds(Refused):
    """Hours in the wrong order, or too many."""

    code, kind, sentence = "unclaimed_rule_wrong", Kind.INVALID, _("提醒要早于处理，最多 240 小时。")


class NoDiscountSet(Refused):
    """Goods cannot be given back at a discount the store has not set, and members were not told of."""

    code, kind, sentence = "no_discount_set", Kind.INVALID, _("请先在未取规则里填写折扣退款的比例，1% 到 99%。")


class AmountMoved(Refused):
    """Another amount would go back than was shown."""

    code, kind, sentence = "unclaimed_amount_moved", Kind.CONFLICT, _("金额有变化，请按新的金额再确认一次。")


def look_for_unclaimed(*, now: datetime) -> int:
    """Remind who has not come, and decide what is due where the rule does; return how many visits changed.

    Safe to repeat and to race: a visit is reminded of once, and decided once.
    """
    rule = unclaimed_rule()
    changed = sum(_remind(pickup_id, rule, now) for pickup_id in _not_fetched(rule, now))
    due = Unclaimed.objects.filter(state__in=WAITING_UNCLAIMED, decide_at__lte=now).order_by("decide_at")
    gone = Unclaimed.objects.filter(state__in=WAITING_UNCLAIMED, pickup__state__in=_OVER)
    for unclaimed_id in [*gone.values_list("pk", flat=True)[:_MOST], *due.values_list("pk", flat=True)[:_MOST]]:
        changed += _judge(unclaimed_id, rule, now)
    return changed


def hold_longer(*, unclaimed_id: UUID, until: date, actor: Actor, now: datetime) -> Unclaimed:
    """Keep the goods until a day's evening, and tell the member. :raises UnclaimedMissing, WrongHold:"""
    zone = current_store().timezone
    with transaction.atomic(durable=True):
        row = _lying(unclaimed_id)
        if not timedelta() < evening_of(until, zone=zone) - now <= MOST_HOLD:
            raise WrongHold(fields={"until": [WrongHold.sentence]})
        row.state, row.held_until, row.decide_at = UnclaimedState.HELD, until, evening_of(until, zone=zone)
        row.decided_at, row.decided_by = now, actor.name[:60]
        row.save(update_fields=["state", "held_until", "decide_at", "decided_at", "decided_by"])
        for order in _orders(row.pickup):
            record(what="order.held", subject=order, at=now, actor=actor, day=f"{until:%Y-%m-%d}")
        _text(row.pickup, gettext("您的商品替您保管到 %(day)s，请凭提货码来取。") % {"day": f"{until:%Y-%m-%d}"})
    return row


def end_unclaimed(
    *,
    unclaimed_id: UUID,
    outcome: AfterUnclaimed,
    actor: Actor,
    note: str,
    now: datetime,
    seen_minor: int | None = None,
) -> Unclaimed:
    """Give the money for what was not fetched back; the goods return to stock, or are lost.

    At a discount (``PART``) the shop keeps the rest of orders whose members were told of it when they ordered; the
    leader's commission goes back whole, and the shop bears the goods.

    :param seen_minor: what would go back when it was shown.
    :raises UnclaimedMissing: it was decided or fetched meanwhile. MoreThanPaid, NoDiscountSet, AmountMoved:
    """
    with transaction.atomic(durable=True):
        row = _lying(unclaimed_id)
        _end(row, outcome, actor, note, now)
        if seen_minor not in (None, row.refunded_minor):
            raise AmountMoved
    return row


def keep_unclaimed_rule(
    *,
    remind_hours: int,
    decide_hours: int,
    outcome: AfterUnclaimed,
    by_name: str,
    now: datetime,
    back_ppm: int | None = None,
) -> UnclaimedRule:
    """Set the rule, for pickup days that end from now on; a discount for orders placed from now on, which are told.

    :raises RuleOutOfBounds, NoDiscountSet:
    """
    if not 0 < remind_hours < decide_hours <= 240:
        raise RuleOutOfBounds(fields={"decide_hours": [RuleOutOfBounds.sentence]})
    if (outcome == AfterUnclaimed.PART and back_ppm is None) or not 0 < (1 if back_ppm is None else back_ppm) < PPM:
        raise NoDiscountSet(fields={"back_ppm": [NoDiscountSet.sentence]})
    with transaction.atomic(durable=True):
        rule = UnclaimedRule.objects.select_for_update().first() or UnclaimedRule()
        if rule.back_ppm != back_ppm:
            rule.back_ppm, rule.back_since = back_ppm, now if back_ppm else None
        rule.remind_hours, rule.decide_hours, rule.outcome = remind_hours, decide_hours, outcome
        rule.changed_at, rule.changed_by = now, by_name
        rule.save()
        record(what="unclaimed.rule", subject=rule, at=now, actor=Actor(kind="person", name=by_name), outcome=outcome)
    return rule


def _not_fetched(rule: UnclaimedRule, now: datetime) -> list[UUID]:
    last = last_day_over(now=now, hours=rule.remind_hours, zone=current_store().timezone)
    found = Pickup.objects.filter(pickup_date__lte=last, pickup_date__gt=last - LOOK_BACK, unclaimed__isnull=True)
    waits = Order.objects.filter(
        member=OuterRef("member"),
        pickup_point=OuterRef("pickup_point"),
        pickup_date=OuterRef("pickup_date"),
        state__in=(OrderState.PAID, OrderState.PARTLY_PICKED),
        delivery=WayKind.PICKUP,  # what is to be brought waits for us, not for its member
    )
    later = OrderLine.objects.filter(
        order__member=OuterRef("member"),
        order__pickup_point=OuterRef("pickup_point"),
        later_on=OuterRef("pickup_date"),
        later_quantity__gt=F("later_handed_quantity"),
    )
    found = found.exclude(state__in=_OVER).filter(Q(Exists(waits)) | Q(Exists(later)))
    return list(found.order_by("pickup_date", "pk").values_list("pk", flat=True)[:_MOST])


def _remind(pickup_id: UUID, rule: UnclaimedRule, now: datetime) -> bool:
    with transaction.atomic(durable=True):
        pickup = Pickup.objects.select_for_update(no_key=True, of=("self",)).get(pk=pickup_id)
        if _is_fetched(pickup) or Unclaimed.objects.filter(pickup=pickup).exists():
            return False
        since = evening_of(pickup.pickup_date, zone=current_store().timezone)
        decide_at = max(since + timedelta(hours=rule.decide_hours), now)
        Unclaimed.objects.create(pickup=pickup, since=since, decide_at=decide_at)
        for order in _orders(pickup):
            record(what="order.unclaimed", subject=order, at=now, actor=Actor(kind="task", name="系统"))
        words = {"day": f"{pickup.pickup_date:%m-%d}", "point": pickup.pickup_point.name, "code": pickup.code}
        _text(pickup, gettext("您 %(day)s 的商品还在%(point)s，请尽快凭提货码 %(code)s 来取。") % words)
    return True


def _judge(unclaimed_id: UUID, rule: UnclaimedRule, now: datetime) -> bool:
    """Do what is due of one: it was fetched after all, the rule decides, or somebody must."""
    try:
        with transaction.atomic(durable=True):
            row = _held(unclaimed_id)
            if _is_fetched(row.pickup):
                row.state, row.decide_at = UnclaimedState.FETCHED, None
                row.save(update_fields=["state", "decide_at"])
                return True
            if rule.outcome != AfterUnclaimed.ASK:
                actor = Actor(kind="task", name="系统")
                _end(row, AfterUnclaimed(rule.outcome), actor, gettext("超过提货时间没有来取"), now)
                return True
            if row.state == UnclaimedState.DUE:
                return False
            row.state = UnclaimedState.DUE
            row.save(update_fields=["state"])
            return True
    except UnclaimedMissing:
        return False
    except (MoreThanPaid, NotRefundable) as refusal:
        log.warning("unclaimed_not_refunded", unclaimed=str(unclaimed_id), why=refusal.code)
        Unclaimed.objects.filter(pk=unclaimed_id, state__in=WAITING_UNCLAIMED).update(state=UnclaimedState.DUE)
        return False


def _end(row: Unclaimed, outcome: AfterUnclaimed, actor: Actor, note: str, now: datetime) -> None:
    back: dict[UUID, list[OrderLine]] = {}
    day, rule = row.pickup.pickup_date, unclaimed_rule()
    if outcome == AfterUnclaimed.PART and rule.back_ppm is None:
        raise NoDiscountSet
    for line in _lying_lines(row.pickup):
        back.setdefault(line.order_id, []).append(line)
    for order_id, lines in back.items():
        is_lost = outcome != AfterUnclaimed.RETURN
        back_ppm = rule.back_of(lines[0].order) if outcome == AfterUnclaimed.PART else PPM
        refund = refund_held(
            order_id=order_id,
            wanted=[
                WantedRefund(
                    line.pk,
                    quantity=line.left_on(day),
                    lost=is_lost,
                    later=day == line.later_on,
                    back_ppm=back_ppm,
                )
                for line in lines
            ],
            reason=note.strip() or gettext("超过提货时间没有来取"),
            actor=actor,
            key=f"unclaimed:{row.pk}",
            now=now,
        )
        row.refunded_minor += refund.amount_minor
        row.kept_minor += sum(part.kept_minor for part in refund.lines.all())
    row.state, row.decide_at, row.note = _OUTCOMES[outcome], None, note.strip()[:120]
    row.decided_at, row.decided_by = now, actor.name[:60]
    row.save(update_fields=["state", "decide_at", "note", "decided_at", "decided_by", "refunded_minor", "kept_minor"])


def _lying(unclaimed_id: UUID) -> Unclaimed:
    """Do the same where something lies there still: somebody may have come a moment ago. :raises UnclaimedMissing:"""
    row = _held(unclaimed_id)
    if _is_fetched(row.pickup):
        raise UnclaimedMissing
    return row


def _held(unclaimed_id: UUID) -> Unclaimed:
    """Hold the visit, then what is written about it not having come. :raises UnclaimedMissing:"""
    pickup_id = Unclaimed.objects.filter(pk=unclaimed_id).values_list("pickup", flat=True).first()
    if pickup_id is None:
        raise UnclaimedMissing
    pickup = Pickup.objects.select_for_update(no_key=True, of=("self",)).get(pk=pickup_id)
    row = Unclaimed.objects.select_for_update().get(pk=unclaimed_id)
    if row.state not in WAITING_UNCLAIMED:
        raise UnclaimedMissing
    row.pickup = pickup
    return row


def _orders(pickup: Pickup) -> list[Order]:
    return list({line.order_id: line.order for line in _lying_lines(pickup)}.values())


def _lying_lines(pickup: Pickup) -> list[OrderLine]:
    day = pickup.pickup_date
    return [line for line in lines_of(pickup) if line.left_on(day) and not line.order.is_delivered]


def _is_fetched(pickup: Pickup) -> bool:
    return pickup.state in _OVER or not _lying_lines(pickup)


def _text(pickup: Pickup, words: str) -> None:
    store = current_store()
    text = f"【{store.name}】{words}"
    transaction.on_commit(
        partial(send_store_sms.delay, store=str(store.merchant_id), phone=pickup.member.phone, text=text)
    )
