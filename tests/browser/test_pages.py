"""Every page, on a desk and on a phone: usable by everyone, quiet, whole, and asking nobody outside."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.urls import Resolver404, get_resolver, resolve
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

from tests.browser.market import Market
from tests.browser.places import DESK, NO_PAGES, PHONE, PLACES, Known, Place, is_on_platform, settled
from tests.running import Demo

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journey")]
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
# The last two are of plans above the one that the tests' store has: a page that leads to the plans
EXPECTED = {"not-found": 404, "store-not-found": 404, "kit-error": 500, "batches": 402, "endpoint-new": 402,
            "console-password-set": 404, "backoffice-password-set": 404}  # fmt: skip
NOT_OURS = {"landmark-one-main", "page-has-heading-one", "region"}


@dataclass
class Watch:
    """What a page said and asked for."""

    complaints: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("request", self._request)
        page.on("response", self._response)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(f"script failed: {error}"))

    def _request(self, request: Request) -> None:
        where = urlsplit(request.url)
        host = where.hostname or ""
        if where.scheme in {"http", "https", "ws", "wss"} and not (host.endswith(".localhost") or host == "127.0.0.1"):
            self.complaints.append(f"asked outside: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.request.resource_type != "document":
            self.complaints.append(f"{response.status} for {response.url}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(f"console: {message.text}")


@pytest.fixture(scope="module")
def windows(contexts: dict[str, BrowserContext]) -> Iterator[dict[str, tuple[Page, Watch]]]:
    """One window a person, used for all pages."""
    opened = {}
    for who, context in contexts.items():
        page, watch = context.new_page(), Watch()
        watch.listen(page)
        opened[who] = (page, watch)
    yield opened
    for page, _watch in opened.values():
        page.close()


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_page_is_sound(place: Place, demo: Demo, known: Known, windows: dict[str, tuple[Page, Watch]]) -> None:
    page, watch = windows[place.who]
    watch.complaints.clear()
    page.set_viewport_size(DESK if place.is_ours_to_shape else PHONE)

    address = Market(demo).address(place.path.format(**known), on_platform=is_on_platform(place))
    if not place.is_ours_to_shape:
        page.goto("about:blank")  # else only the part after # changes, and nothing is loaded
    answer = page.goto(address)
    settled(page)

    assert answer is not None
    assert answer.status == EXPECTED.get(place.name, 200)
    assert re.match(r"[^·\s]", page.title()), "a page without a title of its own"
    problems = _found_by_axe(page, place)
    if place.is_ours_to_shape:
        page.set_viewport_size(PHONE)
        problems += _found_by_axe(page, place)
    assert not problems
    assert not _sticks_out(page)
    assert not watch.complaints


def _found_by_axe(page: Page, place: Place) -> list[str]:
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate(
        "axe.run({resultTypes: ['violations']}).then(({violations}) => violations)"
    )
    return [
        f"{one['id']} ({one['impact']}): " + "; ".join(_said_of(node) for node in one["nodes"][:4])
        for one in found
        if one["impact"] in {"serious", "critical"} and (place.is_ours_to_shape or one["id"] not in NOT_OURS)
    ]


def _said_of(node: dict[str, Any]) -> str:
    reasons = [reason["message"] for kind in ("any", "all", "none") for reason in node[kind]]
    return f"{node['html'][:160]} {' '.join(reasons)}"


def _sticks_out(page: Page) -> list[str]:
    """List what makes the page wider than the phone; empty when nothing does."""
    if page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        return []
    wide: list[str] = page.evaluate(
        """[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
           .slice(0, 5).map(e => e.outerHTML.slice(0, 140))"""
    )
    return wide or ["something"]


def test_no_page_is_left_out() -> None:
    named = _names("config.urls_public", {"signup", "console"}) | _names("config.urls_store", {"backoffice", "account"})

    assert named - {_name_of(place) for place in PLACES} == set(NO_PAGES)


def _names(urlconf: str, apps: set[str]) -> set[str]:
    return {
        f"{app}:{name}"
        for app, (_prefix, resolver) in get_resolver(urlconf).namespace_dict.items()
        if app in apps
        for name in resolver.reverse_dict
        if isinstance(name, str)
    }


def _name_of(place: Place) -> str:
    path = re.sub(r"{\w+}", str(UUID(int=7)), place.path).partition("?")[0].partition("#")[0]
    try:
        return resolve(path, "config.urls_public" if is_on_platform(place) else "config.urls_store").view_name
    except Resolver404:
        return ""
