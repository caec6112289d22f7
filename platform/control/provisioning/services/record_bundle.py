"""Making the recipe of a store's schema by watching Django migrate one."""

import hashlib
from datetime import datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.db.migrations.loader import MigrationLoader

from control.provisioning.models import Bundle
from control.provisioning.selectors import applied_in, fingerprint_of, store_labels
from control.provisioning.services.migrate_recorded import migrate_recorded
from kit.tenancy import StoreRef, in_control
from kit.tenancy.roles import is_locked, reached_by_control
from kit.tenancy.sql import run

TEMPLATE = StoreRef(merchant_id=UUID(int=0), schema="t_template", slug="template")


def current_bundle(*, now: datetime) -> Bundle:
    """Return the bundle of today's migration files, recording it first if no process has yet.

    The template schema is dropped and migrated by Django itself; each statement that writes is kept, in order, and
    replaying them in an empty schema gives the same catalog (compared by fingerprint whenever one is built).
    """
    sha = migrations_sha()
    with in_control():
        # Its long SQL is fetched by whoever builds; a claim needs only the name.
        known = Bundle.objects.defer("sql").filter(sha=sha).first()
        if known:
            return known
        with transaction.atomic():
            # One recorder at a time, in any process; the second finds the first one's bundle.
            run("SELECT pg_advisory_xact_lock(hashtext('linli bundle'))")
            known = Bundle.objects.filter(sha=sha).first()
            if known:
                return known
            with in_control(as_owner=True):
                run(f'DROP SCHEMA IF EXISTS "{TEMPLATE.schema}" CASCADE')
                run(f'CREATE SCHEMA "{TEMPLATE.schema}"')
                if is_locked():
                    run(reached_by_control(TEMPLATE.schema))
            statements = [statement for step in migrate_recorded(ref=TEMPLATE) for statement in step.statements]
            return Bundle.objects.create(
                sha=sha,
                sql=";\n".join(statements) + ";",
                fingerprint=fingerprint_of(TEMPLATE.schema),
                applied=applied_in(TEMPLATE.schema),
                built_at=now,
            )


def migrations_sha() -> str:
    """Name today's store schema: a hash over every migration file of the store's apps."""
    modules = ((label, MigrationLoader.migrations_module(label)[0]) for label in store_labels())
    return _sha_of(tuple((label, module) for label, module in modules if module))


@cache  # a process runs one release: its files are read once
def _sha_of(modules: tuple[tuple[str, str], ...]) -> str:
    digest = hashlib.sha256()
    for label, module in modules:
        for folder in import_module(module).__path__:
            for file in sorted(Path(folder).glob("[0-9]*.py")):
                digest.update(f"{label}/{file.name}\n".encode() + file.read_bytes())
    return digest.hexdigest()
