"""The scale says what a line sold by weight costs: less than paid goes back, more is never asked for."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit.errors import Kind, Refused
from tenants.aftersales.models import Weighing
from tenants.catalog.weights import settle_weight
from tenants.journal.services import Actor
from tenants.orders.models import OrderLine
from tenants.sales.services.refund_lines import WantedRefund, hold_paid_order, refund_held

_MOST_TIMES = 5  # heavier than that is a slip of the finger


class NotByWeight(Refused):
    """There is no such line, it is not sold by weight, or nothing is left of it."""

    code, kind, sentence = "not_by_weight", Kind.MISSING, gettext_lazy("这件商品不用称重。")


class AlreadyWeighed(Refused):
    """A line is weighed once: the difference has gone back. Facts: ``grams``."""

    code, kind, sentence = "already_weighed", Kind.CONFLICT, gettext_lazy("这件商品已经称过重，差额已退。")


class WeightOff(Refused):
    """Nothing, or five times the estimate."""

    code, kind, sentence = "weight_off", Kind.INVALID, gettext_lazy("重量和预估差得太多，请核对后再填。")


def settle_line_weight(*, order_line_id: UUID, grams: int, actor: Actor, now: datetime) -> Weighing:
    """Note what all pieces left of a paid line weigh, once, and give the difference back, discounts in proportion.

    :raises NotByWeight, AlreadyWeighed, WeightOff, NotRefundable, MoreThanPaid:
    """
    order_id = OrderLine.objects.filter(pk=order_line_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotByWeight
    with transaction.atomic(durable=True):
        line = hold_paid_order(order_id).lines[order_line_id]
        if known := Weighing.objects.filter(order_line=line).first():
            if known.grams == grams:
                return known
            raise AlreadyWeighed(grams=known.grams)
        pieces = line.quantity - line.refunded_quantity
        if line.estimated_grams is None or not pieces:
            raise NotByWeight
        estimated = line.estimated_grams * pieces
        if not 0 < grams <= estimated * _MOST_TIMES:
            raise WeightOff(fields={"grams": [WeightOff.sentence]})
        settled = settle_weight(paid_minor=line.left_minor, estimated_grams=estimated, actual_grams=grams)
        weighing = Weighing(
            order_line=line,
            estimated_grams=estimated,
            grams=grams,
            paid_minor=line.left_minor,
            refund_minor=settled.refund_minor,
            by_name=actor.name[:60],
            at=now,
        )
        if settled.refund_minor:
            words = {"estimated": estimated, "grams": grams}
            weighing.order_refund = refund_held(
                order_id=order_id,
                wanted=[WantedRefund(line.pk, amount_minor=settled.refund_minor)],
                reason=_("称重差额：预估 %(estimated)d 克，实际 %(grams)d 克") % words,
                actor=actor,
                key=f"weight:{line.pk}",
                now=now,
            )
        weighing.save(force_insert=True)
    return weighing
