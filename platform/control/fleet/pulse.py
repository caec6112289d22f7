"""How long an ordinary question takes while stores are migrated: the run stops when its 95th percentile rises."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection

from kit.tenancy import in_control
from kit.tenancy.sql import run

RISE = 1.5  # times the p95 before the run
FLOOR = 0.05  # seconds: below this nobody notices, whatever the ratio
BEFORE, WINDOW = 20, 40  # answers before the run; the latest ones that count while it goes on
PAUSE = 0.05


@dataclass
class Pulse:
    """Asks something over and over. ``ask`` raises when there is no answer, which counts as a slow one."""

    ask: Callable[[], object]
    floor: float = FLOOR
    now: Callable[[], float] = time.monotonic
    before: list[float] = field(default_factory=list)
    latest: list[float] = field(default_factory=list)

    def rest(self) -> None:
        """Take the measure before anything is done."""
        self.before = [self._beat() for _n in range(BEFORE)]

    def feel(self) -> None:
        """Ask once more, while the run goes on."""
        self.latest = [*self.latest, self._beat()][-WINDOW:]

    @property
    def is_raised(self) -> bool:
        """Whether the 95th percentile of the latest answers is beyond what the run may cost others."""
        if len(self.latest) < WINDOW // 2:
            return False
        return p95(self.latest) > max(self.floor, RISE * p95(self.before))

    def _beat(self) -> float:
        began = self.now()
        try:
            self.ask()
        except Exception:
            return max(self.now() - began, 10.0)
        return self.now() - began


def p95(seconds: list[float]) -> float:
    """Return the 95th percentile (nearest rank)."""
    return sorted(seconds)[-(-len(seconds) * 95 // 100) - 1] if seconds else 0.0


def ask_the_register() -> None:
    """Ask what every request asks first: which store a host belongs to."""
    with in_control():
        run(
            "SELECT m.schema_name FROM merchants_domain d JOIN merchants_merchant m ON m.id = d.tenant_id"
            " ORDER BY d.id LIMIT 1"
        )


@contextmanager
def felt(pulse: Pulse | None) -> Iterator[None]:
    """Take the pulse before the block and, in a thread of its own, as long as it lasts."""
    if pulse is None:
        yield
        return
    pulse.rest()
    over = threading.Event()

    def feel() -> None:
        try:
            while not over.wait(PAUSE):
                pulse.feel()
        finally:
            connection.close()

    feeling = threading.Thread(target=feel, daemon=True)
    feeling.start()
    try:
        yield
    finally:
        over.set()
        feeling.join()
