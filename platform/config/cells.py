"""The other cells, reached through the `linli` command: one process knows one database, so theirs are asked by child.

``LINLI_CELLS`` names them: {"east": {"database": "postgresql://…", "upstream": "10.0.2.5:8000", "var": "/srv/east"}}.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from billing.services.answer_home import Fact, Word
from control.merchants.models import Domain, MerchantState


class CellRefused(RuntimeError):
    """The other cell's command ended with an error; its words are kept."""


@dataclass(frozen=True)
class CellByCommand:
    """Another cell of LINLI_CELLS, asked by running `linli` against its database."""

    name: str

    def receive(self, folder: Path) -> dict[str, Any]:
        """Let it build the store that lies in a folder."""
        return self._linli("store", "receive", str(folder), "--json")

    def findings(self, slug: str) -> list[dict[str, Any]]:
        """Let it check a store's books, though it does not serve it yet."""
        answer = self._linli("check_books", "--store", slug, "--arriving", "--json", may_fail=True)
        found: list[dict[str, Any]] = answer["findings"]
        return found

    def open(self, slug: str, state: str) -> dict[str, Any]:
        """Let it serve the store."""
        return self._linli("store", "open", slug, "--state", state, "--json")

    def answer_home(self, words: Mapping[UUID, Word]) -> dict[UUID, list[Fact]]:
        """Let it obey what billing decided about stores of ours, and give what happened in them."""
        asked = {str(merchant_id): asdict(word) for merchant_id, word in words.items()}
        told = self._linli("cells", "answer", said=json.dumps(asked, default=str))
        return {UUID(merchant_id): [_fact(one) for one in facts] for merchant_id, facts in told.items()}

    def _linli(self, *words: str, said: str = "", may_fail: bool = False) -> dict[str, Any]:
        facts = settings.LINLI_CELLS[self.name]
        there = {"LINLI_DATABASE_URL": facts["database"], "LINLI_CELL": self.name}
        if "var" in facts:
            there["LINLI_VAR"] = facts["var"]
        done = subprocess.run(  # noqa: S603 - our own command, its words chosen above
            [sys.executable, "-m", "config", *words],
            env=os.environ | there,
            input=said,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode and not (may_fail and done.returncode == 1):
            raise CellRefused(f"{self.name}: linli {' '.join(words)}: {done.stderr.strip()[-500:]}")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


def words_of(written: dict[str, dict[str, Any]]) -> dict[UUID, Word]:
    """Read what a home cell asked."""
    return {UUID(merchant_id): _word(one) for merchant_id, one in written.items()}


def _word(written: dict[str, Any]) -> Word:
    at = written["next_step_at"]
    return Word(
        state=MerchantState(written["state"]),
        limits=written["limits"],
        next_step=written["next_step"],
        next_step_at=datetime.fromisoformat(at) if at else None,
        took=[UUID(one) for one in written["took"]],
    )


def _fact(told: dict[str, Any]) -> Fact:
    when = datetime.fromisoformat(told["occurred_at"])
    return Fact(**told | {"id": UUID(told["id"]), "occurred_at": when})


def domains_elsewhere() -> list[tuple[str, str]]:
    """List the hosts of stores that live in other cells, with the cell. Runs in the control plane."""
    found = Domain.objects.filter(verified_at__isnull=False).exclude(tenant__cell="")
    return list(found.order_by("domain").values_list("domain", "tenant__cell"))


def nginx_map(hosts: Iterable[tuple[str, str]]) -> str:
    """Write a map for the proxy: what is not named goes to this cell."""
    lines = [f"    {host} {_upstream(cell)};" for host, cell in hosts]
    return "\n".join(["map $host $linli_cell {", "    hostnames;", "    default linli;", *lines, "}", ""])


def _upstream(cell: str) -> str:
    return settings.LINLI_CELLS.get(cell, {}).get("upstream") or f"cell_{cell}"
