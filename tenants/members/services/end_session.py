"""A phone signs out."""

from datetime import datetime

from tenants.members.models import MemberSession
from tenants.members.tokens import hash_of_token


def end_session(*, token: str, now: datetime) -> None:
    """Make a token worthless from now on. Ending it twice is no fault."""
    MemberSession.objects.filter(token_hash=hash_of_token(token), ended_at=None).update(ended_at=now)
