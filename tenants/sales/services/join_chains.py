"""A paid order takes its place in the chains it is of."""

from collections.abc import Sequence
from datetime import datetime

from tenants.campaigns.models import CampaignKind
from tenants.campaigns.services.give_numbers import give_number
from tenants.journal.services import Actor, record
from tenants.orders.models import Order, OrderLine


def join_chains(*, order: Order, lines: Sequence[OrderLine], now: datetime) -> None:
    """Number an order that was just paid in each chain it has goods of, in the caller's transaction.

    ``lines`` come with their item and its campaign, so an order of no chain costs nothing.
    """
    campaigns = {line.campaign_item.campaign_id: line.campaign_item.campaign for line in lines}
    for campaign_id in sorted(campaigns):
        if campaigns[campaign_id].kind == CampaignKind.SOLITAIRE:
            number = give_number(campaign_id=campaign_id, order_id=order.pk, at=now)
            record(what="order.joined", subject=order, at=now, actor=Actor(kind="task", name="系统"), number=number)
