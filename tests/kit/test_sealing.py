"""A sealed word opens where it was sealed, under a key we have, and nowhere else."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from kit.sealing import Place, SealBroken, key_id_of, keys_from, seal, unseal

HERE = Place(UUID(int=1), "a_table", "a_column", UUID(int=2))


def test_opens_in_its_place() -> None:
    sealed = seal("whsec_x", place=HERE)

    assert unseal(sealed, place=HERE) == "whsec_x"
    assert "whsec" not in sealed
    assert seal("whsec_x", place=HERE) != sealed


@pytest.mark.parametrize(
    "there", [{"store": UUID(int=9)}, {"table": "another"}, {"column": "another"}, {"row": UUID(int=9)}]
)
def test_is_worthless_elsewhere(there: dict[str, Any]) -> None:
    with pytest.raises(SealBroken):
        unseal(seal("whsec_x", place=HERE), place=replace(HERE, **there))


@pytest.mark.parametrize("broken", ["", "plain", "s1.", "s1.AAAA", "s2.x", "s1.k0.AAAA", "s1.k9.AAAA"])
def test_anything_else_is_refused(broken: str) -> None:
    with pytest.raises(SealBroken):
        unseal(broken, place=HERE)


def test_outlives_a_change_of_key(settings: Any) -> None:
    sealed = seal("x", place=HERE)
    newer = keys_from("new:" + "A" * 43 + "=", secret_key="")
    settings.LINLI_SEALING_KEYS = newer | settings.LINLI_SEALING_KEYS

    assert unseal(sealed, place=HERE) == "x"
    assert key_id_of(seal("x", place=HERE)) == "new"
    settings.LINLI_SEALING_KEYS = newer
    with pytest.raises(SealBroken):
        unseal(sealed, place=HERE)
