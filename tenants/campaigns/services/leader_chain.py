"""代客下单 by a leader: the group's chain is read and made into drafts for the leader's own points, and no others."""

import hashlib
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.campaigns.models import Campaign, JoinDraft, PastedChain
from tenants.campaigns.reach import sold_at
from tenants.campaigns.reading_words import with_choice
from tenants.campaigns.selectors_desk import campaign_with_id
from tenants.campaigns.selectors_drafts import DraftMissing, Reading, read_for
from tenants.campaigns.services.edit_campaign import CampaignOver
from tenants.campaigns.services.paste_chain import paste_chain, withdraw_draft
from tenants.journal.services import Actor
from tenants.leaders.models import Leader, PickupPoint


class NotYourPoint(Refused):
    """The point is another leader's, closed, or not there."""

    code, kind, sentence = "not_your_point", Kind.FORBIDDEN, _("只能给自己的自提点代客下单。")


class NotSoldHere(Refused):
    """The list is not sold at this point."""

    code, kind, sentence = "not_sold_here", Kind.CONFLICT, _("这个自提点不卖这个团期。")


def read_own_chain(
    *, leader: Leader, campaign_id: UUID, pickup_point_id: UUID, text: str, choice: str, now: datetime
) -> tuple[str, Reading]:
    """Read a chain for a leader's point; writes nothing. Returns the text as it was read, and the reading.

    ``choice`` puts one of the goods that were offered to choose from into the text; empty for none.

    :raises CampaignMissing, CampaignOver, NotYourPoint, NotSoldHere:
    """
    campaign = _open_at(leader, campaign_id, pickup_point_id, now)
    if choice:
        text = with_choice(text, choice, read_for(campaign, text))
    return text, read_for(campaign, text)


def paste_own_chain(
    *, leader: Leader, campaign_id: UUID, pickup_point_id: UUID, text: str, key: str, now: datetime
) -> PastedChain:
    """Make drafts of the rows that are read beyond doubt, to be fetched at a leader's own point. Once a key.

    :raises CampaignMissing, CampaignOver, NotYourPoint, NotSoldHere, NothingRead:
    """
    _open_at(leader, campaign_id, pickup_point_id, now)
    return paste_chain(
        campaign_id=campaign_id,
        pickup_point_id=pickup_point_id,
        text=text,
        # of this leader alone: two phones may think of the same key
        key=hashlib.sha256(f"{leader.pk}:{key}".encode()).hexdigest(),
        now=now,
        actor=Actor(kind="leader", id=str(leader.pk), name=leader.name),
    )


def withdraw_own_draft(*, leader: Leader, draft_id: UUID, now: datetime) -> JoinDraft:
    """Take back a draft at one of the leader's points. :raises DraftMissing, AlreadyConfirmed:"""
    if not JoinDraft.objects.filter(pk=draft_id, pasted__pickup_point__leader=leader).exists():
        raise DraftMissing
    return withdraw_draft(draft_id=draft_id, now=now)


def _open_at(leader: Leader, campaign_id: UUID, pickup_point_id: UUID, now: datetime) -> Campaign:
    if not PickupPoint.objects.filter(pk=pickup_point_id, leader=leader, is_open=True).exists():
        raise NotYourPoint
    campaign = campaign_with_id(campaign_id)
    if campaign.shown_state(now) != "open":
        raise CampaignOver(_("团期没有在进行中，不能代客下单。"))
    if not Campaign.objects.filter(sold_at(pickup_point_id), pk=campaign_id).exists():
        raise NotSoldHere
    return campaign
