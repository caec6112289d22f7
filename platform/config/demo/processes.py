"""The demo's processes: started in order, watched, stopped in reverse."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from config.demo import environment
from config.servers.postgres import Postgres, start_postgres
from config.servers.redis import redis_command


class DidNotStart(RuntimeError):
    """A server did not come up; the sentence says where its own words are."""


@dataclass
class Servers:
    """What is running, and how to end it."""

    logs: Path
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    postgres: Postgres | None = None

    def start_database(self) -> None:
        """Start PostgreSQL on its kept port and make the database."""
        data = environment.HOME / "postgres"
        self.postgres = start_postgres(data=data, port=environment.port_of("postgres"))

    def start_redis(self) -> None:
        """Start Redis, the broker."""
        port = environment.port_of("redis")
        self._start("redis", redis_command(port=port, folder=environment.HOME / "redis"))

    def start_stripe(self) -> None:
        """Start the Stripe fake, which calls our webhook."""
        known = environment.variables()
        self._start(
            "stripe",
            [
                *(sys.executable, "-m", "tests.simulators.stripe"),
                *("--port", str(environment.port_of("stripe"))),
                *("--webhook", f"http://{known['LINLI_DOMAIN']}:{known['LINLI_PORT']}/api/v1/webhooks/stripe"),
                *("--webhook-secret", known["LINLI_STRIPE_WEBHOOK_SECRET"]),
                *("--state", str(environment.HOME / "stripe.json")),
            ],
        )

    def start_wechatpay(self) -> None:
        """Start WeChat Pay's simulator, which calls the stores' own addresses."""
        self._start_company("wechatpay")

    def start_alipay(self) -> None:
        """Start Alipay's simulator."""
        self._start_company("alipay")

    def start_dns(self) -> None:
        """Start the name server that merchants' own domains are looked up at."""
        self._start(
            "dns",
            [
                *(sys.executable, "-m", "tests.simulators.dns"),
                *("--port", str(environment.port_of("dns")), "--zone", str(environment.ZONE)),
            ],
        )

    def start_web(self) -> None:
        """Start the web server."""
        self._start(
            "web",
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"),
                *("--host", "127.0.0.1", "--port", str(environment.port_of("web"))),
                *("--workers", "2", "--blocking-threads", "4", "--log-level", "warning"),
                "--respawn-failed-workers",
                "config.wsgi:application",
            ],
        )

    def start_worker(self) -> None:
        """Start the Celery worker, with beat inside it."""
        self._start(
            "worker",
            [
                *(sys.executable, "-m", "celery", "-A", "config.celery", "worker", "--beat"),
                *("--concurrency", "2", "--loglevel", "WARNING"),
                *("--schedule", str(environment.HOME / "beat")),
                *("--without-gossip", "--without-mingle"),
            ],
        )

    def wait_for(self, name: str, is_up: Callable[[], bool], *, seconds: float = 60) -> None:
        """Wait until a server answers. :raises DidNotStart: it died, or the time is over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            process = self.running.get(name)
            if process is not None and process.poll() is not None:
                break
            if is_up():
                return
            time.sleep(0.1)
        raise DidNotStart(f"{name} did not start; see {self.logs / name}.log")

    def dead(self) -> list[str]:
        """Name the processes that have ended, the database first."""
        ended = [name for name, process in self.running.items() if process.poll() is not None]
        return (["postgres"] if self.postgres is not None and not self.postgres.is_up() else []) + ended

    def restart(self, name: str) -> None:
        """Start one process again. :raises subprocess.SubprocessError: PostgreSQL is not ready to; try later."""
        start: dict[str, Callable[[], None]] = {
            "postgres": self.start_database,
            "redis": self.start_redis,
            "stripe": self.start_stripe,
            "wechatpay": self.start_wechatpay,
            "alipay": self.start_alipay,
            "dns": self.start_dns,
            "web": self.start_web,
            "worker": self.start_worker,
        }
        if name in self.running:
            _end_orphans(self.running[name].pid)
        start[name]()

    def stop(self) -> None:
        """Stop everything, the doors first, the database last."""
        for name in ("web", "worker", "stripe", "wechatpay", "alipay", "dns", "redis"):
            process = self.running.pop(name, None)
            if process is None:
                continue
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=15)
            _end_orphans(process.pid)
            process.wait()
        if self.postgres is not None:
            self.postgres.stop()
            self.postgres = None

    def pids(self) -> dict[str, int]:
        """Say who is who."""
        return {name: process.pid for name, process in self.running.items()}

    def _start_company(self, name: str) -> None:
        kept = environment.HOME / f"{name}.json"
        where = ("--port", str(environment.port_of(name)), "--state", str(kept))
        clock = ("--clock-file", environment.variables()["LINLI_CLOCK_FILE"])
        self._start(name, [sys.executable, "-m", f"tests.simulators.{name}", *where, *clock])

    def _start(self, name: str, command: list[str]) -> None:
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("ab") as log:
            # A session of its own: Ctrl-C reaches the demo alone, which then stops its children in order.
            self.running[name] = subprocess.Popen(  # noqa: S603 - our own commands
                command,
                cwd=environment.ROOT,
                env=os.environ | {"PYTHONPATH": f"{environment.ROOT}:{environment.ROOT / 'platform'}"},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


def _end_orphans(session: int) -> None:
    """End what is left of a server whose first process died: its workers would go on answering at the same port."""
    with suppress(ProcessLookupError):
        os.killpg(session, signal.SIGKILL)


def answers(url: str, *, host: str = "") -> bool:
    """Say whether an address answers at all."""
    request = urllib.request.Request(url, headers={"Host": host} if host else {})  # noqa: S310 - 127.0.0.1
    try:
        with urllib.request.urlopen(request, timeout=2):  # noqa: S310
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
