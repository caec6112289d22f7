"""Writing down where a schema stands."""

from collections.abc import Sequence

from control.fleet.models import StoreMigration


def record_states(rows: Sequence[StoreMigration]) -> None:
    """Write the rows of some schemas over what was known of them, in the caller's transaction."""
    StoreMigration.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["schema_name"],
        update_fields=["release", "state", "attempts", "ms", "error", "at"],
    )
