"""`make screenshots`: every page, both languages, desk and phone, into var/screenshots. Not a test: for eyes."""

from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import BrowserContext

from tests.browser.market import Market
from tests.browser.places import DESK, PHONE, PLACES, Known, Place, is_on_platform, settled

FOLDER = Path(settings.ROOT) / "var" / "screenshots"


@pytest.fixture(scope="session")
def spoken() -> dict[str, str]:
    """Which language each person's browser has been set to."""
    return {}


@pytest.mark.parametrize("place", PLACES, ids=str)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_picture(
    place: Place,
    language: str,
    market: Market,
    known: Known,
    contexts: dict[str, BrowserContext],
    spoken: dict[str, str],
) -> None:
    context = contexts[place.who]
    if spoken.get(place.who) != language:
        market.speaks(context, language)
        spoken[place.who] = language
    page = context.new_page()
    page.goto(market.address(place.path.format(**known), on_platform=is_on_platform(place)))
    settled(page)
    for name, size in {"desk": DESK, "phone": PHONE}.items():
        if name == "desk" and not place.is_ours_to_shape:
            continue
        page.set_viewport_size(size)
        target = FOLDER / language / name / f"{place}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=target, full_page=True)
    page.close()
