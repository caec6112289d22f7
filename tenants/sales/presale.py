"""预售 with a deposit: what is paid at once and what later. Pure."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from django.utils.translation import gettext as _

from kit.money import round_half_away
from kit.web.format import moment
from tenants.campaigns.models import CampaignItem, CampaignKind
from tenants.campaigns.selectors import Offer
from tenants.orders.services import NewDeposit


def deposit_of(offers: Mapping[UUID, Offer], total_minor: int) -> NewDeposit | None:
    """Say what of a basket is paid at once, rounded to the minor unit; none where all of it is.

    The basket is of one list (``is_mixed``). What cannot be split, as it is one fen, is paid at once.
    """
    campaign = next((offer.item.campaign for offer in offers.values()), None)
    if campaign is None or campaign.kind != CampaignKind.PRESALE or campaign.deposit_percent is None:
        return None
    amount = max(1, round_half_away(Fraction(total_minor * campaign.deposit_percent, 100)))
    if campaign.balance_from is None or campaign.balance_until is None or amount >= total_minor:
        return None
    return NewDeposit(amount, campaign.balance_from, campaign.balance_until, campaign.keeps_deposit)


def is_mixed(item: CampaignItem, offers: Mapping[UUID, Offer]) -> bool:
    """Say whether goods that are paid by a deposit stand beside those of another list."""
    if item.campaign.kind != CampaignKind.PRESALE or item.campaign.deposit_percent is None:
        return False
    return any(offer.item.campaign_id != item.campaign_id for offer in offers.values())


def rule_sentence(*, balance_from: datetime, balance_until: datetime, is_kept: bool) -> str:
    """Tell the rule to whoever is about to pay a deposit."""
    words = {"from": moment(balance_from), "until": moment(balance_until)}
    if is_kept:
        return _("尾款在 %(from)s 到 %(until)s 付清。到期未付，定金不退。") % words
    return _("尾款在 %(from)s 到 %(until)s 付清。到期未付，订单关闭，定金原路退回。") % words
