"""Building schemas ahead, and claiming one."""

from datetime import datetime

import structlog
from django.db import connection, transaction

from control.provisioning.models import Bundle, PooledSchema
from control.provisioning.selectors import fingerprint_of
from control.provisioning.services.record_bundle import current_bundle, migrations_sha
from kit.ids import new_schema_name
from kit.tenancy import in_control
from kit.tenancy.citus import distribute, stay_ordinary
from kit.tenancy.roles import is_locked, making_role, reaching_in
from kit.tenancy.sql import run

log = structlog.get_logger(__name__)
LOW_WATER = 10  # refill when fewer than this are ready
TARGET = 20
_LOCK = "linli pool"
_CLAIM = """
WITH oldest AS MATERIALIZED (
    SELECT id FROM provisioning_pooledschema WHERE bundle_sha = %s
    ORDER BY built_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
DELETE FROM provisioning_pooledschema p USING oldest WHERE p.id = oldest.id RETURNING p.schema_name
"""


class BundleBroken(RuntimeError):
    """Replaying the bundle did not give the catalog it was recorded from. The schema was not kept."""


def fill_pool(*, target: int, now: datetime, at_most: int | None = None) -> int:
    """Build schemas until ``target`` of today's kind are ready; return how many were built. Safe to repeat.

    Each is a transaction of its own, so one that is killed leaves nothing of the schema it was at. Nobody waits for
    it: a claim passes over what is locked, and a second filler leaves the work to the first.
    """
    bundle = current_bundle(now=now)
    built = 0
    with in_control():
        while (at_most is None or built < at_most) and _fill_one(bundle, target=target, now=now):
            built += 1
    log.info("pool_filled", built=built, target=target)
    return built


def _fill_one(bundle: Bundle, *, target: int, now: datetime) -> bool:
    with transaction.atomic(durable=True):
        # Of the transaction, not of the session: it goes with a builder that is killed
        if not run("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0)) AS mine", [_LOCK])[0]["mine"]:
            return False
        if PooledSchema.objects.filter(bundle_sha=bundle.sha).count() >= target:
            return False
        name = new_schema_name()
        build_schema(name=name, bundle=bundle)
        distribute(schema=name)
        PooledSchema.objects.create(schema_name=name, bundle_sha=bundle.sha, built_at=now)
    return True


def is_low(*, now: datetime) -> bool:
    """Say whether the pool is below its low-water mark, in the caller's control scope."""
    return PooledSchema.objects.filter(bundle_sha=current_bundle(now=now).sha).count() < LOW_WATER


def build_schema(*, name: str, bundle: Bundle) -> None:
    """Create one schema and its role from the bundle, in the caller's transaction.

    :raises BundleBroken: the result differs from the template.
    """
    with in_control(as_owner=True), connection.cursor() as cursor:
        stay_ordinary()
        cursor.execute(f'CREATE SCHEMA "{name}"')
        if is_locked():
            cursor.execute(making_role(name))
        # One round trip; LOCAL, so that the scope's own path is back at the end of the transaction.
        cursor.execute(f'SET LOCAL search_path TO "{name}";\n{bundle.sql}\nSET LOCAL search_path TO public;')
        if is_locked():
            cursor.execute(reaching_in(name))
    if fingerprint_of(name) != bundle.fingerprint:
        raise BundleBroken(name)


def claim_schema(*, now: datetime) -> str:
    """Take a ready schema out of the pool, in the caller's transaction; build one when the pool is dry.

    Two claims at once never get the same schema: each locks the row it deletes and passes over locked ones.
    """
    claimed = run(_CLAIM, [migrations_sha()])
    if claimed:
        return str(claimed[0]["schema_name"])
    log.warning("pool_dry")
    name = new_schema_name()
    build_schema(name=name, bundle=current_bundle(now=now))
    distribute(schema=name)
    return name
