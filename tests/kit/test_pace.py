"""A pace is counted in one place, exactly, whatever the number of processes; without Redis nobody is slowed down."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis

from config.servers.ports import free_port
from config.servers.redis import start_redis
from kit import pace
from kit.pace import step


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    server = start_redis(port=port, folder=tmp_path_factory.mktemp("redis"))
    url = f"redis://127.0.0.1:{port}/0"
    client = redis.Redis.from_url(url)
    for _try in range(200):
        try:
            client.ping()
            break
        except redis.ConnectionError:
            server_is_up = server.poll() is None
            assert server_is_up
    yield url
    server.terminate()
    server.wait(timeout=10)


@pytest.fixture
def url(running: str, settings: Any) -> str:
    redis.Redis.from_url(running).flushall()
    settings.LINLI_REDIS_URL = running
    return running


class TestPace:
    def test_lets_a_burst_through_and_then_the_rate(self, url: str) -> None:
        first = [step(name="k", burst=5, per_second=2, at=1000.0) for _each in range(6)]

        assert [one.is_allowed for one in first if one] == [True] * 5 + [False]
        assert [one.remaining for one in first if one] == [4, 3, 2, 1, 0, 0]
        last = first[-1]
        assert last
        assert last.retry_after == 1
        after = [step(name="k", burst=5, per_second=2, at=1000.5) for _each in range(2)]
        assert [one.is_allowed for one in after if one] == [True, False]

    def test_names_do_not_share(self, url: str) -> None:
        step(name="a", burst=1, per_second=1, at=1000.0)

        refused, other = step(name="a", burst=1, per_second=1, at=1000.0), step(name="b", burst=1, per_second=1, at=1.0)

        assert refused
        assert other
        assert (refused.is_allowed, other.is_allowed) == (False, True)

    def test_a_full_bucket_is_full_after_a_rest(self, url: str) -> None:
        for _each in range(5):
            step(name="k", burst=5, per_second=1, at=1000.0)

        rested = step(name="k", burst=5, per_second=1, at=1005.0)

        assert rested
        assert rested.remaining == 4

    def test_is_exact_across_threads_and_processes(self, url: str) -> None:
        code = (
            "import django; django.setup()\n"
            "from kit.pace import step\n"
            "print(sum(step(name='k', burst=40, per_second=1, at=1000.0).is_allowed for _ in range(30)))"
        )
        root = Path(__file__).parents[2]
        environment = {
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "LINLI_REDIS_URL": url,
            "PYTHONPATH": f"{root}:{root / 'platform'}",
        }
        other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment)
        with ThreadPoolExecutor(4) as pool:
            here = list(pool.map(lambda _n: step(name="k", burst=40, per_second=1, at=1000.0), range(30)))
        there, _nothing = other.communicate(timeout=60)

        assert sum(one.is_allowed for one in here if one) + int(there) == 40

    def test_reading_and_writing_in_two_steps_would_be_seen(self, url: str) -> None:
        # the mutant: what a limiter that reads, decides and writes back lets through
        client = redis.Redis.from_url(url)

        def racy(_n: int) -> bool:
            used = int(client.get("racy") or 0)
            client.ping()
            client.set("racy", used + 1)
            return used < 40

        with ThreadPoolExecutor(8) as pool:
            allowed = sum(pool.map(racy, range(400)))

        assert allowed > 40

    def test_without_redis_nobody_is_slowed_down(self, settings: Any) -> None:
        settings.LINLI_REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"

        assert step(name="k", burst=1, per_second=1) is None

    def test_redis_keeps_its_own_time(self, url: str) -> None:
        first, second = (step(name="own", burst=1, per_second=1) for _each in range(2))

        assert first
        assert second
        assert (first.is_allowed, second.is_allowed) == (True, False)
        assert pace._script() is pace._script()
