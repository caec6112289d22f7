"""linli usage: hold what stores were paid against what billing was told of."""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.selectors import working_stores
from billing.services.replay_usage import Replayed, replay_usage
from kit import clock
from kit.tenancy import in_control

EXAMPLES = """
examples:
  linli usage                          every store's last 40 days; what was lost is left in its outbox again
  linli usage --store greenhome --days 400
  exit code 1 when something did not agree
"""


class Command(BaseCommand):
    help = "Compare paid orders and refunds with metered usage, and leave what is missing again."

    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, epilog=EXAMPLES, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", metavar="SLUG", help="only this store")
        parser.add_argument("--days", type=int, default=40, help="how far back (40)")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        found = [
            replay_usage(store=store, since=now - timedelta(days=options["days"]), now=now)
            for store in _stores(options["store"])
        ]
        for each in found:
            self._say(each)
        self.stdout.write(f"{len(found)} stores compared.")
        if not all(each.is_clean for each in found):
            sys.exit(1)

    def _say(self, found: Replayed) -> None:
        waits: list[datetime] = [found.waits_since] if found.waits_since else []
        for what, told in (
            ("left again", found.left_again), ("unfounded", found.unfounded), ("another amount", found.different),
            ("unrated", found.unrated), ("collector has not come since", waits),
        ):  # fmt: skip
            for one in told:
                self.stdout.write(f"{found.store.slug}  {what}  {one}")


def _stores(slug: str | None) -> list[Any]:
    with in_control():
        stores = [store for store in working_stores() if slug in (None, store.slug)]
    if slug and not stores:
        raise CommandError(f"there is no store with the address {slug!r}")
    return stores
