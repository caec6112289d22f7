"""A merchant makes a promotion that runs by itself, changes it, stops it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tenants.journal.services import Actor, record
from tenants.promotions.drafts import PromotionDraft, check_promotion
from tenants.promotions.models import Promotion, Running
from tenants.promotions.selectors import PromotionMissing


def save_promotion(
    *, draft: PromotionDraft, now: datetime, by_name: str, promotion_id: UUID | None = None, publish: bool
) -> Promotion:
    """Make a promotion or change one. Orders already placed keep what they got.

    :raises NotAnOffer, PromotionMissing:
    """
    check_promotion(draft)
    with transaction.atomic(durable=True):
        promotion = _locked(promotion_id) if promotion_id else Promotion(created_at=now, created_by=by_name)
        promotion.name, promotion.kind = draft.name.strip(), draft.kind
        promotion.scope, promotion.rule = draft.scope.written(), draft.rule()
        promotion.starts_at, promotion.ends_at = draft.starts_at, draft.ends_at
        if publish:
            promotion.state = Running.RUNNING
        promotion.save()
        what = "promotion.changed" if promotion_id else "promotion.made"
        actor = Actor(kind="person", name=by_name)
        record(what=what, subject=promotion, at=now, actor=actor, state=str(promotion.state), rule=promotion.rule)
    return promotion


def stop_promotion(*, promotion_id: UUID, now: datetime, by_name: str) -> Promotion:
    """Take nothing more off from now on. Safe to repeat.

    :raises PromotionMissing:
    """
    with transaction.atomic(durable=True):
        promotion = _locked(promotion_id)
        if promotion.state != Running.STOPPED:
            promotion.state = Running.STOPPED
            promotion.save(update_fields=["state"])
            record(what="promotion.stopped", subject=promotion, at=now, actor=Actor(kind="person", name=by_name))
    return promotion


def _locked(promotion_id: UUID) -> Promotion:
    promotion = Promotion.objects.select_for_update().filter(pk=promotion_id).first()
    if promotion is None:
        raise PromotionMissing
    return promotion
