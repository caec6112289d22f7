"""What signing in leaves behind is not kept for ever."""

from datetime import datetime, timedelta

from tenants.members.models import MemberSession, SmsCode

_KEEP_CODES = timedelta(days=2)  # longer than any window in which they are counted
_KEEP_SESSIONS = timedelta(days=30)  # after their end


def forget_codes(*, now: datetime) -> int:
    """Delete old codes and sessions long over; return how many rows went."""
    codes, _ = SmsCode.objects.filter(sent_at__lt=now - _KEEP_CODES).delete()
    sessions, _ = MemberSession.objects.filter(expires_at__lt=now - _KEEP_SESSIONS).delete()
    return codes + sessions
