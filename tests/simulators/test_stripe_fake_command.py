"""The command: it starts alone, keeps its customers over a restart, and knows nothing of the product."""

import ast
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
OURS = {"kit", "control", "config", "tenants", "billing", "api", "django"}
AUTH = {"Authorization": "Bearer sk_test_linli"}


@contextmanager
def started(*arguments: str) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.simulators.stripe", "--port", "0", *arguments]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        line = running.stdout.readline()
        told = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert told, line
        yield told.group()
    finally:
        running.terminate()
        assert running.wait(timeout=20) == 0
        if running.stdout is not None:
            running.stdout.close()


def test_a_restart_keeps_customers_keys_and_time(tmp_path: Path) -> None:
    state = str(tmp_path / "var" / "stripe.json")
    headers = {**AUTH, "Idempotency-Key": "once"}
    with started("--state", state) as url:
        made = httpx.post(f"{url}/v1/customers", data={"name": "鲜邻社区"}, headers=headers).json()
        httpx.post(f"{url}/_control/clock", json={"at": "2031-05-01T00:00:00+08:00"})
    with started("--state", state) as url:
        read = httpx.get(f"{url}/v1/customers/{made['id']}", headers=AUTH).json()
        again = httpx.post(f"{url}/v1/customers", data={"name": "鲜邻社区"}, headers=headers)
        now = httpx.get(f"{url}/_control/clock").json()["now"]
    assert read == made
    assert again.json() == made
    assert again.headers["Idempotent-Replayed"] == "true"
    assert 0 <= now - datetime(2031, 4, 30, 16, tzinfo=UTC).timestamp() < 60


def test_the_state_survives_a_kill(tmp_path: Path) -> None:
    state = tmp_path / "stripe.json"
    command = [sys.executable, "-m", "tests.simulators.stripe", "--port", "0", "--state", str(state)]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    url = running.stdout.readline().split()[-1]
    made = httpx.post(f"{url}/v1/customers", data={"name": "x"}, headers=AUTH).json()
    deadline = time.monotonic() + 10
    while made["id"] not in (state.read_text() if state.exists() else "") and time.monotonic() < deadline:
        time.sleep(0.05)
    running.kill()
    running.wait(timeout=10)
    running.stdout.close()
    with started("--state", str(state)) as url:
        assert httpx.get(f"{url}/v1/customers/{made['id']}", headers=AUTH).json() == made


def test_it_imports_nothing_of_the_product() -> None:
    for path in (HERE / "stripe").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not OURS & {name.split(".")[0] for name in names}, path
