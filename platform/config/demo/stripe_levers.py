"""Pulling the Stripe fake's levers: what a demo may do to the outside world."""

import json
import urllib.request
from datetime import datetime
from typing import Any

from config.demo import environment


def hold_letters() -> None:
    """Keep the fake's letters back: the web server that takes them is not up yet."""
    _pull("webhooks", hold=True)


def release_letters() -> None:
    """Send what was kept back, in the order it was written, and from now on at once."""
    _pull("webhooks", hold=False)
    _pull("webhooks/release", order="as_made")


def set_clock(moment: datetime) -> None:
    """Move the fake's clock; it goes on from there."""
    _pull("clock", at=moment.isoformat())


def _pull(lever: str, **given: Any) -> None:
    request = urllib.request.Request(  # noqa: S310 - 127.0.0.1
        f"{environment.variables()['LINLI_STRIPE_API_BASE']}/_control/{lever}",
        data=json.dumps(given).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310
        pass
