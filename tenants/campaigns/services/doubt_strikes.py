"""Struck prices of a list that were not really asked: the merchant decides, and was told."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from kit.money import major_units
from kit.tenancy import current_store
from tenants.campaigns.evidence import UnprovenStrike, unproven_strikes
from tenants.campaigns.models import Campaign
from tenants.campaigns.services.check_draft import CampaignDraft
from tenants.journal.services import Actor, record


def doubted_strikes(*, draft: CampaignDraft, campaign_id: UUID | None = None) -> list[str]:
    """Say which struck prices of a list lack evidence, a sentence each."""
    offered = {
        item.sku_id: (item.price_minor, item.strike_minor) for item in draft.items if item.strike_minor is not None
    }
    if not offered:
        return []
    found = unproven_strikes(offered=offered, opens_at=draft.opens_at, campaign_id=campaign_id)
    return [_sentence(one) for one in found]


def note_doubted_strikes(*, campaign: Campaign, draft: CampaignDraft, now: datetime, by_name: str) -> None:
    """Write into the journal which struck prices of a list lack evidence, in the caller's transaction."""
    if sentences := doubted_strikes(draft=draft, campaign_id=campaign.pk):
        actor = Actor(kind="person", name=by_name)
        record(what="campaign.prices_doubted", subject=campaign, at=now, actor=actor, sentences=sentences)


def _sentence(one: UnprovenStrike) -> str:
    currency = current_store().currency
    words = {"title": f"{one.sku.product.title} {one.sku.label}", "strike": major_units(one.strike_minor, currency)}
    if one.lowest_minor is None:
        return (
            _("“%(title)s”近 30 天没有卖过，划线价 %(strike)s 缺少依据，请在商品里填写划线价来源或去掉划线价。") % words
        )
    words["lowest"] = major_units(one.lowest_minor, currency)
    return (
        _("“%(title)s”近 30 天最低卖过 %(lowest)s，划线价 %(strike)s 高于它，请在商品里填写划线价来源或调低划线价。")
        % words
    )
