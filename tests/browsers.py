"""The demo as `make demo` starts it, with one small store, and a real Chromium in front; one of each a session."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from config.servers.ports import free_port
from tests.running import Demo

ROOT = Path(__file__).parents[1]
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Start the demo with its small store, on ports and folders of its own."""
    var = tmp_path_factory.mktemp("demo")
    var.chmod(0o755)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LINLI_", "DJANGO_", "PYTEST_", "MAKE"))
    } | {"LINLI_VAR": str(var), "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}"}
    running = Demo(root=ROOT, environment=environment)
    answer = running.linli("demo", "--detach", "--small", "--json", "--port", str(free_port()), patience=300)
    running.facts = json.loads(answer[answer.index("{") :])
    yield running
    running.linli("demo", "--stop", patience=90)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium; where there is none the browser tests say so and are skipped."""
    if CHROMIUM is None:
        pytest.skip("NO CHROMIUM ON THIS MACHINE: the browser tests did not run (apt install chromium)")
    # Playwright keeps an event loop in this thread, which Django would take for asynchronous code from then on.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=15_000)  # the machine may be busy with the rest of the suite
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _say_what_the_servers_said(request: pytest.FixtureRequest) -> Iterator[None]:
    """On a failure, show the last words of the demo's processes."""
    failed_before = request.session.testsfailed
    yield
    if request.session.testsfailed > failed_before and "demo" in request.fixturenames:
        demo: Any = request.getfixturevalue("demo")
        sys.stderr.write(demo.last_words())
