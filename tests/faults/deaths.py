"""Workers that are killed (SIGKILL) by the thousand: a process that has imported everything forks one for each death.

The test writes a line that says what the worker does and where it dies: before the statement, or before or after the
commit, with a number, or after some time, wherever that is. The answer says whether it was killed. No connection is
handed down, every worker opens its own; nothing but the database and the company outlives it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from tests.races.serving import ROOT


@dataclass
class Hangman:
    """The process that forks them, and how many it has killed."""

    process: "subprocess.Popen[str]"
    killed: int = 0

    def let(self, story: str, *, now: datetime, at: int = 0, after: float = 0.0, **words: Any) -> bool:
        """Let a worker begin a story and die in it; say whether it died before it was done."""
        assert self.process.stdin
        assert self.process.stdout
        wish = {"story": story, "now": now.isoformat(), "at": at, "after": after, **words}
        self.process.stdin.write(json.dumps(wish) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, "the process that forks the workers has died"
        told = json.loads(answer)
        assert not told["trouble"], told
        self.killed += told["killed"]
        return bool(told["killed"])


@contextmanager
def hangman(*, company: str) -> Iterator[Hangman]:
    """Start it on the database at which Django is now pointed."""
    known = connection.settings_dict
    port = f":{known['PORT']}" if known["PORT"] else ""
    url = f"postgresql://{known['USER']}:{known['PASSWORD']}@{known['HOST']}{port}/{known['NAME']}"
    path = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
    settings = {"LINLI_DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings.test", "PYTHONPATH": path}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.forking", company],
        cwd=ROOT,
        env={**os.environ, **settings},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Hangman(process)
    finally:
        process.communicate(timeout=20)  # it ends with its input
