"""linli demo: start everything on this machine, stop it, reset it, or move its clock."""

import json
import os
import shutil
import subprocess
import sys
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from config.demo import environment
from config.demo.clock import move_clock
from config.demo.dns_levers import write_txt
from config.demo.market.plan import SMALL_STORES, STORES
from config.demo.run import run_demo
from config.demo.stop import demo_is_running, stop_demo

EXAMPLES = """
examples:
  linli demo                                     start, print the addresses, run until Ctrl-C
  linli demo --detach --port 8100                start in the background
  linli demo --clock 2027-01-01T00:30+08:00      move the demo's time and run what is due
  linli demo --txt _linli-verify.shop.localhost linli-verify=…   write a TXT record into the demo's DNS
  linli demo --stop
  linli demo --reset                             forget all data and start anew
"""


class Command(BaseCommand):
    help = "Start the whole platform on this machine with a living market in it."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own attribute

    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, epilog=EXAMPLES, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, help="port of the web server on 127.0.0.1 (default 8000)")
        parser.add_argument("--detach", action="store_true", help="run in the background")
        parser.add_argument("--reset", action="store_true", help="forget all data first")
        parser.add_argument("--stop", action="store_true", help="stop the running demo")
        parser.add_argument(
            "--clock", metavar="TIME", help="move the demo's time (ISO 8601 with offset) and run what is due"
        )
        parser.add_argument(
            "--txt", nargs=2, metavar=("NAME", "VALUE"), help="set a TXT record in the demo's DNS (empty VALUE: none)"
        )
        parser.add_argument("--json", action="store_true", help="answer as JSON")
        parser.add_argument("--small", action="store_true", help="one small store in place of the market (tests)")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(quiet=bool(options["json"]), highlight=False)
        if options["stop"]:
            self._say(options, {"stopped": stop_demo()})
        elif options["txt"]:
            name, value = options["txt"]
            write_txt(name, value)
            self._say(options, {"name": name, "txt": value})
        elif options["clock"]:
            self._move_clock(console, options)
        else:
            self._start(console, options)

    def _move_clock(self, console: Console, options: dict[str, Any]) -> None:
        try:
            moment = datetime.fromisoformat(options["clock"])
        except ValueError as error:
            raise CommandError(f"--clock: {error}") from None
        if moment.tzinfo is None:
            raise CommandError("--clock: a time with an offset is needed, e.g. 2027-01-01T00:30+08:00")
        if not demo_is_running():
            raise CommandError("no demo is running; start one with `linli demo --detach`")
        self._say(options, move_clock(moment=moment, console=console))

    def _start(self, console: Console, options: dict[str, Any]) -> None:
        if demo_is_running():
            raise CommandError("a demo is running already; `linli demo --stop` ends it")
        if options["reset"]:
            shutil.rmtree(environment.HOME / "postgres", ignore_errors=True)
            for name in ("clock", "stripe.json", "dns.json", "seeded"):
                (environment.HOME / name).unlink(missing_ok=True)
            shutil.rmtree(environment.VAR / "media", ignore_errors=True)
        if options["detach"]:
            self._detach(console, options)
            return
        run_demo(console=console, stores=SMALL_STORES if options["small"] else STORES)

    def _detach(self, console: Console, options: dict[str, Any]) -> None:
        environment.MANIFEST.unlink(missing_ok=True)
        command = [sys.executable, "-m", "config", "demo"] + (["--small"] if options["small"] else [])
        log = environment.HOME / "logs" / "demo.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as out:
            child = subprocess.Popen(  # noqa: S603 - this same command
                command,
                cwd=environment.ROOT,
                env=os.environ | {"PYTHONPATH": f"{environment.ROOT}:{environment.ROOT / 'platform'}"},
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        console.print(f"starting in the background; its words go to {os.path.relpath(log)}")
        while child.poll() is None and not environment.MANIFEST.exists():
            time.sleep(0.2)
        if child.poll() is not None:
            raise CommandError(f"the demo did not start:\n{log.read_text()[-2000:]}")
        self._say(options, json.loads(environment.MANIFEST.read_text()))

    def _say(self, options: dict[str, Any], answer: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2, default=str))
            return
        for name, value in answer.items():
            if not isinstance(value, dict | list):
                self.stdout.write(f"{name}: {value}")
        platform = answer.get("platform")
        if isinstance(platform, dict):
            self.stdout.write(f"platform: {platform['url']}")
