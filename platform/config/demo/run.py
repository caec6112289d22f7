"""Bringing the demo up step by step, saying what is done and how long is left."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from rich.console import Console

from config.celery import app
from config.demo import environment
from config.demo.collecting import open_platform_accounts
from config.demo.manifest import manifest
from config.demo.market.market import seed_market
from config.demo.market.operator import make_operator
from config.demo.market.plan import Store
from config.demo.processes import Servers, answers
from config.demo.stripe_levers import hold_letters, release_letters
from config.schedule import RHYTHM
from config.servers.roles import drop_idle_roles, make_roles, take_over
from control.fleet.services.migrate_fleet import migrate_fleet
from control.provisioning.services.fill_pool import TARGET, fill_pool
from kit import clock
from kit.tenancy import in_control

# What each step took on two small cores: the first start, and the later ones. Only for saying how long is left.
_FIRST = {"database": 4, "tables": 8, "stores": 10, "pages": 5, "storefront": 90, "market": 60, "servers": 6}
_LATER = {"database": 2, "tables": 1, "stores": 1, "pages": 2, "storefront": 0, "market": 0, "servers": 4}
_MARK = environment.HOME / "seeded"


class Stopped(Exception):
    """Somebody asked the demo to end."""


def run_demo(*, console: Console, stores: Sequence[Store]) -> None:
    """Start every server, open the stores at the first start, print the addresses, and stay until told to stop."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    servers = Servers(logs=environment.HOME / "logs")
    is_first = not _MARK.exists()
    steps: list[tuple[str, str, Callable[[], None]]] = [
        (
            "database",
            "starting PostgreSQL, Redis, the payment companies' simulators and a name server",
            lambda: _start_stores_of_data(servers),
        ),
        ("tables", "making the control plane's tables", _migrate),
        ("stores", "bringing stores up to date, building schemas ahead", lambda: _prepare_stores(is_first)),
        ("pages", "collecting the pages' files", _collect_static),
        ("storefront", "building the storefront", lambda: _build_storefront(console)),
        ("market", "opening a living market", lambda: _seed(console, stores)),
        ("servers", "starting the web server and the worker", lambda: _start_servers(servers)),
    ]
    guess = _FIRST if is_first else _LATER
    try:
        for number, (_name, words, work) in enumerate(steps, 1):
            left = sum(guess[later] for later, *_rest in steps[number - 1 :])
            console.print(f"[{number}/{len(steps)}] {words} … (about {left} s left)")
            began = time.monotonic()
            work()
            console.print(f"      done in {time.monotonic() - began:.1f} s", style="dim")
        facts = manifest(servers=servers)
        environment.MANIFEST.write_text(json.dumps(facts, ensure_ascii=False, indent=2))
        _print_addresses(console, facts)
        _stay(servers, facts, console)
    except (Stopped, KeyboardInterrupt):
        console.print("stopping …")
    finally:
        environment.MANIFEST.unlink(missing_ok=True)
        servers.stop()


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def _start_stores_of_data(servers: Servers) -> None:
    servers.start_database()
    servers.start_redis()
    servers.start_stripe()
    servers.start_wechatpay()
    servers.start_alipay()
    servers.start_dns()
    servers.wait_for("stripe", lambda: answers(environment.variables()["LINLI_STRIPE_API_BASE"] + "/v1/customers"))
    for name in ("wechatpay", "alipay"):
        url = f"http://127.0.0.1:{environment.port_of(name)}/_control/trades"
        servers.wait_for(name, lambda url=url: answers(url))  # type: ignore[misc]
    open_platform_accounts()
    hold_letters()
    owners = f"postgresql://postgres@127.0.0.1:{environment.port_of('postgres')}/linli"
    with psycopg.connect(owners.rpartition("/")[0] + "/postgres", autocommit=True) as admin:
        if not _MARK.exists():  # a market that was only half opened is opened anew
            admin.execute("DROP DATABASE IF EXISTS linli WITH (FORCE)")
            drop_idle_roles(admin)  # or the night watch finds those of the half opened one
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = 'linli'").fetchone():
            admin.execute("CREATE DATABASE linli")
        make_roles(admin, login=environment.LOGIN)
    with psycopg.connect(owners, autocommit=True) as admin:
        take_over(admin)


def _migrate() -> None:
    with in_control(as_owner=True):
        call_command("migrate", verbosity=0)
    with in_control():
        make_operator(now=clock.now())


def _prepare_stores(is_first: bool) -> None:
    if not is_first:  # the market may have been opened by an older release
        migrate_fleet(now=clock.now(), by="demo")
    fill_pool(target=8 if is_first else TARGET // 2, now=clock.now())


def _collect_static() -> None:
    call_command("collectstatic", interactive=False, verbosity=0)


def _build_storefront(console: Console) -> None:
    done = subprocess.run(
        ["make", "--no-print-directory", "mobile"],  # noqa: S607 - make, from the path the caller uses
        cwd=environment.ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith(("LINLI_", "MAKE"))},
        check=False,
    )
    if done.returncode:
        console.print("      the storefront could not be built; everything else works", style="bold red")


def _seed(console: Console, stores: Sequence[Store]) -> None:
    if _MARK.exists():
        return
    seed_market(stores=stores, now=clock.now(), say=lambda words: console.print(f"      {words}", style="dim"))
    _MARK.write_text(datetime.now(UTC).isoformat())


def _start_servers(servers: Servers) -> None:
    servers.start_web()
    servers.start_worker()
    host = settings.LINLI_DOMAIN
    for task, _seconds in RHYTHM:  # what beat would start within its first rounds
        app.send_task(task)
    servers.wait_for("web", lambda: answers(f"http://127.0.0.1:{environment.port_of('web')}/healthz", host=host))
    release_letters()


def _print_addresses(console: Console, facts: dict[str, Any]) -> None:
    console.print()
    console.print(f"  platform   {facts['platform']['url']}", style="bold green")
    console.print(f"  console    {facts['platform']['url']}/console/", end="")
    console.print(f"   {facts['platform']['operator']['email']} / {facts['platform']['operator']['password']}")
    for store in facts["stores"]:
        console.print(f"  {store['name']}   {store['url']}/   back office {store['url']}/backoffice/", end="")
        console.print(f"   {store['owner']['email']} / {store['owner']['password']}")
    console.print(f"  any phone signs in with the code {environment.SMS_CODE}; all of this is in var/demo.json")
    console.print("  Ctrl-C stops everything\n")
    sys.stdout.flush()


def _stay(servers: Servers, facts: dict[str, Any], console: Console) -> None:
    """Watch over the servers; one that dies is started again, since the tables hold all that matters."""
    while True:
        time.sleep(1)
        for name in servers.dead():
            console.print(f"{name} has ended (see var/demo/logs/{name}.log); starting it again", style="bold red")
            try:
                servers.restart(name)
            except subprocess.SubprocessError:
                console.print(f"{name} is not ready to start; trying again", style="red")
            facts["pids"] = {"demo": os.getpid(), **servers.pids()}
            environment.MANIFEST.write_text(json.dumps(facts, ensure_ascii=False, indent=2))
