"""Our side of a dispute, handed in once before its deadline."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models.reversals import Dispute, DisputeState
from billing.services.keep_evidence import keep_evidence, readable_evidence, send_evidence
from billing.services.note_dispute import note_dispute
from billing.services.read_news import news_of_dispute
from control.audit.services import record_act
from kit.errors import Kind, Refused
from kit.gateway.disputes import answer_dispute as hand_in


class DisputeMissing(Refused):
    """There is no such dispute."""

    code, kind, sentence = "dispute_missing", Kind.MISSING, _("没有找到这笔争议。")


class NothingToAnswer(Refused):
    """It was answered already, is decided, or its deadline has passed."""

    code, kind, sentence = "nothing_to_answer", Kind.CONFLICT, _("这笔争议已经提交过、已有结果，或过了举证期限。")


def answer_dispute(
    *,
    dispute_id: UUID,
    explanation: str,
    email: str,
    by: str,
    now: datetime,
    files: Mapping[str, bytes] | None = None,
) -> Dispute:
    """Hand our evidence to the cardholder's bank. What we say is kept before it is sent; the bank takes it once.

    ``files`` are pictures and PDFs by the box they belong in (``EvidenceBox``). They lie in the merchant's own folder.

    :raises EvidenceUnreadable: nothing is kept.
    :raises DisputeMissing, NothingToAnswer, GatewayRefused, GatewayUnknown: kept, and may be handed in again.
    """
    readable = {box: readable_evidence(content) for box, content in (files or {}).items()}
    with transaction.atomic(durable=True):
        dispute = (
            Dispute.objects.select_for_update(of=("self",))
            .select_related("attempt__invoice__billing_account__merchant")
            .filter(pk=dispute_id)
            .first()
        )
        if dispute is None:
            raise DisputeMissing
        is_open = dispute.state in (DisputeState.WARNING, DisputeState.NEEDS_RESPONSE)
        if not is_open or dispute.submitted_at or (dispute.due_by is not None and dispute.due_by < now):
            raise NothingToAnswer
        kept = {**dispute.evidence.get("files", {}), **keep_evidence(dispute, readable)}
        dispute.evidence = {"explanation": explanation, "email": email, "files": kept}
        dispute.save(update_fields=["evidence"])
    answered = hand_in(
        ref=dispute.gateway_ref,
        explanation=explanation,
        email=email,
        files=send_evidence(dispute),
        key=f"dispute:{dispute.pk}:evidence:{_print_of(dispute.evidence)}",
    )
    with transaction.atomic(durable=True):
        note_dispute(attempt=dispute.attempt, news=news_of_dispute(answered, now), now=now)
        Dispute.objects.filter(pk=dispute.pk).update(submitted_at=now, submitted_by=by)
        record_act(
            what="dispute.answered",
            actor=by,
            now=now,
            merchant_id=dispute.attempt.invoice.billing_account.merchant_id,
            number=dispute.attempt.invoice.number,
        )
    dispute.refresh_from_db()
    return dispute


def _print_of(evidence: dict[str, Any]) -> str:
    # Handed in again with other words or files it is another request: Stripe keeps answers by the key
    return hashlib.sha256(json.dumps(evidence, sort_keys=True).encode()).hexdigest()[:16]
