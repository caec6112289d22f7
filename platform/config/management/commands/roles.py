"""linli roles: make the database ready for a role per store, or say what holds."""

import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.servers.roles import make_roles, take_over
from kit.tenancy import in_control
from kit.tenancy.sql import run

EXAMPLES = """
examples:
  linli roles --admin postgresql://postgres:PASSWORD@database:5432/linli
                     make the roles and the login of LINLI_DATABASE_URL, take over what is there, and give every
                     store its role; safe to repeat (LINLI_ADMIN_DATABASE_URL does for --admin)
  linli roles        look at the lock with the platform's own login; exit code 1 when something is open
"""
_LOOK = """
SELECT session_user::text AS login, s.rolsuper AS is_superuser, s.rolinherit AS inherits,
       (SELECT count(*) FROM pg_namespace n WHERE n.nspname ~ '^t_[a-z2-7]{16}$') AS stores,
       (SELECT count(*) FROM pg_namespace n JOIN pg_roles r ON r.rolname = n.nspname
        WHERE n.nspname ~ '^t_[a-z2-7]{16}$') AS locked
FROM pg_roles s WHERE s.rolname = session_user
"""


class Command(BaseCommand):
    help = "Give every store a database role of its own, or check that it has one."

    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, epilog=EXAMPLES, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--admin", metavar="URL", help="the database, as a superuser of the server")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.LINLI_STORE_ROLES == "off":
            self.stdout.write("LINLI_STORE_ROLES is off: stores have no roles.")
            return
        if admin := options["admin"] or os.environ.get("LINLI_ADMIN_DATABASE_URL"):
            self._make(admin)
        self._look()

    def _make(self, url: str) -> None:
        ours = settings.DATABASES["default"]
        try:
            with psycopg.connect(url, autocommit=True) as admin:
                if admin.info.dbname != ours["NAME"]:
                    raise CommandError(f"LINLI_DATABASE_URL is of {ours['NAME']}, --admin of {admin.info.dbname}")
                make_roles(admin, login=str(ours["USER"]), password=str(ours["PASSWORD"]))
                self.stdout.write(f"{take_over(admin)} stores have their roles.")
        except psycopg.Error as error:
            raise CommandError(str(error)) from error

    def _look(self) -> None:
        with in_control():
            (seen,) = run(_LOOK)
        open_doors = [
            sentence
            for is_open, sentence in (
                (seen["is_superuser"], f"{seen['login']} is a superuser: a RESET ROLE takes the lock off"),
                (seen["inherits"], f"{seen['login']} inherits: it may do all its roles may"),
                (seen["locked"] < seen["stores"], f"{seen['stores'] - seen['locked']} stores have no role"),
            )
            if is_open
        ]
        for sentence in open_doors:
            self.stdout.write(sentence)
        if open_doors:
            sys.exit(1)
        self.stdout.write(f"{seen['login']} has no right of its own; {seen['stores']} schemas, each with its role.")
