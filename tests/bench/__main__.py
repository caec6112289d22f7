"""All benches in one run, on one town that grows; prints the tables and writes docs/benchmarks.md.

python -m tests.bench --stores 50,200            (make bench)
python -m tests.bench --stores 50,200,1000       (make bench STORES=50,200,1000)
python -m tests.bench --only claim,scope --keep  (look, and leave the document alone)
"""

import argparse
import os
import platform
import subprocess
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from tests.bench.frame import Sheet, show
from tests.bench.town import DEFAULT, Town, town

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "benchmarks.md"
# In this order; a bench that another builder adds is a module with ``bench(town)`` and a name in this list.
BENCHES = ("scope", "claim", "provision", "fleet", "outbox", "metering", "month_end", "selling", "memory")


def main() -> None:
    """Run the benches; each says its own figures, the document keeps them all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stores", default=",".join(map(str, DEFAULT)), help="sizes of the town (50,200)")
    parser.add_argument("--only", default=",".join(BENCHES), help="some of: " + ", ".join(BENCHES))
    parser.add_argument("--keep", action="store_true", help="do not write docs/benchmarks.md")
    options = parser.parse_args()
    sizes = sorted(int(size) for size in options.stores.split(","))
    began, load = time.monotonic(), os.getloadavg()
    sheets: list[Sheet] = []
    with town(sizes) as here:
        for size in sizes:  # every bench at one size, then the town grows
            at_size = Town(url=here.url, sizes=[size], schemas=here.schemas)
            for name in options.only.split(","):
                if name in ("scope", "metering", "outbox", "selling") and size != sizes[0]:
                    continue  # the town's size does not matter to it
                if name in ("memory", "month_end") and size != sizes[-1]:
                    continue  # walks through all sizes by itself, or is of the largest alone
                found = _bench(name)(at_size)
                show(found)
                _merge(sheets, found)
    if not options.keep:
        DOCUMENT.write_text(_document(sheets, options.stores, time.monotonic() - began, load))


def _bench(name: str) -> Callable[[Town], Sequence[Sheet]]:
    found: Callable[[Town], Sequence[Sheet]] = import_module(f"tests.bench.{name}").bench
    return found


def _merge(sheets: list[Sheet], found: Sequence[Sheet]) -> None:
    for sheet in found:
        known = next((one for one in sheets if one.title == sheet.title), None)
        if known is None:
            sheets.append(sheet)
            continue
        known.rows += sheet.rows
        known.lines += sheet.lines
        known.reached = "; ".join([known.reached, sheet.reached])


def _document(sheets: Sequence[Sheet], stores: str, seconds: float, load: tuple[float, float, float]) -> str:
    parts = [
        "# Benchmarks",
        "",
        f"Written by `make bench STORES={stores}`; nothing here is edited by hand. Ratios are within a table: the",
        "first row of a size is 1. CPU is the client's plus that of the PostgreSQL backends that served it; with",
        "neighbours on the machine trust CPU before wall time. What is extrapolated says so.",
        "",
        *_facts(seconds, load),
    ]
    for sheet in sheets:
        headings, lines = sheet.table()
        parts += ["", f"## {sheet.title}"]
        if sheet.goal:
            parts += ["", f"Goal: {sheet.goal}. This run: {sheet.reached}."]
        parts += ["", "| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
        parts += ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join(parts) + "\n"


def _facts(seconds: float, load: tuple[float, float, float]) -> list[str]:
    cpu = next(
        (line.partition(":")[2].strip() for line in _read("/proc/cpuinfo").splitlines() if "model name" in line), "?"
    )
    memory = next((line.split()[1] for line in _read("/proc/meminfo").splitlines() if "MemTotal" in line), "0")
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    ).stdout.strip()
    versions = ", ".join(f"{name} {version(name)}" for name in ("django", "django-tenants", "psycopg"))
    how = "PostgreSQL 18 of its own, forgetful (fsync, synchronous_commit, full_page_writes off), shared_buffers 256 MB"
    loads = f"load when it began {load[0]:.1f}, when it ended {os.getloadavg()[0]:.1f}"
    return [
        f"- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit}, {seconds / 60:.0f} minutes",
        f"- {os.cpu_count()} × {cpu}, {int(memory) / 2**20:.0f} GiB; {loads}",
        f"- Python {platform.python_version()}, {versions}; {how}",
    ]


def _read(path: str) -> str:
    return Path(path).read_text() if Path(path).exists() else ""


if __name__ == "__main__":
    main()
