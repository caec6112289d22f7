"""Browsers signed in as each person of the small store, and the names of what is in it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.market import Market
from tests.browser.places import DESK, GUEST, LEADER, OPERATOR, OWNER, SHOPPER, Known
from tests.running import Demo


@pytest.fixture(scope="session")
def market(demo: Demo) -> Market:
    """The demo's one store."""
    return Market(demo)


@pytest.fixture(scope="session")
def contexts(market: Market, chromium: Browser) -> Iterator[dict[str, BrowserContext]]:
    """One browser each for a guest, the owner, the operator, a shopper and a leader, all signed in."""
    people = {}
    for who in (GUEST, "passer-by", OWNER, OPERATOR, SHOPPER, LEADER):
        people[who] = chromium.new_context(viewport=DESK, locale="zh-CN", reduced_motion="reduce")
        people[who].set_default_timeout(15_000)
    market.logs_in_owner(people[OWNER])
    market.logs_in_operator(people[OPERATOR])
    market.signs_in(people[SHOPPER], phone=market.store["shopper"]["phone"])
    market.signs_in(people[LEADER], phone=market.store["leader"]["phone"])
    yield people
    for context in people.values():
        context.close()


@pytest.fixture(scope="session")
def known(market: Market, contexts: dict[str, BrowserContext], tmp_path_factory: pytest.TempPathFactory) -> Known:
    """Return one of each thing in the store, found as a person finds it: by following links."""
    return market.look_around(contexts, tmp_path_factory.mktemp("sheets"))
