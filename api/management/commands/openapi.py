"""``linli openapi``: write the description of the store's API to docs/openapi.json, or check that it is there."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from api.store.description import describe, written


class Command(BaseCommand):
    help = "Write the API's OpenAPI description. Example: linli openapi --check"
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", type=Path, default=settings.ROOT / "docs" / "openapi.json")
        parser.add_argument("--check", action="store_true", help="write nothing; fail when the file is out of date")

    def handle(self, *args: Any, **options: Any) -> None:
        file, fresh = options["file"], written(describe())
        if not options["check"]:
            file.write_text(fresh)
            self.stdout.write(f"{file.name}: {len(fresh.splitlines())} lines")
        elif not file.exists() or file.read_text() != fresh:
            raise CommandError(f"{file.name} is out of date: run `linli openapi`")
