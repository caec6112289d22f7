"""What is due and was not carried is woken: a later try, a worker that died, a store that was closed meanwhile."""

from datetime import datetime

from kit.tenancy import current_store
from tenants.integrations.selectors import due_deliveries
from tenants.integrations.services.courier import carry


def carry_due(*, now: datetime) -> int:
    """Wake ``carry`` for each delivery that is due; return how many. One that is woken twice is tried once."""
    due = due_deliveries(now)
    for delivery_id in due:
        carry.apply_async(kwargs={"store": str(current_store().merchant_id), "delivery_id": str(delivery_id)})
    return len(due)
