"""Migration operations that a fleet of live stores needs."""

from typing import Any

from django.db.migrations.operations import AddIndex

from kit.tenancy.sql import run

_LEFTOVER = """
SELECT 1 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relname = %s AND c.relnamespace = current_schema()::regnamespace AND NOT i.indisvalid
"""


class AddIndexConcurrently(AddIndex):
    """An index built while the store goes on selling; the migration must say ``atomic = False``.

    Django's own cannot be recorded for the bundle: there it runs inside a transaction, on empty tables, and is an
    ordinary index. One that was cut short leaves an invalid index; it is dropped and built again.
    """

    atomic = False

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        if schema_editor.connection.in_atomic_block:
            schema_editor.add_index(model, self.index)
            return
        if run(_LEFTOVER, [self.index.name]):
            schema_editor.remove_index(model, self.index, concurrently=True)
        schema_editor.add_index(model, self.index, concurrently=True)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            concurrently = not schema_editor.connection.in_atomic_block
            schema_editor.remove_index(model, self.index, concurrently=concurrently)
