"""The shop answers a review, or takes words from shoppers' eyes for a reason it must name."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.journal.services import Actor, record
from tenants.reviews.models import HideReason, Review, ReviewState
from tenants.reviews.selectors import ReviewMissing

MOST_REPLY = 500


class ReplyWrong(Refused):
    """Nothing, or more than 500 characters."""

    code, kind, sentence = "reply_wrong", Kind.INVALID, _("请填写回复，最多 500 字。")


class ReasonWrong(Refused):
    """Hiding needs one of the reasons that the law leaves a shop."""

    code, kind, sentence = "hide_reason_wrong", Kind.INVALID, _("请选择隐藏原因。差评不能隐藏，可以回复说明。")


def reply_to_review(*, review_id: UUID, reply: str, actor: Actor, now: datetime) -> Review:
    """Answer a review, or change the answer. :raises ReviewMissing, ReplyWrong:"""
    said = reply.strip()
    if not 1 <= len(said) <= MOST_REPLY:
        raise ReplyWrong(fields={"reply": [ReplyWrong.sentence]})
    with transaction.atomic(durable=True):
        review = _locked(review_id)
        review.reply, review.replied_at, review.replied_by = said, now, actor.name
        review.save(update_fields=["reply", "replied_at", "replied_by"])
        record(what="review.replied", subject=review, at=now, actor=actor)
    return review


def hide_review(*, review_id: UUID, reason: str, actor: Actor, now: datetime) -> Review:
    """Take a review's words and pictures from shoppers' eyes; its stars go on counting, its member still sees it.

    The reasons are those of 电子商务法 article 39 and 网络信息内容生态治理规定: a bad review is none of them.

    :raises ReviewMissing, ReasonWrong:
    """
    if reason not in HideReason.values:
        raise ReasonWrong(fields={"reason": [ReasonWrong.sentence]})
    with transaction.atomic(durable=True):
        review = _locked(review_id)
        review.state, review.hidden_reason, review.hidden_by = ReviewState.HIDDEN, reason, actor.name
        review.save(update_fields=["state", "hidden_reason", "hidden_by"])
        record(what="review.hidden", subject=review, at=now, actor=actor, reason=str(HideReason(reason).label))
    return review


def show_review(*, review_id: UUID, actor: Actor, now: datetime) -> Review:
    """Show a hidden review again. :raises ReviewMissing:"""
    with transaction.atomic(durable=True):
        review = _locked(review_id)
        review.state, review.hidden_reason, review.hidden_by = ReviewState.SHOWN, "", ""
        review.save(update_fields=["state", "hidden_reason", "hidden_by"])
        record(what="review.shown", subject=review, at=now, actor=actor)
    return review


def _locked(review_id: UUID) -> Review:
    review = Review.objects.select_for_update().filter(pk=review_id).first()
    if review is None:
        raise ReviewMissing
    return review
