"""Other processes of the platform, on the same database and files, for tests that kill one or ask two."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
_BEGIN = """
import os, signal, sys
import django
django.setup()
def die(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def child(code: str, *, database: str, var: Path) -> "subprocess.Popen[str]":
    """Start a process that runs ``code`` after Django is set up; it may call ``die()``."""
    return subprocess.Popen(
        [sys.executable, "-c", _BEGIN + code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "LINLI_DATABASE_URL": database,
            "LINLI_VAR": str(var),
            "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
        },
    )


def outcome(code: str, *, database: str, var: Path, patience: float = 60) -> int:
    """Run a process to its end and return its exit code (-9: it was killed)."""
    running = child(code, database=database, var=var)
    running.communicate(timeout=patience)
    return running.returncode
