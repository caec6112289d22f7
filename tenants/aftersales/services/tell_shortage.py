"""缺货: less came than was sold. Who goes without is decided by a rule, and gets the money before the goods leave."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.ports.messages import send_store_sms
from kit.tenancy import current_store
from kit.web.format import money
from tenants.aftersales.models import ShareRule, Shortage, ShortLine
from tenants.aftersales.selectors_shortages import bought_before, lines_due
from tenants.aftersales.sharing import Claim, missing_by_rule
from tenants.journal.services import Actor, record
from tenants.orders.models import Order, OrderLine, OrderRefund
from tenants.sales.services.refund_lines import WantedRefund, hold_paid_order, refund_held

_log = logging.getLogger(__name__)


class NothingShort(Refused):
    """There is as much as was sold, or a number that cannot be. Facts: ``wanted``."""

    code, kind, sentence = "nothing_short", Kind.INVALID, _("现有数量不少于要交付的数量，不用登记缺货。")


class ShortageMoved(Refused):
    """Orders changed since it was shown who goes without."""

    code, kind, sentence = "shortage_moved", Kind.CONFLICT, _("订单有变化，请按新的结果再确认一次。")


@dataclass(frozen=True, slots=True)
class ToldShort:
    """Of a SKU only ``there`` pieces can be handed out on a pickup day."""

    sku_id: UUID
    pickup_date: date
    there: int
    rule: ShareRule
    reason: str


@dataclass(frozen=True, slots=True)
class GoesWithout:
    """A line, how many of its pieces do not come, and what they are worth in minor units."""

    line: OrderLine
    pieces: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class ShortagePlan:
    """What telling it would do. Amounts in minor units, without fees for bringing."""

    lines: Sequence[OrderLine]
    wanted: int
    without: Sequence[GoesWithout]

    @property
    def amount_minor(self) -> int:
        return sum(one.amount_minor for one in self.without)


def plan_shortage(*, told: ToldShort, now: datetime) -> ShortagePlan:
    """Work out who goes without. Changes nothing. :raises NothingDue, NothingShort:"""
    lines = lines_due(sku_id=told.sku_id, pickup_date=told.pickup_date, now=now)
    wanted = sum(line.left_to_hand for line in lines)
    if not 0 <= told.there < wanted:
        sentence = gettext("要交付 %(n)s 份，现有数量要填 0 到 %(most)s。") % {"n": wanted, "most": wanted - 1}
        raise NothingShort(sentence, fields={"there": [sentence]}, wanted=wanted)
    before = bought_before({line.order.member_id for line in lines})
    claims = [
        Claim(line.pk, line.left_to_hand, line.order.paid_at or now, before.get(line.order.member_id, 0))
        for line in lines
    ]
    missing = missing_by_rule(claims=claims, there=told.there, rule=told.rule)
    without = [
        GoesWithout(line, missing[line.pk], line.share_of(missing[line.pk])) for line in lines if line.pk in missing
    ]
    return ShortagePlan(lines, wanted, without)


def tell_shortage(*, told: ToldShort, seen_minor: int, key: str, actor: Actor, now: datetime) -> Shortage:
    """Write down who goes without, once a key, and give their money back, an order a transaction.

    Short pieces never come back to stock; everything else follows as with any refund. What could not be given back
    is tried again (``refund_short``, ``finish_shortages``).

    :param seen_minor: what would be given back when it was shown.
    :raises NothingDue, NothingShort, ShortageMoved:
    """
    with transaction.atomic(durable=True):
        known = Shortage.objects.filter(key=key).first()
        shortage = known or _write(told, seen_minor, key, actor, now)
    refund_short(shortage_id=shortage.pk, now=now)
    return shortage


def refund_short(*, shortage_id: UUID, now: datetime) -> tuple[int, int]:
    """Give back what was not given back yet of a shortage; return how many orders were, and how many could not be."""
    waiting = ShortLine.objects.filter(shortage=shortage_id, settled_at=None).order_by("order_line__order_id")
    orders = list(waiting.values_list("order_line__order_id", flat=True).distinct())
    done = [_refund(shortage_id, order_id, now) for order_id in orders]
    return sum(done), len(done) - sum(done)


def finish_shortages(*, now: datetime) -> int:
    """Go on with every shortage that was told and not settled: whoever told it died, or a payment stood in the way."""
    waiting = Shortage.objects.filter(lines__settled_at=None).distinct().order_by("pk")
    return sum(
        refund_short(shortage_id=shortage_id, now=now)[0] for shortage_id in waiting.values_list("pk", flat=True)
    )


def _write(told: ToldShort, seen_minor: int, key: str, actor: Actor, now: datetime) -> Shortage:
    plan = plan_shortage(told=told, now=now)
    if plan.amount_minor != seen_minor:
        raise ShortageMoved
    first = plan.lines[0]
    shortage = Shortage.objects.create(
        sku_id=told.sku_id,
        pickup_date=told.pickup_date,
        title=first.title,
        sku_label=first.sku_label,
        wanted=plan.wanted,
        there=told.there,
        rule=told.rule,
        reason=told.reason.strip()[:60],
        key=key,
        by_name=actor.name[:60],
        at=now,
    )
    ShortLine.objects.bulk_create(
        ShortLine(shortage=shortage, order_line=one.line, quantity=one.pieces) for one in plan.without
    )
    record(
        what="shortage.told",
        subject=shortage,
        at=now,
        actor=actor,
        reason=shortage.reason,
        wanted=plan.wanted,
        there=told.there,
        rule=str(told.rule),
    )
    return shortage


def _refund(shortage_id: UUID, order_id: UUID, now: datetime) -> bool:
    try:
        with transaction.atomic(durable=True):
            held = hold_paid_order(order_id)
            open_ones = ShortLine.objects.select_for_update(of=("self",)).filter(
                shortage=shortage_id, order_line__order=order_id, settled_at=None
            )
            short = list(open_ones.select_related("shortage").order_by("pk"))
            # What was handed out or given back meanwhile is nobody's loss any more
            left = {one.order_line_id: min(one.quantity, held.lines[one.order_line_id].left_to_hand) for one in short}
            wishes = [WantedRefund(line_id, quantity=n, lost=True) for line_id, n in left.items() if n > 0]
            refund = _give_back(short[0].shortage, order_id, wishes, now) if wishes else None
            for one in short:
                one.order_refund, one.settled_at = refund if left[one.order_line_id] > 0 else None, now
            ShortLine.objects.bulk_update(short, ["order_refund", "settled_at"])
            if refund:
                _text(held.order, short[0].shortage, sum(left.values()), refund)
    except Refused as refusal:
        _log.warning("short pieces could not be given back: %s", refusal.code)
        return False
    return True


def _give_back(shortage: Shortage, order_id: UUID, wishes: Sequence[WantedRefund], now: datetime) -> OrderRefund:
    reason = gettext("缺货：%(reason)s") % {"reason": shortage.reason} if shortage.reason else gettext("缺货，未能交付")
    return refund_held(
        order_id=order_id,
        wanted=wishes,
        reason=reason,
        actor=Actor(kind="person", name=shortage.by_name),
        key=f"shortage:{shortage.pk}",
        now=now,
    )


def _text(order: Order, shortage: Shortage, pieces: int, refund: OrderRefund) -> None:
    words = {"goods": shortage.title, "n": pieces, "amount": money(refund.amount_minor, refund.currency)}
    text = gettext("很抱歉，您订的“%(goods)s”缺货 %(n)s 份，%(amount)s 已按原路退回，其他商品照常提货。") % words
    store = str(current_store().merchant_id)
    transaction.on_commit(partial(send_store_sms.delay, store=store, phone=order.contact_phone, text=text))
