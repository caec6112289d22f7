"""Reading what was pasted, and the drafts that came of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.signing import is_signed, sign
from tenants.campaigns.models import Campaign, CampaignItem, JoinDraft
from tenants.campaigns.solitaire.read_solitaire import ReadChain, read_solitaire
from tenants.campaigns.solitaire.words import Offered, vocabulary_of
from tenants.leaders.models import Leader

_PURPOSE = "join-draft"


class DraftMissing(Refused):
    """There is no such draft, the link is not ours, or the draft was withdrawn."""

    code, kind, sentence = "draft_missing", Kind.MISSING, _("没有找到这张待确认的单，可能已被撤回。")


@dataclass(frozen=True, slots=True)
class Reading:
    """A pasted text as it was read, with the items its ids mean."""

    chain: ReadChain
    items: dict[UUID, CampaignItem]


def read_for(campaign: Campaign, text: str) -> Reading:
    """Read a pasted chain against what a campaign offers. One statement; writes nothing."""
    items = {item.pk: item for item in campaign.items.select_related("sku__product").order_by("position", "pk")}
    return Reading(read_solitaire(text, _offered(items.values())), items)


def ambiguous_word(reading: Reading, written: str) -> str:
    """Find the word in a doubt that names several goods; empty without one."""
    vocabulary = vocabulary_of(_offered(reading.items.values()))
    words = (vocabulary.longest_at(written, start) for start in range(len(written)))
    return next((word for word in words if word), "")


def drafts_of(campaign: Campaign) -> list[JoinDraft]:
    """List a campaign's drafts, those pasted last first, with their lines and goods: two statements."""
    found = JoinDraft.objects.filter(pasted__campaign=campaign).select_related("pasted__pickup_point")
    return list(found.order_by("-pasted__at", "number", "pk").prefetch_related("lines__item__sku__product"))


def drafts_at(*, leader: Leader, campaign_id: UUID) -> list[JoinDraft]:
    """List the drafts of a campaign that are fetched at a leader's points, whoever pasted them: two statements."""
    found = JoinDraft.objects.filter(pasted__campaign=campaign_id, pasted__pickup_point__leader=leader)
    found = found.select_related("pasted__pickup_point").prefetch_related("lines__item__sku__product")
    return list(found.order_by("-pasted__at", "number", "pk"))


def signature_of(draft_id: UUID) -> str:
    """Sign a draft's link: nothing of it is stored, and it is worth nothing in another store."""
    return sign(draft_id.bytes, purpose=_PURPOSE)


def way_to(draft: JoinDraft) -> str:
    """Write where on this store's host a neighbour confirms a draft; whoever knows the way may."""
    return f"/m/#/sub/order/draft?id={draft.pk}&sign={signature_of(draft.pk)}"


def draft_by_link(*, draft_id: UUID, signature: str) -> JoinDraft:
    """Read a draft by its link, with its campaign and point. :raises DraftMissing:"""
    if not is_signed(draft_id.bytes, signature, purpose=_PURPOSE):
        raise DraftMissing
    found = JoinDraft.objects.select_related("pasted__campaign", "pasted__pickup_point__leader")
    draft: JoinDraft | None = found.filter(pk=draft_id, withdrawn_at=None).first()
    if draft is None:
        raise DraftMissing
    return draft


def _offered(items: Iterable[CampaignItem]) -> list[Offered]:
    return [Offered(item.pk, item.sku.product.title, item.sku.label) for item in items]
