"""Questions about members."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from tenants.members.models import Member


def members_page(*, after: tuple[datetime, UUID] | None, limit: int) -> list[Member]:
    """List members, the newest first, from behind ``after``."""
    found = Member.objects.all()
    if after:
        moment, last = after
        found = found.filter(Q(joined_at__lt=moment) | Q(joined_at=moment, id__gt=last))
    return list(found.order_by("-joined_at", "id")[:limit])
