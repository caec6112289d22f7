"""Whose token this is."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from kit.tenancy.kept import kept
from tenants.members.models import Member, MemberSession
from tenants.members.tokens import hash_of_token

_NOTE_VISITS_EVERY = timedelta(hours=1)


def member_of_token(*, token: str, now: datetime) -> Member | None:
    """Find the member a token belongs to, in one statement; None when it is unknown here, expired or ended.

    The visit is noted at most once an hour, so that reading a page does not write a row each time.
    """
    sessions = _live_sessions(token_hash=hash_of_token(token), now=now)
    if not sessions:
        return None
    member: Member = sessions[0].member
    if member.last_seen_at is None or member.last_seen_at < now - _NOTE_VISITS_EVERY:
        Member.objects.filter(pk=member.pk).update(last_seen_at=now)
    return member


@kept
def _live_sessions(*, token_hash: str, now: datetime) -> QuerySet[MemberSession]:
    sessions = MemberSession.objects.filter(token_hash=token_hash, ended_at=None, expires_at__gt=now)
    return sessions.select_related("member")
