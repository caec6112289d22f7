"""Opening the living market."""

from collections.abc import Callable, Sequence
from datetime import datetime

from config.demo.market.headquarters import link_partners
from config.demo.market.merchants import open_merchant
from config.demo.market.plan import Store


def seed_market(*, stores: Sequence[Store], now: datetime, say: Callable[[str], None]) -> None:
    """Sign up the demo's merchants and live their weeks until ``now``."""
    for store in stores:
        open_merchant(store=store, now=now, say=say)
    link_partners(stores=stores, now=now)
