"""缺货: less came than was sold. Who goes without is decided by a rule, and what comes of it by what was promised."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.aftersales.models import Ending, ShareRule, Shortage, ShortLine
from tenants.aftersales.selectors_shortages import bought_before, dearest, lines_due, substitute_for, waiting_on
from tenants.aftersales.services.settle_short import settle_order, stock_of_short
from tenants.aftersales.sharing import Claim, missing_by_rule
from tenants.catalog.models import Sku
from tenants.inventory.models import MoveKind
from tenants.inventory.selectors import store_day
from tenants.inventory.services.move_stock import StockChange, StockShort, move_stock
from tenants.journal.services import Actor, record
from tenants.orders.models import OrderLine

MOST_LATER = timedelta(days=30)


class NothingShort(Refused):
    """There is as much as was sold, or a number that cannot be. Facts: ``wanted``."""

    code, kind, sentence = "nothing_short", Kind.INVALID, _("现有数量不少于要交付的数量，不用登记缺货。")


class ShortageMoved(Refused):
    """Orders changed since it was shown who goes without, or something else was typed."""

    code, kind, sentence = "shortage_moved", Kind.CONFLICT, _("订单有变化，请按新的结果再确认一次。")


class NoneToGive(Refused):
    """Of what shall come instead, or later, less is in stock than is needed. Facts: ``needed``, ``left``."""

    code, kind, sentence = "none_to_give", Kind.CONFLICT, _("可用库存不够。")


class WrongLaterDay(Refused):
    """The next wave comes after the pickup day, after today, and within a month."""

    code, kind, sentence = "wrong_later_day", Kind.INVALID, _("下一批的提货日要晚于今天和原提货日，最多晚 30 天。")


@dataclass(frozen=True, slots=True)
class ToldShort:
    """Of a SKU only ``there`` pieces can be handed out on a pickup day; ``ending`` is what becomes of the others."""

    sku_id: UUID
    pickup_date: date
    there: int
    rule: ShareRule
    reason: str
    ending: Ending = Ending.REFUND
    substitute_id: UUID | None = None
    later_on: date | None = None


@dataclass(frozen=True, slots=True)
class GoesWithout:
    """A line, how many of its pieces do not come, what becomes of them, and what goes back in minor units."""

    line: OrderLine
    pieces: int
    ending: Ending
    amount_minor: int
    waiting: int = 0  # of which they are


@dataclass(frozen=True, slots=True)
class ShortagePlan:
    """What telling it would do. Amounts in minor units, without fees for bringing."""

    told: ToldShort
    lines: Sequence[OrderLine]
    wanted: int
    without: Sequence[GoesWithout]
    substitute: Sku | None = None

    @property
    def amount_minor(self) -> int:
        return sum(one.amount_minor for one in self.without)

    @property
    def coming(self) -> int:
        """How many pieces come after all: instead, or later."""
        return sum(one.pieces for one in self.without if one.ending != Ending.REFUND)

    @property
    def mark(self) -> str:
        """Name exactly this plan, so that what is confirmed is what was seen."""
        parts = [(one.line.pk, one.pieces, one.ending, one.amount_minor) for one in self.without]
        return sha256(repr((astuple(self.told), parts)).encode()).hexdigest()[:32]


def plan_shortage(*, told: ToldShort, now: datetime) -> ShortagePlan:
    """Work out who goes without. Changes nothing.

    :raises NothingDue, NothingShort: and, of what shall come instead or later, SubstituteMissing, WrongLaterDay:
    """
    lines = lines_due(sku_id=told.sku_id, pickup_date=told.pickup_date, now=now)
    wanted = sum(waiting_on(line, told.pickup_date) for line in lines)
    if not 0 <= told.there < wanted:
        sentence = gettext("要交付 %(n)s 份，现有数量要填 0 到 %(most)s。") % {"n": wanted, "most": wanted - 1}
        raise NothingShort(sentence, fields={"there": [sentence]}, wanted=wanted)
    substitute = None
    if told.ending == Ending.SUBSTITUTE:
        substitute = substitute_for(told.sku_id, chosen=told.substitute_id, least_minor=dearest(lines))
    if told.ending == Ending.LATER:
        _check_later(told, now)
    before = bought_before({line.order.member_id for line in lines})
    claims = [
        Claim(
            line.pk, waiting_on(line, told.pickup_date), line.order.paid_at or now, before.get(line.order.member_id, 0)
        )
        for line in lines
    ]
    missing = missing_by_rule(claims=claims, there=told.there, rule=told.rule)
    without = [_without(line, missing[line.pk], told, substitute) for line in lines if line.pk in missing]
    return ShortagePlan(told, lines, wanted, without, substitute)


def tell_shortage(*, told: ToldShort, seen: str, key: str, actor: Actor, now: datetime) -> Shortage:
    """Write down who goes without, once a key, and do what follows, an order a transaction.

    What comes instead leaves its stock at once, in the same transaction in which it is written down. Short pieces
    never come back to stock; everything else follows as with any refund. What could not be settled is tried again
    (``settle_short``, ``finish_shortages``).

    :param seen: the ``mark`` of the plan that was shown.
    :raises NothingDue, NothingShort, ShortageMoved, SubstituteMissing, WrongLaterDay, NoneToGive:
    """
    with transaction.atomic(durable=True):
        known = Shortage.objects.filter(key=key).first()
        shortage = known or _write(told, seen, key, actor, now)
    settle_short(shortage_id=shortage.pk, now=now)
    return shortage


def settle_short(*, shortage_id: UUID, now: datetime) -> tuple[int, int]:
    """Settle what was not settled yet of a shortage; return how many orders were, and how many could not be."""
    waiting = ShortLine.objects.filter(shortage=shortage_id, settled_at=None).order_by("order_line__order_id")
    orders = list(waiting.values_list("order_line__order_id", flat=True).distinct())
    done = [settle_order(shortage_id=shortage_id, order_id=order_id, now=now) for order_id in orders]
    return sum(done), len(done) - sum(done)


def finish_shortages(*, now: datetime) -> int:
    """Go on with every shortage that was told and not settled: whoever told it died, or a payment stood in the way."""
    waiting = Shortage.objects.filter(lines__settled_at=None).distinct().order_by("pk")
    return sum(
        settle_short(shortage_id=shortage_id, now=now)[0] for shortage_id in waiting.values_list("pk", flat=True)
    )


def _without(line: OrderLine, pieces: int, told: ToldShort, substitute: Sku | None) -> GoesWithout:
    waiting = waiting_on(line, told.pickup_date)
    if substitute and _takes(line, substitute):
        return GoesWithout(line, pieces, Ending.SUBSTITUTE, 0, waiting)
    if told.ending == Ending.LATER and _may_wait(line, pieces, told):
        return GoesWithout(line, pieces, Ending.LATER, 0, waiting)
    return GoesWithout(line, pieces, Ending.REFUND, line.share_of(pieces), waiting)


def _takes(line: OrderLine, substitute: Sku) -> bool:
    """Say whether its member agreed. What the scale settles has no value of a piece; one line knows one substitute."""
    if not line.order.accepts_substitute or line.estimated_grams is not None or line.later_left:
        return False
    return line.substitute is None or line.substitute["sku_id"] == str(substitute.pk)


def _may_wait(line: OrderLine, pieces: int, told: ToldShort) -> bool:
    """Say whether they can come later: a line knows one later day, and what is brought to the door has none."""
    if line.order.is_delivered:
        return False
    if told.pickup_date == line.order.pickup_date:
        return not line.later_quantity or line.later_on == told.later_on
    return pieces == line.later_left  # short on the later day again: all of them move, or none


def _check_later(told: ToldShort, now: datetime) -> None:
    first = max(told.pickup_date, store_day(now))
    if told.later_on is None or not first < told.later_on <= first + MOST_LATER:
        raise WrongLaterDay(fields={"later_on": [WrongLaterDay.sentence]})


def _write(told: ToldShort, seen: str, key: str, actor: Actor, now: datetime) -> Shortage:
    plan = plan_shortage(told=told, now=now)
    if plan.mark != seen:
        raise ShortageMoved
    first, substitute = plan.lines[0], plan.substitute
    shortage = Shortage.objects.create(
        sku_id=told.sku_id,
        pickup_date=told.pickup_date,
        title=first.title,
        sku_label=first.sku_label,
        wanted=plan.wanted,
        there=told.there,
        rule=told.rule,
        ending=told.ending,
        substitute_sku=substitute,
        substitute_title=substitute.product.title if substitute else "",
        substitute_label=substitute.label if substitute else "",
        later_on=told.later_on if told.ending == Ending.LATER else None,
        reason=told.reason.strip()[:60],
        key=key,
        by_name=actor.name[:60],
        at=now,
    )
    rows = [
        ShortLine(
            shortage=shortage,
            order_line=one.line,
            quantity=one.pieces,
            ending=one.ending,
            warehouse_id=one.line.stock_place_id if one.ending != Ending.REFUND else None,
        )
        for one in plan.without
    ]
    ShortLine.objects.bulk_create(rows)
    record(
        what="shortage.told",
        subject=shortage,
        at=now,
        actor=actor,
        reason=shortage.reason,
        wanted=plan.wanted,
        there=told.there,
        rule=str(told.rule),
        ending=str(told.ending),
    )
    _take(shortage, rows, plan, now)
    return shortage


def _take(shortage: Shortage, rows: Sequence[ShortLine], plan: ShortagePlan, now: datetime) -> None:
    """Take what comes after all out of stock, last of the transaction: nobody else buys it."""
    changes = []
    for row in rows:
        if row.warehouse_id:
            sku_id, pieces = stock_of_short(row, row.quantity)
            changes.append(StockChange(sku_id, on_hand_delta=-pieces, ref_id=row.pk, warehouse_id=row.warehouse_id))
    try:
        move_stock(
            kind=MoveKind.TAKE, changes=changes, at=now, reason=gettext("缺货补给顾客"), by_name=shortage.by_name
        )
    except StockShort as short:
        left, needed = sum(short.left.values()), plan.coming
        sentence = gettext("可用库存只有 %(left)s 份，要 %(n)s 份。先入库或调整数量。") % {"left": left, "n": needed}
        raise NoneToGive(sentence, needed=needed, left=left) from None
