"""代客下单: a chain pasted out of the group becomes drafts that the neighbours confirm."""

from collections import Counter
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.campaigns.models import JoinDraft, JoinDraftLine, PastedChain
from tenants.campaigns.selectors_desk import campaign_with_id
from tenants.campaigns.selectors_drafts import DraftMissing, read_for
from tenants.campaigns.services.edit_campaign import CampaignOver
from tenants.campaigns.solitaire.read_solitaire import MOST_CHARACTERS, ReadRow
from tenants.journal.services import Actor, record


class NothingRead(Refused):
    """No row of the text is clear, so there is nothing to make drafts of."""

    code, kind, sentence = "nothing_read", Kind.INVALID, _("没有一行能完全看懂，请按提示改一下文字再试。")


class AlreadyConfirmed(Refused):
    """The neighbour has confirmed it: it is an order now."""

    code, kind, sentence = "draft_confirmed", Kind.CONFLICT, _("顾客已经确认下单，不能撤回。")


def paste_chain(
    *, campaign_id: UUID, pickup_point_id: UUID, text: str, key: str, now: datetime, actor: Actor
) -> PastedChain:
    """Make a draft of every row that is read beyond doubt; the others are left for a person. Once a key.

    Drafts hold no stock. What two words of a row mean the same thing is added up.

    :raises CampaignMissing, CampaignOver, NothingRead:
    """
    campaign = campaign_with_id(campaign_id)
    if campaign.shown_state(now) != "open":
        raise CampaignOver(_("团期没有在进行中，不能代客下单。"))
    rows = [row for row in read_for(campaign, text).chain.rows if row.is_clear]
    if not rows:
        raise NothingRead
    with transaction.atomic(durable=True):
        pasted, is_new = PastedChain.objects.get_or_create(
            key=key,
            defaults={
                "campaign": campaign,
                "pickup_point_id": pickup_point_id,
                "text": text[:MOST_CHARACTERS],
                "at": now,
                "by_name": actor.name[:60],
            },
        )
        if is_new:
            _write(pasted, rows)
            record(what="campaign.pasted", subject=campaign, at=now, actor=actor, drafts=len(rows))
    return pasted


def withdraw_draft(*, draft_id: UUID, now: datetime) -> JoinDraft:
    """Take back a draft nobody has confirmed. Safe to repeat. :raises DraftMissing, AlreadyConfirmed:"""
    with transaction.atomic(durable=True):
        draft: JoinDraft | None = JoinDraft.objects.select_for_update().filter(pk=draft_id).first()
        if draft is None:
            raise DraftMissing
        if draft.order_id is not None:
            raise AlreadyConfirmed
        if draft.withdrawn_at is None:
            draft.withdrawn_at = now
            draft.save(update_fields=["withdrawn_at"])
    return JoinDraft.objects.select_related("pasted").get(pk=draft_id)


def _write(pasted: PastedChain, rows: list[ReadRow]) -> None:
    drafts = [
        JoinDraft(
            pasted=pasted,
            number=row.number,
            name=row.name[:30],
            phone=row.phone[:20],
            room=row.room[:60],
            written=row.written[:500],
        )
        for row in rows
    ]
    JoinDraft.objects.bulk_create(drafts)
    lines = []
    for draft, row in zip(drafts, rows, strict=True):
        wanted: Counter[UUID] = Counter()
        for want in row.wants:
            wanted[want.offer_id] += want.quantity
        lines += [JoinDraftLine(draft=draft, item_id=item, quantity=quantity) for item, quantity in wanted.items()]
    JoinDraftLine.objects.bulk_create(lines)
