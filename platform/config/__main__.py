"""The `linli` command: Django's management with our settings."""

import os
import sys
import warnings
from contextlib import nullcontext

from django.core.management import execute_from_command_line

from config.demo import environment
from kit.tenancy import in_control

# Django's own commands know no scopes; these work on the control plane. Ours open their own.
_ON_CONTROL = {"makemigrations", "migrate", "showmigrations", "sqlmigrate", "clearsessions"}


def main() -> None:
    """Run one command, e.g. ``linli check_books --store greenhome``."""
    # A container has no runtime folder of its own; the embedded PostgreSQL's wheel says so at every start.
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
    environment.prepare(sys.argv[1:])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    with in_control(as_owner=True) if command in _ON_CONTROL else nullcontext():
        execute_from_command_line(["linli", *sys.argv[1:]])


if __name__ == "__main__":
    main()
