"""T6: what one store remembers, another does not read."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache, caches
from django.test import Client

from kit.tenancy import NoScope, StoreRef, in_control, in_store
from kit.tenancy.cache import SHARED

ROOT = Path(__file__).parents[2]
# What may be remembered without a scope: each holds nothing of any store.
ALLOWED = {
    ("platform/control/provisioning/services/record_bundle.py", "functools.cache"): (
        "a hash of the release's migration files, the same for every store"
    ),
    ("platform/config/demo/market/goods.py", "functools.cache"): "a file of ours",
    ("platform/kit/gateway/client.py", "functools.cache"): "Stripe's client, one a key",
    ("platform/control/domains/names.py", "functools.cache"): "the Public Suffix List",
    ("api/store/description.py", "functools.cache"): "the description of the API",
    ("billing/printing.py", "functools.lru_cache"): "the font our papers are set in",
    ("platform/kit/pace.py", "functools.cache"): "Redis's connections, one pool an address",
    ("platform/kit/progress.py", "functools.cache"): "Redis's connections, one pool an address",
}
REMEMBERING = frozenset(
    {
        "functools.cache",
        "functools.lru_cache",
        "django.views.decorators.cache.cache_page",
        "django.core.cache.caches",
        "django.core.cache.cache",
        "django.middleware.cache.UpdateCacheMiddleware",
        "django.middleware.cache.FetchFromCacheMiddleware",
    }
)


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    yield
    for one in (cache, caches[SHARED]):
        one.clear()


def seen(settings: Any, times: int) -> dict[str, set[str]]:
    """Ask the same address of both stores, turn by turn, and collect what each was told."""
    settings.LINLI_STORE_URLCONF = "tests.isolation.cached_pages"
    told: dict[str, set[str]] = {"acme": set(), "rival": set()}
    for _time in range(times):
        for slug, answers in told.items():
            answers.add(Client(headers={"host": f"{slug}.linli.test"}).get("/remembered").content.decode())
    return told


class TestTheSameAddress:
    def test_on_two_stores_a_hundred_times_is_two_answers(self, acme: StoreRef, rival: StoreRef, settings: Any) -> None:
        assert seen(settings, 100) == {"acme": {"绿家生鲜"}, "rival": {"隔壁鲜果"}}

    def test_without_our_key_function_the_neighbour_reads_it(
        self, acme: StoreRef, rival: StoreRef, settings: Any
    ) -> None:
        """The mutant: Django's own keys."""
        stock = {name: value for name, value in settings.CACHES["default"].items() if name != "KEY_FUNCTION"}
        settings.CACHES = {**settings.CACHES, "default": {**stock, "LOCATION": "mutant"}}

        assert seen(settings, 2)["rival"] == {"绿家生鲜"}


class TestScopes:
    def test_each_has_its_own_words(self, acme: StoreRef, rival: StoreRef) -> None:
        for scope, word in ((in_store(acme), "A"), (in_store(rival), "B"), (in_control(), "C")):
            with scope:
                cache.set("word", word)
        said = []
        for scope in (in_store(acme), in_store(rival), in_control()):
            with scope:
                said.append(cache.get("word"))

        assert said == ["A", "B", "C"]

    def test_outside_of_one_nothing_is_remembered_or_read(self) -> None:
        for act in (lambda: cache.get("word"), lambda: cache.set("word", 1), lambda: cache.delete("word")):
            with pytest.raises(NoScope):
                act()

    def test_what_all_share_is_asked_for_by_name(self, acme: StoreRef, rival: StoreRef) -> None:
        with in_store(acme):
            caches[SHARED].set("rates", 1)
        with in_store(rival):
            assert caches[SHARED].get("rates") == 1
        assert caches[SHARED].get("rates") == 1


def remembering_in(source: str) -> set[str]:
    """Find the memories that outlive a request in a module's source, however they were imported."""
    known: dict[str, str] = {}
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            known.update({one.asname or one.name: one.name for one in node.names})
        elif isinstance(node, ast.ImportFrom):
            known.update({one.asname or one.name: f"{node.module}.{one.name}" for one in node.names})
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.add(f"{known.get(node.value.id, node.value.id)}.{node.attr}")
        elif isinstance(node, ast.Name):
            found.add(known.get(node.id, node.id))
    return found & REMEMBERING


class TestLint:
    def test_nothing_is_remembered_past_the_scope(self) -> None:
        sources = [
            file for folder in ("platform", "tenants", "billing", "api") for file in (ROOT / folder).rglob("*.py")
        ]
        found = {
            (str(file.relative_to(ROOT)), memory)
            for file in sources
            if "node_modules" not in file.parts
            for memory in remembering_in(file.read_text())
        }

        assert found - ALLOWED.keys() == set(), "remember by the scoped cache, or say in ALLOWED why it may be"
        assert ALLOWED.keys() - found == set(), "no longer there: take it out of ALLOWED"

    @pytest.mark.parametrize(
        "planted",
        [
            "from functools import lru_cache\n@lru_cache\ndef f(): ...",
            "import functools as f\n@f.lru_cache(maxsize=9)\ndef g(): ...",
            "from functools import cache as remember\n@remember\ndef f(): ...",
            "from django.views.decorators.cache import cache_page\n@cache_page(60)\ndef f(r): ...",
            "from django.core.cache import caches\ncaches['shared'].get('x')",
        ],
    )
    def test_the_lint_has_eyes(self, planted: str) -> None:
        assert remembering_in(planted)

    def test_and_takes_nothing_innocent_for_it(self) -> None:
        assert not remembering_in("from django.views.decorators.cache import never_cache\n@never_cache\ndef f(r): ...")
