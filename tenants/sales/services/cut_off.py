"""截单: a group buy is over, and what nobody may change any more is done in one order."""

import logging
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, QuerySet, Sum

from kit.errors import Refused
from tenants.campaigns.models import Campaign, CampaignState, CutoffRun
from tenants.campaigns.selectors_desk import lock_campaign
from tenants.campaigns.services.judge_campaign import campaigns_to_cut_off, judge_campaign, lock_for_good
from tenants.journal.services import Actor
from tenants.orders.models import PAID_STATES, LineRefund, Order, OrderLine, OrderState
from tenants.sales.services.close_unpaid import close_unpaid
from tenants.sales.services.end_teams import end_teams_of
from tenants.sales.services.refund_lines import WantedRefund, refund_lines
from tenants.sales.services.stop_charging import stop_charging
from tenants.tracing.services.allocate_batches import Allocated, allocate_batches

NOT_PAID = "截单时未付款"
NOT_FORMED = "未达到起订量，自动退款"
_SYSTEM = Actor(kind="task", name="系统")
_log = logging.getLogger(__name__)


def cut_off_due(*, now: datetime) -> int:
    """Cut off, or go on cutting off, each group buy that is over; return how many were brought to their end.

    One that fails keeps no other waiting: why is written into its run, and the next minute tries again.
    """
    done = 0
    for campaign_id in campaigns_to_cut_off(now=now):
        try:
            done += cut_off(campaign_id=campaign_id, now=now).finished_at is not None
        except Exception as failure:
            _log.exception("cutting off stopped")
            CutoffRun.objects.filter(campaign=campaign_id).update(problem=f"{type(failure).__name__}: {failure}"[:200])
    return done


def cut_off(*, campaign_id: UUID, now: datetime) -> CutoffRun:
    """Lock a group buy, close what is not paid, give back what is too little, and give batches to the rest.

    Safe to repeat and to be run by two at once: every step is done once, whoever does it, and a run that did not come
    to its end is gone on with. The same gives back everything of one that was called off.

    :raises CampaignMissing, NotCutOffYet:
    """
    run = lock_for_good(campaign_id=campaign_id, now=now)
    if run.finished_at is not None:
        return run
    _close_unpaid(campaign_id, now)
    stuck = end_teams_of(campaign_id=campaign_id, now=now)
    with transaction.atomic(durable=True):
        campaign = lock_campaign(campaign_id)
        run = CutoffRun.objects.select_for_update().get(pk=run.pk)
        if _unpaid(campaign_id).exists():
            return run  # somebody holds one of them at this moment: the next run finds it
        judge_campaign(campaign=campaign, run=run, now=now)
    called_off = campaign.state == CampaignState.CANCELLED
    reason = campaign.call_off_reason if called_off else NOT_FORMED
    stuck += _give_back(campaign_id, reason=reason, now=now)
    given = Allocated(0, 0) if called_off else allocate_batches(now=now, pickup_date=campaign.pickup_date)
    return _write_down(run, stuck=stuck, given=given, now=now)


def refund_key(campaign_id: UUID) -> str:
    """Return the key of the refund that an order gets when this group buy is judged."""
    return f"cutoff:{campaign_id}"


def _unpaid(campaign_id: UUID) -> QuerySet[Order]:
    """Find what is not paid in time; whoever paid a deposit has until the balance is due, unless it is called off."""
    lines = OrderLine.objects.filter(campaign_item__campaign=campaign_id)
    waiting = Order.objects.filter(state=OrderState.PENDING_PAYMENT, pk__in=lines.values("order"))
    return waiting if _is_called_off(campaign_id) else waiting.filter(deposit_paid_at=None)


def _is_called_off(campaign_id: UUID) -> bool:
    return Campaign.objects.filter(pk=campaign_id, state=CampaignState.CANCELLED).exists()


def _close_unpaid(campaign_id: UUID, now: datetime) -> None:
    called_off = _is_called_off(campaign_id)
    for order in _unpaid(campaign_id).order_by("pk"):
        stop_charging(order=order, now=now)
        with transaction.atomic(durable=True):
            held = Order.objects.select_for_update(no_key=True, skip_locked=True).filter(
                pk=order.pk, state=OrderState.PENDING_PAYMENT
            )
            if locked := held.first():
                close_unpaid(order=locked, reason=NOT_PAID, actor=_SYSTEM, now=now, gives_deposit_back=called_off)


def _give_back(campaign_id: UUID, *, reason: str, now: datetime) -> int:
    """Give back the lines of failed items, an order a transaction; return how many orders could not be."""
    waiting = OrderLine.objects.filter(
        campaign_item__campaign=campaign_id,
        campaign_item__failed_at__isnull=False,
        order__state__in=PAID_STATES,
        quantity__gt=F("withdrawn_quantity") + F("handed_quantity"),
    )
    wanted: dict[UUID, list[WantedRefund]] = {}
    for line in waiting.order_by("order_id", "pk"):
        wanted.setdefault(line.order_id, []).append(WantedRefund(line.pk, quantity=line.left_to_hand))
    stuck = 0
    for order_id, wishes in wanted.items():
        try:
            refund_lines(
                order_id=order_id, wanted=wishes, reason=reason, actor=_SYSTEM, key=refund_key(campaign_id), now=now
            )
        except Refused as refusal:
            _log.warning("an order could not be given back: %s", refusal.code)
            stuck += 1
    return stuck


def _write_down(run: CutoffRun, *, stuck: int, given: Allocated, now: datetime) -> CutoffRun:
    """Count from what is there, so that two runs at once write the same."""
    back = LineRefund.objects.filter(order_refund__key=refund_key(run.campaign_id))
    counted = back.aggregate(lines=Count("pk"), amount=Sum("amount_minor"))
    closed = OrderLine.objects.filter(
        campaign_item__campaign=run.campaign_id, order__state=OrderState.CLOSED, order__close_reason=NOT_PAID
    )
    with transaction.atomic(durable=True):
        run = CutoffRun.objects.select_for_update().get(pk=run.pk)
        run.orders_closed = closed.values("order").distinct().count()
        run.lines_refunded, run.refunded_minor = counted["lines"], counted["amount"] or 0
        run.orders_stuck = stuck
        run.pieces_given += given.pieces
        run.pieces_short = given.short
        run.problem = ""
        if not stuck and run.finished_at is None:
            run.finished_at = now
        run.save()
    return run
