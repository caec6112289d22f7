"""A merchant's address never leads into our own network."""

from typing import Any

import pytest

from kit.ports.outside import BadAddress, check_address, post_outside
from tests.simulators.hooks import Receiver

FORMS = [
    "http://shop.example/hooks", "https://shop.example:22/", "https://user:pw@shop.example/", "ftp://shop.example/",
    "https:///nothing", "https://shop.example\\@evil.example/", "https://店.example/", "https://shop .example/",
    "javascript:alert(1)", "https://shop.example:99999/", "//shop.example/", "", "https://[::1", "file:///etc/passwd",
]  # fmt: skip
INSIDE = [
    "https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://10.0.0.1/", "https://172.16.0.1/",
    "https://192.168.1.1/", "https://169.254.169.254/latest/", "https://0.0.0.0/", "https://2130706433/",
    "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/", "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[fd00::1]/", "https://[fe80::1]/",
    "https://100.64.0.1/", "https://240.0.0.1/", "https://224.0.0.1/",
]  # fmt: skip


@pytest.fixture
def in_production(settings: Any) -> None:
    settings.LINLI_OUTSIDE_LOOPBACK = False


class TestForms:
    @pytest.mark.parametrize("url", FORMS)
    def test_of_other_kinds_are_refused(self, in_production: None, url: str) -> None:
        with pytest.raises(BadAddress):
            check_address(url)
        assert post_outside(url=url, body=b"", headers={}).failure == "forbidden"

    def test_an_ordinary_one_is_taken(self, in_production: None) -> None:
        assert check_address(" https://shop.example:8443/hooks?x=1 ") == "https://shop.example:8443/hooks?x=1"


class TestPlaces:
    @pytest.mark.parametrize("url", INSIDE)
    def test_of_ours_are_never_called(self, in_production: None, url: str) -> None:
        assert post_outside(url=url, body=b"", headers={}).failure in ("forbidden", "unreachable")

    def test_a_name_that_leads_to_us_is_not_called(self, in_production: None, monkeypatch: pytest.MonkeyPatch) -> None:
        import socket

        def lying(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.1.2.3", port))]

        monkeypatch.setattr(socket, "getaddrinfo", lying)

        assert post_outside(url="https://shop.example/", body=b"", headers={}).failure == "forbidden"

    def test_with_the_filter_off_our_own_network_would_be_called(self) -> None:
        # the mutant: the same receiver, refused above by its address, is reached when the setting lets it
        receiver = Receiver()
        receiver.start()
        try:
            assert post_outside(url=receiver.url, body=b"x", headers={}).status == 200
        finally:
            receiver.stop()

    def test_that_do_not_answer_are_unreachable(self) -> None:
        receiver = Receiver()
        receiver.start()
        receiver.stop()

        assert post_outside(url=receiver.url, body=b"", headers={}).failure == "unreachable"
