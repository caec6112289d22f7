"""Files: each store's own, and nothing outside."""

from pathlib import Path
from typing import Any

import pytest

from kit.ports.storage import (
    NoSuchFile,
    delete_file,
    keep_file,
    keep_variant,
    key_of_public,
    public_url,
    read_file,
    variant_key,
)
from kit.tenancy import StoreRef, in_store


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path


class TestKeepFile:
    def test_puts_it_in_the_store_s_own_folder(self, in_acme: StoreRef, place: Path) -> None:
        key = keep_file(content=b"apple", room="goods", suffix="webp")

        assert key.startswith(f"t/{in_acme.merchant_id}/goods/")
        assert (place / "media" / key).read_bytes() == b"apple"
        assert read_file(key) == b"apple"

    def test_never_gives_a_key_twice(self, in_acme: StoreRef) -> None:
        keys = {keep_file(content=b"", room="goods", suffix="webp") for _time in range(50)}

        assert len(keys) == 50

    def test_keeps_another_form_beside(self, in_acme: StoreRef) -> None:
        key = keep_file(content=b"large", room="goods", suffix="webp")

        small = keep_variant(content=b"small", beside=key, variant="400")

        assert small == variant_key(key, "400")
        assert (read_file(small), read_file(key)) == (b"small", b"large")

    @pytest.mark.parametrize(("room", "suffix"), [("goods", "html"), ("../goods", "webp"), ("goods", "webp/../x")])
    def test_keeps_nothing_of_another_form(self, in_acme: StoreRef, room: str, suffix: str) -> None:
        with pytest.raises(ValueError, match="not a key"):
            keep_file(content=b"", room=room, suffix=suffix)


class TestReadFile:
    def test_knows_no_file_of_the_shop_next_door(self, acme: StoreRef, rival: StoreRef) -> None:
        with in_store(rival):
            key = keep_file(content=b"secret", room="imports", suffix="xlsx")

        with in_store(acme):
            with pytest.raises(NoSuchFile):
                read_file(key)
            with pytest.raises(NoSuchFile):
                delete_file(key)
        with in_store(rival):
            assert read_file(key) == b"secret"

    def test_never_leaves_the_folder(self, in_acme: StoreRef, place: Path) -> None:
        (place / "media").mkdir()
        (place / "media" / "secret.webp").write_bytes(b"secret")
        own = keep_file(content=b"", room="goods", suffix="webp")
        home = f"t/{in_acme.merchant_id}"

        for key in (
            "secret.webp",
            "/etc/passwd",
            f"{home}/../../secret.webp",
            f"{home}/goods/../../../secret.webp",
            f"{own}/../../../../../secret.webp",
            f"{own}\n",
            f"{own}\x00",
            "",
            own.upper(),
        ):
            with pytest.raises(NoSuchFile):
                read_file(key)

    def test_says_when_it_is_gone(self, in_acme: StoreRef) -> None:
        key = keep_file(content=b"", room="goods", suffix="webp")
        delete_file(key)
        delete_file(key)

        with pytest.raises(NoSuchFile):
            read_file(key)


class TestPublicUrl:
    def test_leads_back_to_the_key_in_the_same_store(self, in_acme: StoreRef) -> None:
        key = keep_file(content=b"", room="goods", suffix="webp")

        url = public_url(key)

        assert str(in_acme.merchant_id) not in url
        assert key_of_public(url.removeprefix("/media/")) == key

    def test_shows_no_uploads_of_merchants(self, in_acme: StoreRef) -> None:
        key = keep_file(content=b"", room="imports", suffix="xlsx")

        with pytest.raises(ValueError, match="not a public file"):
            public_url(key)
        with pytest.raises(NoSuchFile):
            key_of_public(key.split("/", 2)[2])
