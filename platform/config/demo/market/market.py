"""Opening the living market."""

from collections.abc import Callable
from datetime import datetime

from config.demo.market.merchants import open_merchant
from config.demo.market.plan import STORES


def seed_market(*, now: datetime, say: Callable[[str], None]) -> None:
    """Sign up the demo's merchants and live their weeks until ``now``."""
    for store in STORES:
        open_merchant(store=store, now=now, say=say)
