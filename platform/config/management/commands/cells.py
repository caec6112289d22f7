"""linli cells: the cells this one knows, and the map that tells the proxy where a host lives."""

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from billing.services.answer_home import answer_home
from config.cells import domains_elsewhere, nginx_map, words_of
from control.merchants.models import Merchant
from kit import clock
from kit.errors import Refused
from kit.tenancy import in_control

MOST = 1000  # stores a cell
ALARM = 500
EXAMPLES = """
examples:
  linli cells list                        the cells, and how many stores live in each
  linli cells map > /etc/nginx/conf.d/linli_cells.conf && nginx -s reload
  linli cells map --json                  for another proxy: host -> cell
  linli cells answer < words.json         what happened in the stores of another cell (that cell calls it)
"""


class Command(BaseCommand):
    help = "Show the cells and where each host lives."

    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, epilog=EXAMPLES, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="list|map|answer")
        for act, says in (
            ("list", "the cells and their stores"),
            ("map", "host to cell, for the proxy in front"),
            ("answer", "obey what the home of our guests decided, and say what happened (their cell calls it)"),
        ):
            one = acts.add_parser(act, help=says, description=says, epilog=f"example: linli cells {act}")
            if act != "answer":  # which is JSON anyway
                one.add_argument("--json", action="store_true", help="answer as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "answer":
            self._answer()
            return
        with in_control():
            if options["act"] == "map":
                hosts = domains_elsewhere()
                self.stdout.write(json.dumps(dict(hosts), indent=2) if options["json"] else nginx_map(hosts))
                return
            living = Merchant.objects.exclude(state__in=("archived", "erased"))
            counts = dict(living.values_list("cell").annotate(Count("id")))
        cells = [_cell(settings.LINLI_CELL or "(this cell)", counts.pop("", 0))]
        cells += [_cell(name, counts.pop(name, 0)) for name in settings.LINLI_CELLS]
        cells += [_cell(name, count) | {"unknown": True} for name, count in counts.items()]
        if options["json"]:
            self.stdout.write(json.dumps(cells, ensure_ascii=False, indent=2))
            return
        for cell in cells:
            self.stdout.write(f"{cell['cell']}: {cell['stores']} stores{_SAID[cell['room']]}")

    def _answer(self) -> None:
        try:
            told = answer_home(words=words_of(json.load(sys.stdin)), now=clock.now())
        except Refused as refusal:
            raise CommandError(f"{refusal} ({refusal.code})") from refusal
        answer = {str(merchant_id): [asdict(fact) for fact in facts] for merchant_id, facts in told.items()}
        self.stdout.write(json.dumps(answer, default=str))


_SAID = {"free": "", "alarm": f" — more than {ALARM}: plan the next cell", "full": f" — full ({MOST}): move some"}


def _cell(name: str, stores: int) -> dict[str, Any]:
    room = "full" if stores >= MOST else "alarm" if stores >= ALARM else "free"
    return {"cell": name, "stores": stores, "room": room}
