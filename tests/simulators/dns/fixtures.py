"""The name server for tests, and the setting that lets the product ask it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulators.dns.server import NameServer
from tests.simulators.dns.zone import Zone


@pytest.fixture
def zone(settings: Any) -> Iterator[Zone]:
    """An empty zone, asked by the product with short patience."""
    zone = Zone()
    server = NameServer(lambda: zone)
    server.start()
    settings.LINLI_DNS = {"servers": [server.address], "timeout": 0.3}
    yield zone
    server.stop()
