"""Paid orders take their places in the chains they are of."""

from collections.abc import Sequence
from datetime import datetime

from tenants.campaigns.models import CampaignKind
from tenants.campaigns.services.give_numbers import give_number
from tenants.journal.services import Actor, record
from tenants.orders.models import Order, OrderLine


def join_chains(*, paid: Sequence[tuple[Order, Sequence[OrderLine]]], now: datetime) -> None:
    """Number orders that were just paid in each chain they have goods of, in the caller's transaction.

    Chains are taken in the order of their ids, over all orders of a payment, so that two payments never wait for each
    other. Lines come with their item and its campaign, so an order of no chain costs nothing.
    """
    places = {
        (line.campaign_item.campaign_id, place)
        for place, (_order, lines) in enumerate(paid)
        for line in lines
        if line.campaign_item.campaign.kind == CampaignKind.SOLITAIRE
    }
    for campaign_id, place in sorted(places):
        order = paid[place][0]
        number = give_number(campaign_id=campaign_id, order_id=order.pk, at=now)
        record(what="order.joined", subject=order, at=now, actor=Actor(kind="task", name="系统"), number=number)
