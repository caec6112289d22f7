"""Which schemas there are, and where each of them stands. All of it runs in the control plane."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from control.fleet.models import MigrationState
from control.merchants.models import MerchantState
from control.provisioning.selectors import states_of
from kit.tenancy.sql import run

BATCH = 200  # schemas in one look; a branch of the query each
_SCHEMAS = """
SELECT s.schema_name AS schema, s.slug, s.name, s.pooled, s.bundle_sha, s.merchant_state, s.made_at,
       t.oid IS NOT NULL AS is_there, coalesce(m.release, '') AS release, coalesce(m.state, '') AS row_state,
       coalesce(m.attempts, 0) AS attempts, coalesce(m.ms, 0) AS ms, coalesce(m.error, '') AS error, m.at
FROM (
    SELECT schema_name, slug, name, false AS pooled, '' AS bundle_sha, state AS merchant_state, created_at AS made_at
    FROM merchants_merchant WHERE state <> 'erased' AND cell = ''
    UNION ALL
    SELECT schema_name, '', '', true, bundle_sha, '', built_at FROM provisioning_pooledschema
) s
LEFT JOIN pg_namespace n ON n.nspname = s.schema_name
LEFT JOIN pg_class t ON t.relnamespace = n.oid AND t.relname = 'django_migrations' AND t.relkind = 'r'
LEFT JOIN fleet_storemigration m ON m.schema_name = s.schema_name
ORDER BY s.schema_name
"""


@dataclass(frozen=True)
class Target:
    """A schema of the fleet: a store's, or one that waits in the pool (then it has no slug)."""

    schema: str
    slug: str
    name: str
    pooled: bool
    bundle_sha: str  # of a pooled one
    merchant_state: str
    made_at: datetime
    is_there: bool
    release: str  # of its row, as are the next five; empty when it has none
    row_state: str
    attempts: int
    ms: int
    error: str
    at: datetime | None
    found: str = ""  # hash of its applied migrations

    @property
    def title(self) -> str:
        """What people call it."""
        return self.slug or "(pool)"

    def get_row_state_display(self) -> str:
        """Say the row's state, as a model would."""
        return str(MigrationState(self.row_state).label)


def schemas() -> list[Target]:
    """List the schemas of all stores and of the pool with their rows, in one query."""
    found = [Target(**row) for row in run(_SCHEMAS)]
    # An archived store may have left the database; nothing of it is here to migrate.
    return [one for one in found if one.is_there or one.merchant_state != MerchantState.ARCHIVED]


def with_states(targets: Iterable[Target]) -> list[Target]:
    """Look up what each schema really has, one query a batch."""
    all_of_them = list(targets)
    there = [one.schema for one in all_of_them if one.is_there]
    found: dict[str, str] = {}
    for start in range(0, len(there), BATCH):
        found |= states_of(there[start : start + BATCH])
    return [replace(one, found=found.get(one.schema, "")) for one in all_of_them]
