"""One answer a key: a request that may be sent again gets the first answer again.

Stripe's semantics. The claim is a row of its own, committed before the story runs, so a second request at the same
time sees it; the answer is written when the story is done. A process that dies in between leaves a claim without an
answer: after ``ABANDONED_AFTER`` the next request takes it over and runs the story again, which is itself idempotent
by the same key and returns what it made the first time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.tenancy.sql import run_often
from tenants.journal.models import GivenAnswer

ABANDONED_AFTER = timedelta(seconds=60)  # no request lives longer (the web server ends it)
KEPT_FOR = timedelta(days=7)
_CLAIM = """
INSERT INTO journal_givenanswer (id, actor, key, fingerprint, body, created_at)
VALUES (%(id)s, %(actor)s, %(key)s, %(fingerprint)s, '', %(at)s)
ON CONFLICT (actor, key) DO NOTHING RETURNING id
"""
_KEEP = """
UPDATE journal_givenanswer SET status = %(status)s, body = %(body)s
WHERE id = %(id)s AND status IS NULL AND created_at = %(at)s RETURNING id
"""


class KeyUsedForAnother(Refused):
    """The key came before, with another request."""

    code, kind, sentence = "idempotency_mismatch", Kind.INVALID, _("这次提交与上一次内容不同，请刷新后重新提交。")


class StillAnswering(Refused):
    """The first request with this key is still under way."""

    code, kind, sentence = "idempotency_in_progress", Kind.CONFLICT, _("正在提交，请勿重复点击。")


@dataclass(frozen=True)
class FirstAnswer:
    """What was said the first time, byte for byte."""

    status: int
    body: str


@dataclass(frozen=True)
class Claim:
    """The right to give the answer."""

    given: GivenAnswer


def claim_answer(*, actor: str, key: str, fingerprint: str, now: datetime) -> Claim | FirstAnswer:
    """Claim a key for one request, or return the answer it was given before.

    :raises KeyUsedForAnother, StillAnswering:
    """
    mine = GivenAnswer(actor=actor, key=key, fingerprint=fingerprint, created_at=now)
    if run_often(_CLAIM, {"id": mine.pk, "actor": actor, "key": key, "fingerprint": fingerprint, "at": now}):
        return Claim(mine)
    given = GivenAnswer.objects.filter(actor=actor, key=key).first()
    if given is None:  # its owner has just let it go
        raise StillAnswering
    if given.fingerprint != fingerprint:
        raise KeyUsedForAnother
    if given.status is not None:
        return FirstAnswer(status=given.status, body=given.body)
    if not _take_over(given, now=now):
        raise StillAnswering
    return Claim(given)


def keep_answer(*, claim: Claim, status: int, body: str) -> None:
    """Write the answer that every later request with this key gets."""
    # Not one that has been taken over since: its new owner speaks.
    given = claim.given
    run_often(_KEEP, {"status": status, "body": body, "id": given.pk, "at": given.created_at})


def drop_claim(*, claim: Claim) -> None:
    """Let the key go unanswered: nothing was decided, so the next request with it starts anew."""
    _of(claim).delete()


def purge_answers(*, now: datetime) -> int:
    """Delete answers older than a week; return how many."""
    gone, _each = GivenAnswer.objects.filter(created_at__lt=now - KEPT_FOR).delete()
    return gone


def _of(claim: Claim) -> QuerySet[GivenAnswer]:
    # Not one that has been taken over since: its new owner speaks.
    return GivenAnswer.objects.filter(pk=claim.given.pk, status=None, created_at=claim.given.created_at)


def _take_over(given: GivenAnswer, *, now: datetime) -> bool:
    # Guarded by the time it was claimed at, so that of two who find it abandoned one gets it.
    abandoned = GivenAnswer.objects.filter(
        pk=given.pk, status=None, created_at=given.created_at, created_at__lt=now - ABANDONED_AFTER
    )
    if not abandoned.update(created_at=now):
        return False
    given.created_at = now
    return True
