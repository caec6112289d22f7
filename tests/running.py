"""A running demo, as a test holds it."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass
class Demo:
    """Addresses, and the `linli` command pointed at this demo."""

    root: Path
    environment: dict[str, str]
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def platform(self) -> str:
        return str(self.facts["platform"]["url"])

    @property
    def sms_code(self) -> str:
        return str(self.facts["sms_code"])

    def linli(self, *words: str, patience: float = 120) -> str:
        """Run a `linli` command and return what it printed; a failure shows all of it."""
        done = subprocess.run(
            [sys.executable, "-m", "config", *words],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=patience,
            check=False,
        )
        assert done.returncode == 0, f"linli {' '.join(words)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def moves_its_clock(self, moment: datetime) -> None:
        """Move the demo's time; what became due on the way is run before this returns."""
        answer = json.loads(self.linli("demo", "--clock", moment.isoformat(), "--json", patience=180))
        assert answer["answers_arrived"], answer

    def last_words(self) -> str:
        """Return the end of each process's log."""
        logs = Path(self.environment["LINLI_VAR"], "demo", "logs")
        return "".join(f"\n== {log.name}\n{log.read_text()[-1500:]}" for log in sorted(logs.glob("*.log")))
