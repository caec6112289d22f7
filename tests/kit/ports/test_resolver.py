"""Asking the DNS: yes, no, and the third thing that is neither."""

import pytest

from kit.ports.resolver import Pointing, Unanswered, pointing, txt_records
from tests.simulators.dns.fixtures import zone
from tests.simulators.dns.zone import Fault, Zone

__all__ = ["zone"]

NAME = "_linli-verify.shop.example.com"


class TestTxt:
    def test_reads_every_record(self, zone: Zone) -> None:
        zone.put(NAME, "TXT", "linli-verify=one", "v=spf1 -all", "x" * 600)

        assert sorted(txt_records(NAME)) == sorted(["linli-verify=one", "v=spf1 -all", "x" * 600])

    def test_follows_an_alias(self, zone: Zone) -> None:
        zone.put(NAME, "CNAME", "verify.example.net")
        zone.put("verify.example.net", "TXT", "linli-verify=one")

        assert txt_records(NAME) == ["linli-verify=one"]

    def test_knows_absence_of_the_name_and_of_the_record(self, zone: Zone) -> None:
        assert txt_records(NAME) == []

        zone.put(NAME, "A", "192.0.2.1")

        assert txt_records(NAME) == []

    @pytest.mark.parametrize("fault", ["servfail", "refused", "silence", "wrong_id", "garbage", "truncated"])
    def test_takes_no_broken_answer_for_a_no(self, zone: Zone, fault: Fault) -> None:
        zone.put(NAME, "TXT", "linli-verify=one")
        zone.faults[NAME] = fault

        with pytest.raises(Unanswered):
            txt_records(NAME)

    def test_a_server_that_is_not_there_says_neither(self, zone: Zone, settings: object) -> None:
        settings.LINLI_DNS = {"servers": ["127.0.0.1:9"], "timeout": 0.3}  # type: ignore[attr-defined]

        with pytest.raises(Unanswered):
            txt_records(NAME)


class TestPointing:
    def test_tells_the_way_and_the_end(self, zone: Zone) -> None:
        zone.put("shop.example.com", "CNAME", "acme.linli.test")
        zone.put("acme.linli.test", "A", "192.0.2.7")

        found = pointing("shop.example.com")

        assert found == Pointing(frozenset({"acme.linli.test"}), frozenset({"192.0.2.7"}))

    def test_of_a_name_that_leads_nowhere_is_empty(self, zone: Zone) -> None:
        found = pointing("shop.example.com")

        assert not found.names | found.addresses
