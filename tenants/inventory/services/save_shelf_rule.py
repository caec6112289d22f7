"""A product's rule for its shelf life."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tenants.inventory.models import ShelfRule
from tenants.journal.services import Actor, record


def save_shelf_rule(
    *,
    product_id: UUID,
    min_remaining_days: int,
    receive_remaining_days: int,
    near_days: int,
    markdown_ppm: int,
    by_name: str,
    now: datetime,
    marks_down_itself: bool = False,
) -> ShelfRule:
    """Set how long a product must still be good when fetched and when received, and when it is sold cheaper,
    by itself or by a click."""
    values = {
        "min_remaining_days": min_remaining_days,
        "receive_remaining_days": receive_remaining_days,
        "near_days": near_days,
        "markdown_ppm": markdown_ppm,
        "marks_down_itself": marks_down_itself,
    }
    with transaction.atomic(durable=True):
        rule: ShelfRule
        rule, _is_new = ShelfRule.objects.update_or_create(product_id=product_id, defaults=values)
        actor = Actor(kind="person", name=by_name)
        record(what="shelf_rule.saved", subject=rule, at=now, actor=actor, values=values)
    return rule
