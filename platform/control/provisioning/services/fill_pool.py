"""Building schemas ahead, and claiming one."""

from datetime import datetime

import structlog
from django.db import connection, transaction

from control.provisioning.models import Bundle, PooledSchema
from control.provisioning.selectors import fingerprint_of
from control.provisioning.services.record_bundle import current_bundle
from kit.ids import new_schema_name
from kit.tenancy import in_control
from kit.tenancy.roles import is_locked, making_role, reaching_in

log = structlog.get_logger(__name__)
LOW_WATER = 5  # refill when fewer than this are ready
TARGET = 20


class BundleBroken(RuntimeError):
    """Replaying the bundle did not give the catalog it was recorded from. The schema was not kept."""


def fill_pool(*, target: int, now: datetime) -> int:
    """Build schemas until ``target`` of today's kind are ready; return how many were built. Safe to repeat."""
    bundle = current_bundle(now=now)
    built = 0
    with in_control():
        while PooledSchema.objects.filter(bundle_sha=bundle.sha).count() < target:
            name = new_schema_name()
            with transaction.atomic(durable=True):
                build_schema(name=name, bundle=bundle)
                PooledSchema.objects.create(schema_name=name, bundle_sha=bundle.sha, built_at=now)
            built += 1
    log.info("pool_filled", built=built, target=target)
    return built


def build_schema(*, name: str, bundle: Bundle) -> None:
    """Create one schema and its role from the bundle, in the caller's transaction.

    :raises BundleBroken: the result differs from the template.
    """
    with in_control(as_owner=True), connection.cursor() as cursor:
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
    bundle = current_bundle(now=now)
    ready = (
        PooledSchema.objects.select_for_update(skip_locked=True)
        .filter(bundle_sha=bundle.sha)
        .order_by("built_at")
        .first()
    )
    if ready is None:
        log.warning("pool_dry")
        name = new_schema_name()
        build_schema(name=name, bundle=bundle)
        return name
    ready.delete()
    return ready.schema_name
