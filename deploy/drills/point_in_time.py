#!/usr/bin/env python3
"""A drill: one store as it was at a point in time, out of a physical backup, while everybody else goes on.

    deploy/drills/point_in_time.py --slug greenhome --database postgresql://postgres@127.0.0.1:5432/linli \\
        --archive /srv/wal --backup /srv/backup/latest --target "2026-11-20 14:55:00+08" --out /srv/drill

What a person does by hand, in this order, each step shown with the time it took:

1. unpack the base backup into a side cluster of its own (a plain copy; the live one is only read),
2. recover it from the archived WAL up to the moment asked for, on another port, and stop there,
3. `linli store export` from the side cluster: rows by schema, counted, hashed and signed,
4. stop the side cluster and drop it; say how to bring the store back (`linli store restore … --new`).

The live cluster is not touched; the last step is the operator's. Needs PostgreSQL's own programs of the backup's
major version (``--bin``), the platform's `linli` of that time and its secret key in the environment. Files of the
store (pictures) come from the media folder or bucket as it was then: ``--var``.

With ``--take`` it makes the base backup first (pg_basebackup, plain) and ends.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

SIDE_SETTINGS = """
# written by the drill: a side cluster that archives nothing, sends nothing and stops at the moment asked for
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{sockets}'
archive_mode = off
restore_command = 'cp "{archive}/%f" "%p"'
recovery_target_time = '{target}'
recovery_target_action = 'promote'
hot_standby = off
recovery_target_timeline = 'latest'
max_locks_per_transaction = 1024
"""


def main() -> int:
    """Run the drill, or take the backup it needs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", required=True, help="the live database's address")
    parser.add_argument("--backup", required=True, type=Path, help="a plain base backup")
    parser.add_argument("--take", action="store_true", help="make that backup now, and end")
    parser.add_argument("--slug", help="the store")
    parser.add_argument("--archive", type=Path, help="where archive_command puts the WAL")
    parser.add_argument("--target", help="the moment, with its offset: 2026-11-20 14:55:00+08")
    parser.add_argument("--out", type=Path, help="a folder for the side cluster and the export")
    parser.add_argument("--port", type=int, default=55440, help="of the side cluster (55440)")
    parser.add_argument("--bin", type=Path, default=None, help="folder of pg_ctl and pg_basebackup (PATH)")
    parser.add_argument("--user", default="", help="run PostgreSQL's programs as this user (when you are root)")
    parser.add_argument("--linli", default=f"{sys.executable} -m config", help="the platform's command")
    parser.add_argument("--var", type=Path, default=None, help="the media of that time (LINLI_VAR)")
    asked = parser.parse_args()
    if asked.take:
        with _step(f"base backup into {asked.backup}"):
            _take(asked)
        return 0
    missing = [name for name in ("slug", "archive", "target", "out") if not getattr(asked, name)]
    if missing:
        parser.error("needed: " + ", ".join(f"--{name}" for name in missing))
    side = asked.out / "side"
    with _step("unpack the backup beside the live cluster"):
        _unpack(asked, side)
    with _step(f"recover to {asked.target} on port {asked.port}"):
        _recover(asked, side)
    try:
        with _step(f"export {asked.slug} from there"):
            _export(asked)
    finally:
        with _step("stop and drop the side cluster"):
            _pg(asked, "pg_ctl", "-D", str(side), "-m", "fast", "-w", "stop")
            shutil.rmtree(side)
    _say(f"now, on the live platform:  linli store restore {asked.out / 'export'} --as {asked.slug}-before --new")
    _say("or in its place: suspend, archive, restore --as the same address, check_books, resume (docs/operations.md)")
    return 0


