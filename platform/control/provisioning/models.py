"""The recipe of a store's schema, and the schemas that wait for a merchant."""

from typing import ClassVar

from django.db import models

from kit.tenancy.models import ScopedModel


class Bundle(ScopedModel):
    """All statements that make one store's schema, recorded from Django's own migrations."""

    sha = models.CharField(max_length=64, unique=True)  # of the migration files it was made from
    sql = models.TextField()
    fingerprint = models.CharField(max_length=64)  # of the catalog it must produce
    applied = models.TextField(default="")  # the migrations in it, "app.name" a line, sorted
    built_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.sha[:12]


class PooledSchema(ScopedModel):
    """A schema that was built ahead. Claiming one deletes its row, in the transaction that names its owner."""

    schema_name = models.CharField(max_length=63, unique=True)
    bundle_sha = models.CharField(max_length=64)
    built_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["bundle_sha", "built_at"], name="pool_oldest")]

    def __str__(self) -> str:
        return self.schema_name
