"""What was told long ago is forgotten."""

from datetime import datetime, timedelta

from tenants.integrations.models import WebhookEvent

KEPT_FOR = timedelta(days=30)


def forget_events(*, now: datetime) -> int:
    """Delete events older than thirty days with their deliveries and tries; return how many rows went."""
    gone, _each = WebhookEvent.objects.filter(at__lt=now - KEPT_FOR).delete()
    return gone
