"""T10: a store's files, asked for by the wrong person, at the wrong host, under the wrong name."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from kit.ports import storage
from kit.ports.storage import keep_file, public_url
from kit.tenancy import StoreRef, in_store
from tenants.catalog.models import CatalogImport
from tests.isolation.planting import ONE_ID, plant
from tests.isolation.visitors import at, signed_in_member, signed_in_staff

PRIVATE = b"name,phone\nwang,13812345678\n"
TRAVERSALS = [
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "....//....//etc/passwd",
    "goods/../../secret.webp",
    "goods/ab/../../../t/x.webp",
    "/etc/passwd",
    "//etc/passwd",
    "goods\\ab\\x.webp",
    "..\\..\\windows\\win.ini",
    "goods/ab/%00.webp",
    "goods/ab/" + "a" * 32 + ".webp%00.csv",
    "goods/ab/" + "a" * 32 + ".py",
    "goods/ab/" + "a" * 31 + ".webp",
    "goods/ab/" + "A" * 32 + ".webp",
    "goods/ab/" + "a" * 32 + "_../x.webp",
    "goods",
    "goods/",
    ".",
    "~root",
    "file:///etc/passwd",
    "goods/ab/" + "a" * 4000 + ".webp",
]


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "secret.webp").write_bytes(b"SECRET")


@pytest.fixture
def picture(acme: StoreRef) -> str:
    with in_store(acme):
        return public_url(keep_file(content=b"PICTURE", room="goods", suffix="webp"))


@pytest.fixture
def sheet(acme: StoreRef, rival: StoreRef) -> tuple[str, str]:
    """A returned import sheet: the page that hands it out, and its key."""
    plant(acme, mark="MARKA")
    with in_store(acme):
        key = keep_file(content=PRIVATE, room="imports", suffix="csv")
        CatalogImport.objects.filter(pk=ONE_ID).update(problems_key=key)
    return f"/backoffice/imports/{ONE_ID}/problems", key


class TestShownFiles:
    def test_are_their_own_stores(self, acme: StoreRef, rival: StoreRef, picture: str) -> None:
        assert at(acme).get(picture).content == b"PICTURE"
        assert at(rival).get(picture).status_code == 404
        assert Client(headers={"host": "linli.test"}).get(picture).status_code == 404

    def test_have_no_neighbours_to_be_guessed(self, acme: StoreRef, picture: str) -> None:
        edited = picture[:-6] + ("a" if picture[-6] != "a" else "b") + picture[-5:]

        assert at(acme).get(edited).status_code == 404

    def test_are_not_confirmed_to_the_neighbour_by_their_tag(self, rival: StoreRef, picture: str) -> None:
        tag = f'"{picture.removeprefix("/media/")}"'

        assert at(rival).get(picture, headers={"if-none-match": tag}).status_code == 404

    @pytest.mark.parametrize("name", TRAVERSALS, ids=lambda name: ascii(name)[:30])
    def test_lie_in_no_other_folder(self, acme: StoreRef, name: str) -> None:
        answer = at(acme).get(f"/media/{name}")

        assert answer.status_code in (400, 404)
        assert b"SECRET" not in answer.content
        assert b"root:" not in answer.content


class TestPrivateFiles:
    def test_are_handed_to_their_own_staff(self, acme: StoreRef, sheet: tuple[str, str]) -> None:
        answer: Any = signed_in_staff(acme).get(sheet[0])

        assert answer.status_code == 200
        assert b"13812345678" in (b"".join(answer.streaming_content) if answer.streaming else answer.content)

    def test_to_nobody_else(self, acme: StoreRef, rival: StoreRef, sheet: tuple[str, str]) -> None:
        leaving = signed_in_staff(acme)
        leaving.post("/backoffice/logout")
        asked = {
            "logged out": at(acme),
            "whose session ended": leaving,
            "the neighbour's owner": signed_in_staff(rival),
            "a member": signed_in_member(acme),
        }
        answers = {who: client.get(sheet[0]).status_code for who, client in asked.items()}
        assert answers == {"logged out": 302, "whose session ended": 302, "the neighbour's owner": 404, "a member": 302}
        assert signed_in_staff(acme).get(sheet[0].replace("0001/", "0002/")).status_code == 404

    def test_have_no_public_address(self, acme: StoreRef, sheet: tuple[str, str]) -> None:
        path = "/media/" + sheet[1].split("/", 2)[2]

        assert signed_in_staff(acme).get(path).status_code == 404

    def test_with_the_room_public_anybody_would_read_it(
        self, acme: StoreRef, sheet: tuple[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The mutant: every room is a shop window."""
        monkeypatch.setattr(storage, "PUBLIC_ROOMS", frozenset({"goods", "imports"}))

        assert at(acme).get("/media/" + sheet[1].split("/", 2)[2]).status_code == 200

    def test_without_the_owner_in_the_key_the_neighbour_would_read_it(
        self, rival: StoreRef, sheet: tuple[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The mutant: any well-formed key is believed."""
        monkeypatch.setattr(storage, "_refuse_strange", lambda key: None)
        with in_store(rival):
            assert storage.read_file(sheet[1]) == PRIVATE
