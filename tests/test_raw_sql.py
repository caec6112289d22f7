"""Where SQL is written by hand past the one door for it: each place is listed with its why.

It is how a store's rows would get past the scope, so a new place is a decision, not an accident. What is remembered
between requests has its own list in tests/isolation/test_cache.py.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("platform", "tenants", "billing", "api")
# file -> why it may open a cursor of its own (kit.tenancy.sql.run is the way for everybody else)
CURSORS = {
    "platform/kit/tenancy/sql.py": "the one door for hand-written SQL",
    "platform/kit/tenancy/backend/base.py": "the backend itself",
    "platform/control/fleet/services/migrate_store.py": "replays statements, as the owner",
    "platform/control/provisioning/services/fill_pool.py": "builds schemas, as the owner",
    "platform/control/provisioning/selectors.py": "the catalog and the notes of migrations, by checked names",
    "billing/services/collect_usage.py": "the one statement of two planes",
    "billing/services/issue_invoice.py": "the control plane's own counter",
    "billing/services/lock_usage.py": "an advisory lock",
}
JUDGES = {
    "platform/control/fleet/services/lint_migrations.py": "refuses it in migrations",
    "platform/control/fleet/survey.py": "sends it the slow way",
}
PLACES_OF_PUBLIC = {"billing/services/collect_usage.py": "the one statement of two planes"}
_PUBLIC_TABLE = re.compile(r"\bpublic\.(?:\w|$)")
_SQL = re.compile(r"\b(select|insert into|update|delete from|join|truncate|alter table|drop|create)\b", re.IGNORECASE)


def _sources() -> Iterator[tuple[str, str]]:
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            name = file.relative_to(ROOT).as_posix()
            if "/migrations/" not in name and "/node_modules/" not in name:
                yield name, file.read_text(encoding="utf-8")


def findings(name: str, text: str) -> list[str]:
    """Say what a source does that its file is not listed for."""
    tree = ast.parse(text)
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [f"{name}:{line} {what}" for node in ast.walk(tree) for line, what in _of(node, name, docs)]


def _of(node: ast.AST, name: str, docs: set[int]) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in ("raw", "extra") and "objects" in ast.unparse(node.func.value):
            yield node.lineno, f".{node.func.attr}()"
        if node.func.attr == "cursor" and name not in CURSORS:
            yield node.lineno, "a cursor of its own"
    if isinstance(node, ast.Name) and node.id in ("RawSQL", "RunPython") and name not in JUDGES:
        yield node.lineno, node.id
    if isinstance(node, ast.Attribute) and ast.unparse(node) == "connection.connection" and name not in CURSORS:
        yield node.lineno, "the driver's connection, below the guard"
    text = node.value if isinstance(node, ast.Constant) and id(node) not in docs else ""
    if isinstance(text, str) and _PUBLIC_TABLE.search(text) and _SQL.search(text) and name not in PLACES_OF_PUBLIC:
        yield node.lineno, "names a table of public"  # type: ignore[attr-defined]


class TestSources:
    def test_write_sql_only_where_listed(self) -> None:
        assert [found for name, text in _sources() for found in findings(name, text)] == []

    def test_the_lists_name_what_exists(self) -> None:
        assert [name for name in {**CURSORS, **JUDGES, **PLACES_OF_PUBLIC} if not (ROOT / name).is_file()] == []


class TestTheReader:
    """It has eyes: each of these, anywhere else, is found."""

    @pytest.mark.parametrize(
        "text",
        [
            "Order.objects.raw('SELECT 1')",
            "Order.objects.filter(x=1).extra(where=['1=1'])",
            "with connection.cursor() as c: pass",
            "connections['default'].cursor()",
            "connection.connection.execute('SELECT 1')",
            "from django.db.models.expressions import RawSQL\nRawSQL('x', [])",
            "migrations.RunPython(x)\nRunPython(x)",
            "run('SELECT * FROM public.merchants_merchant')",
            "run(f'DELETE FROM public.{table}')",
        ],
    )
    def test_sees(self, text: str) -> None:
        assert findings("tenants/orders/services.py", text) != []

    @pytest.mark.parametrize(
        "text",
        [
            '"""Reads public.things as SELECT would."""',
            "run('SELECT 1 FROM orders_order')",
            "from django.utils.functional import cached_property",
            "raise ValueError('the room is not public.')",
        ],
    )
    def test_lets_pass(self, text: str) -> None:
        assert findings("tenants/orders/services.py", text) == []
