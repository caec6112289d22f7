"""linli check_books: prove that stock and money add up, in every store and in the control plane."""

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import track
from rich.table import Table

from billing.books import check as check_billing
from billing.books_documents import check as check_documents
from billing.books_family import check as check_family
from billing.books_revenue import check as check_revenue
from billing.books_shares import check as check_shares
from control.domains.books import check as check_domains
from control.merchants.models import Merchant, MerchantState
from kit import clock
from kit.books import Finding
from kit.tenancy import StoreRef, in_control, in_store
from tenants.aftersales.books import check as check_store

EXAMPLES = """
examples:
  linli check_books                      every store and the platform's own books
  linli check_books --store greenhome    one store
  linli check_books --json               for a machine; the exit code is 1 when something does not add up
"""
_WITHOUT_BOOKS = (MerchantState.BUILDING, MerchantState.ERASED)
# The control plane's checkers: each takes the time and returns what it found
CONTROL_CHECKS: tuple[Callable[[datetime], list[Finding]], ...] = (
    check_billing,
    check_documents,
    check_family,
    check_revenue,
    check_shares,
    check_domains,
)


class Command(BaseCommand):
    help = "Check the invariants of stock and money. Exit code 1 when one is broken."

    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, epilog=EXAMPLES, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", metavar="SLUG", help="only this store")
        parser.add_argument("--arriving", action="store_true", help="also one that arrives from another cell")
        parser.add_argument("--json", action="store_true", help="answer as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        stores = _stores(options["store"], arriving=options["arriving"])
        findings = list(_findings(stores, with_control=not options["store"], quiet=options["json"], now=now))
        if options["json"]:
            found = [asdict(finding) for finding in findings]
            answer = {"checked_at": now.isoformat(), "stores": len(stores), "findings": found}
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2))
        else:
            self._say(findings, len(stores))
        if findings:
            sys.exit(1)

    def _say(self, findings: list[Finding], stores: int) -> None:
        if not findings:
            self.stdout.write(f"{stores} stores checked: everything adds up.")
            return
        table = Table(title=f"{len(findings)} findings in {stores} stores")
        for heading in ("invariant", "store", "subject", "what is wrong"):
            table.add_column(heading)
        for one in findings:
            table.add_row(one.invariant, one.store or "(platform)", one.subject, one.sentence)
        words = Console(highlight=False, width=140)
        with words.capture() as captured:
            words.print(table)
        self.stdout.write(captured.get())


def _stores(slug: str | None, *, arriving: bool) -> list[StoreRef]:
    with in_control():
        merchants = Merchant.objects.exclude(state__in=_WITHOUT_BOOKS).order_by("slug")
        if not arriving:
            merchants = merchants.filter(cell="")
        if slug:
            merchants = merchants.filter(slug=slug)
        refs = [merchant.ref for merchant in merchants]
    if slug and not refs:
        raise CommandError(f"there is no store with the address {slug!r}")
    return refs


def _findings(stores: list[StoreRef], *, with_control: bool, quiet: bool, now: datetime) -> Iterator[Finding]:
    if with_control:
        with in_control():
            for check in CONTROL_CHECKS:
                yield from check(now)
    for ref in track(stores, description="checking", disable=quiet or len(stores) < 20):
        with in_store(ref):
            yield from check_store(now)
