"""A sealed word opens where it was sealed, under a key we have, and nowhere else."""

from typing import Any

import pytest

from kit.sealing import BrokenSeal, seal, unseal


def test_opens_in_its_place() -> None:
    sealed = seal("whsec_x", place="a|t|c|1")

    assert unseal(sealed, place="a|t|c|1") == "whsec_x"
    assert "whsec" not in sealed
    assert seal("whsec_x", place="a|t|c|1") != sealed


@pytest.mark.parametrize("place", ["b|t|c|1", "a|t|c|2", ""])
def test_is_worthless_elsewhere(place: str) -> None:
    with pytest.raises(BrokenSeal):
        unseal(seal("whsec_x", place="a|t|c|1"), place=place)


@pytest.mark.parametrize("broken", ["", "plain", "s1.", "s1.AAAA", "s2.x"])
def test_anything_else_is_refused(broken: str) -> None:
    with pytest.raises((BrokenSeal, ValueError)):
        unseal(broken, place="p")


def test_outlives_a_change_of_key(settings: Any) -> None:
    sealed = seal("x", place="p")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another" * 10

    assert unseal(sealed, place="p") == "x"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(BrokenSeal):
        unseal(sealed, place="p")
