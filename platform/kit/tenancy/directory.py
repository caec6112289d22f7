"""Where the ground asks for a store by its id, without knowing who keeps the register."""

from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from kit.tenancy.scope import StoreRef

# States in which background work may still touch a store.
WORKING_STATES = frozenset({"trial", "active", "past_due", "restricted", "read_only"})


def find_store(merchant_id: UUID | str) -> StoreRef | None:
    """Ask the register (setting LINLI_STORE_DIRECTORY) for a store; None when there is no such merchant."""
    lookup = import_string(settings.LINLI_STORE_DIRECTORY)
    found: StoreRef | None = lookup(UUID(str(merchant_id)))
    return found
