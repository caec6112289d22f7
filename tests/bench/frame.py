"""What every bench stands on: costs in wall and CPU time, rows with ratios, and the table they end in.

CPU seconds are the client's and those of the PostgreSQL backends that served it, read from /proc: on a shared machine
they are the figures to trust. The server must run on this machine.
"""

import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from rich.console import Console
from rich.table import Table


@dataclass
class Cost:
    """What some work took, in seconds, and how many things it was done to."""

    things: int
    wall: float = 0.0
    client: float = 0.0
    server: float = 0.0

    @property
    def cpu(self) -> float:
        return self.client + self.server

    @property
    def cpu_ms_each(self) -> float:
        return 1000 * self.cpu / max(self.things, 1)

    @property
    def wall_ms_each(self) -> float:
        return 1000 * self.wall / max(self.things, 1)


@dataclass
class Row:
    """One way of doing something, beside the others of its table. Ratios are against the first row of its size."""

    way: str
    stores: int
    cost: Cost
    note: str = ""  # "extrapolated from 3", …


@dataclass
class Sheet:
    """A table of rows, and the goal it is held against."""

    title: str
    goal: str = ""
    reached: str = ""  # the goal's figure in this run
    rows: list[Row] = field(default_factory=list)
    # benches whose figures are not costs bring headings and lines of their own
    headings: Sequence[str] = ()
    lines: list[Sequence[str]] = field(default_factory=list)

    def table(self) -> tuple[Sequence[str], list[Sequence[str]]]:
        """Give headings and lines, the ratios worked out."""
        if self.headings:
            return self.headings, self.lines
        headings = ("way", "stores", "measured", "CPU ms each", "wall ms each", "CPU ratio", "wall ratio", "note")
        return headings, [self._line(row) for row in self.rows]

    def _line(self, row: Row) -> Sequence[str]:
        first = next(one for one in self.rows if one.stores == row.stores).cost
        cost = row.cost
        return (
            row.way,
            f"{row.stores:,}",
            str(cost.things),
            _figure(cost.cpu_ms_each) if cost.cpu else "–",
            _figure(cost.wall_ms_each),
            f"{first.cpu_ms_each / cost.cpu_ms_each:,.1f}×" if cost.cpu else "–",
            f"{first.wall_ms_each / max(cost.wall_ms_each, 1e-4):,.1f}×",
            row.note,
        )


def _figure(ms: float) -> str:
    return f"{ms:,.0f}" if ms >= 100 else f"{ms:.1f}" if ms >= 1 else f"{ms:.3f}"


def show(sheets: Sequence[Sheet]) -> None:
    """Print the tables."""
    console = Console(width=150)
    for sheet in sheets:
        headings, lines = sheet.table()
        table = Table(title=sheet.title, caption=_said(sheet))
        for place, heading in enumerate(headings):
            table.add_column(heading, justify="left" if place == 0 or heading == "note" else "right")
        for line in lines:
            table.add_row(*line)
        console.print(table)


def _said(sheet: Sheet) -> str:
    return f"goal: {sheet.goal} — this run: {sheet.reached}" if sheet.goal else ""


def measured(url: str, work: Callable[[], object], *, things: int) -> Cost:
    """Do the work once and say what it cost here and in the database's backends. Connections begin inside it."""
    cost = Cost(things)
    with backends_watched(url) as spent:
        wall, client = time.monotonic(), time.process_time()
        work()
        cost.wall, cost.client = time.monotonic() - wall, time.process_time() - client
        time.sleep(0.03)  # one more look at the backends
    cost.server = sum(last - first for first, last in spent.values())
    return cost


def interleaved(ways: dict[str, Callable[[], float]], *, rounds: int) -> dict[str, list[float]]:
    """Run the ways in turn, round by round, so that a neighbour's load falls on all; each returns its seconds."""
    found: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(rounds):
        order = list(ways) if number % 2 == 0 else list(reversed(ways))
        for way in order:
            found[way].append(ways[way]())
    return found


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value that so many per cent do not exceed."""
    return sorted(values)[max(0, -(-len(values) * percent // 100) - 1)]


@contextmanager
def backends_watched(url: str) -> Iterator[dict[int, tuple[float, float]]]:
    """Sample the CPU seconds of the database's backends: {pid: (at the first look, at the last)}.

    A backend that is first seen while the work goes on began with it and counts from zero.
    """
    spent: dict[int, tuple[float, float]] = {}
    over, ready = threading.Event(), threading.Event()
    name = urlsplit(url).path.lstrip("/")
    server = url.rpartition("/")[0] + "/postgres"

    def look() -> None:
        with psycopg.connect(server, autocommit=True) as watch:
            is_first = True
            while not over.wait(0.0 if is_first else 0.02):
                for (pid,) in watch.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [name]).fetchall():
                    if seconds := cpu_of(pid):
                        begin = seconds if is_first else 0.0
                        spent[pid] = (spent.get(pid, (begin, 0.0))[0], seconds)
                is_first = False
                ready.set()
            for pid, (first, last) in spent.items():
                spent[pid] = (first, cpu_of(pid) or last)

    watcher = threading.Thread(target=look)
    watcher.start()
    ready.wait(10)
    try:
        yield spent
    finally:
        over.set()
        watcher.join()


def cpu_of(pid: int) -> float:
    """Read the CPU seconds of a process, to the nanosecond where the kernel tells; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        pass
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_of(pid: int) -> float:
    """Read the MiB that a process has to itself (Private_Dirty), as PostgreSQL's shared buffers do not count."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty:"):
            return int(line.split()[1]) / 1024
    return 0.0