def _take(asked: argparse.Namespace) -> None:
    parts = urlsplit(asked.database)
    asked.backup.parent.mkdir(parents=True, exist_ok=True)
    _own(asked, asked.backup.parent)
    address = ["-h", parts.hostname or "127.0.0.1", "-p", str(parts.port or 5432), "-U", parts.username or "postgres"]
    _pg(asked, "pg_basebackup", *address, "-D", str(asked.backup), "-X", "fetch", "-c", "fast", "-P")


def _unpack(asked: argparse.Namespace, side: Path) -> None:
    asked.out.mkdir(parents=True, exist_ok=True)
    if side.exists():
        shutil.rmtree(side)  # a drill that was cut short; only ever a copy
    shutil.copytree(asked.backup, side, symlinks=True)
    sockets = asked.out / "run"
    sockets.mkdir(exist_ok=True)
    settings = SIDE_SETTINGS.format(
        port=asked.port, sockets=sockets.resolve(), archive=asked.archive.resolve(), target=asked.target
    )
    with (side / "postgresql.auto.conf").open("a") as file:  # read last, so it wins
        file.write(settings)
    (side / "recovery.signal").touch()
    for leftover in ("postmaster.pid", "postmaster.opts"):
        (side / leftover).unlink(missing_ok=True)
    side.chmod(0o700)
    for place in (asked.out, sockets, side):
        _own(asked, place)


def _recover(asked: argparse.Namespace, side: Path) -> None:
    log = side / "drill.log"
    try:
        _pg(asked, "pg_ctl", "-D", str(side), "-l", str(log), "-w", "-t", "3600", "start")
    except subprocess.CalledProcessError as failed:
        raise SystemExit(f"the side cluster did not come up:\n{log.read_text()[-2000:]}") from failed
    _wait(lambda: _asks(asked, "SELECT pg_is_in_recovery()") == "f", "the end of recovery")
    timeline = _asks(asked, "SELECT timeline_id FROM pg_control_checkpoint()")
    _say(f"  out of recovery, on timeline {timeline}")


def _export(asked: argparse.Namespace) -> None:
    environment = os.environ | {"LINLI_DATABASE_URL": _side_address(asked)}
    if asked.var:
        environment["LINLI_VAR"] = str(asked.var)
    command = [*asked.linli.split(), "store", "export", asked.slug, "--to", str(asked.out / "export"), "--json"]
    done = subprocess.run(command, env=environment, check=False)  # noqa: S603 - the operator's own command
    if done.returncode:
        raise SystemExit("the export failed; the live cluster was not touched")


def _side_address(asked: argparse.Namespace) -> str:
    parts = urlsplit(str(asked.database))
    user = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{user}@127.0.0.1:{asked.port}" if user else f"127.0.0.1:{asked.port}"))


def _asks(asked: argparse.Namespace, query: str) -> str:
    program = str(asked.bin / "psql") if asked.bin else "psql"
    command = [program, "-XAtq", "-d", _side_address(asked), "-c", query]
    answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)  # noqa: S603
    return answer.stdout.strip()


def _wait(so: Callable[[], bool], what: str, seconds: float = 3600) -> None:
    give_up = time.monotonic() + seconds
    while not so():
        if time.monotonic() > give_up:
            raise SystemExit(f"waited in vain for {what}")
        time.sleep(0.1)


def _pg(asked: argparse.Namespace, program: str, *words: str) -> None:
    command = [str(asked.bin / program) if asked.bin else program, *words]
    user = asked.user or None
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, user=user, group=user)  # noqa: S603


def _own(asked: argparse.Namespace, place: Path) -> None:
    if not asked.user:
        return
    for path in [place, *place.rglob("*")]:
        if not path.is_symlink():
            shutil.chown(path, user=asked.user)


@contextmanager
def _step(words: str) -> Iterator[None]:
    began = time.monotonic()
    _say(f"- {words}")
    yield
    _say(f"  {time.monotonic() - began:.1f} s")


def _say(words: str) -> None:
    print(words, flush=True)  # noqa: T201 - a script talks


if __name__ == "__main__":
    sys.exit(main())
